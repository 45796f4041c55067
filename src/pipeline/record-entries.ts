import * as z from "zod";
import { ArcfaceError } from "../errors.ts";
import type { Node } from "./node.ts";
import { type RecordEntry, readEntries } from "./record-format.ts";

const sourceSchema = z.object({
  /** The node's name, and which it is of those of that name. */
  name: z.string(),
  ordinal: z.number(),
});

/** What the entries of a recording say, in the order in which it happened. Times are of the pipeline's clock. */
const entrySchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("start"), time: z.number(), sources: z.array(sourceSchema) }),
  z.object({
    kind: z.literal("message"),
    time: z.number(),
    /** Index in the start's list. */
    source: z.number(),
    group: z.string(),
    output: z.string(),
    message: z.unknown(),
    encoding: z.enum(["none", "deflate-raw"]),
    /** Of the data before it was packed. */
    byteLength: z.number(),
  }),
  z.object({ kind: z.literal("end"), time: z.number(), source: z.number() }),
  /** The last: without it the recording was cut off. */
  z.object({ kind: z.literal("closed"), time: z.number() }),
]);

export type EntryHeader = z.infer<typeof entrySchema>;
export type SourceName = z.infer<typeof sourceSchema>;

/** Source nodes as recordings call them: numbers may be others in another program, names and their order are not. */
export function namedSources(nodes: readonly Node[]): Map<string, Node> {
  const sources = new Map<string, Node>();
  const count = new Map<string, number>();
  for (const node of nodes.filter((candidate) => candidate.isSource())) {
    const ordinal = count.get(node.getName()) ?? 0;
    count.set(node.getName(), ordinal + 1);
    sources.set(sourceKey({ name: node.getName(), ordinal }), node);
  }
  return sources;
}

export function sourceKey({ name, ordinal }: SourceName): string {
  return `${name} #${ordinal}`;
}

/** A recording's entries with their headers checked. @throws {ArcfaceError} as readEntries. */
export async function* readRecording(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<{ readonly header: EntryHeader; readonly body: Uint8Array }> {
  let count = 0;
  for await (const { header, body } of readEntries(chunks, name)) {
    yield { header: parseHeader(header, name, count++), body };
  }
}

function parseHeader(header: RecordEntry["header"], name: string, index: number): EntryHeader {
  const parsed = entrySchema.safeParse(header);
  const where = `${name}: entry ${index}`;
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${where}: ${path.join(".")}: ${message}`);
  }
  if ((parsed.data.kind === "start") === (index === 0)) return parsed.data;
  throw new ArcfaceError(
    "UNSUPPORTED_FORMAT",
    `${where}: expected one start, as the first entry, got ${parsed.data.kind}`,
  );
}

export type RecordingSummary = {
  readonly sources: readonly string[];
  readonly messages: number;
  /** From the start to the last entry. */
  readonly durationMs: number;
  /** False where the end is missing: the process was killed, or the disk full. What is there can be replayed. */
  readonly complete: boolean;
};

/** What is in a recording. @throws {ArcfaceError} as readEntries. */
export async function inspectRecording(
  chunks: AsyncIterable<Uint8Array>,
  name: string = "recording",
): Promise<RecordingSummary> {
  let [sources, start, end, messages, complete]: [string[], number, number, number, boolean] = [[], 0, 0, 0, false];
  for await (const { header } of readRecording(chunks, name)) {
    if (header.kind === "start") [sources, start] = [header.sources.map(sourceKey), header.time];
    messages += Number(header.kind === "message");
    complete = header.kind === "closed";
    end = header.time;
  }
  return { sources, messages, durationMs: end - start, complete };
}
