import { type FileHandle, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { firstDifference } from "../bytes/first-difference.ts";
import { writeWhole } from "../bytes/write-whole.node.ts";
import { ArcfaceError } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import type { Missed } from "./embed-photographs.ts";

/** All that embeddings depend on beside the photographs. */
export type RunIdentity = Readonly<Record<string, string | number | boolean | null>>;

/** The photographs of one shard, as paths from the source; they do not change once it is planned. */
export type Shard = { readonly shard: number; readonly photographs: readonly string[] };

export type MissedPhotograph = Missed & { readonly photograph: string };

/** A shard whose files are there, whole. */
export type FinishedShard = {
  readonly shard: number;
  readonly faces: number;
  readonly missed: readonly MissedPhotograph[];
};

/** What a run is to do and has done, on disk: two files of JSON lines, so that a killed one goes on where it was. */
export interface RunState extends AsyncDisposable {
  readonly shards: readonly Shard[];
  readonly finished: ReadonlyMap<number, FinishedShard>;
  /** Add shards for photographs that no shard has yet. */
  plan(photographs: readonly string[], perShard: number): Promise<void>;
  /** Call when the shard's files are in place. On return it is on disk. @throws {ArcfaceError} NO_SPACE, IO. */
  finish(shard: FinishedShard): Promise<void>;
}

const KIND = "arcface-embed-1";
const PLANNED = "photographs.jsonl";
const FINISHED = "finished.jsonl";

/**
 * Open a run's state, or begin it. A line that a killed process did not write whole counts for nothing.
 *
 * @throws {ArcfaceError} CONFLICT where the run there was started otherwise; UNSUPPORTED_FORMAT where the files are others; IO.
 */
export async function openRunState(folder: string, identity: RunIdentity): Promise<RunState> {
  const header = { kind: KIND, ...identity };
  const planned = await readLines(join(folder, PLANNED));
  const shards = planned.slice(1) as Shard[];
  if (planned.length > 0) checkHeader(folder, planned[0], identity);
  const path = join(folder, FINISHED);
  const told = (error: unknown): never => {
    throw fileError(error, path, "keeping what is finished");
  };
  const finished = new Map(
    (await readLines(path)).map((line) => [(line as FinishedShard).shard, line as FinishedShard]),
  );
  // Anew, without what was torn: a line after it would be lost with it.
  await writeWhole(path, [...finished.values()].map(lineOf).join("")).catch(told);
  const file: FileHandle = await open(path, "a").catch(told);
  return {
    shards,
    finished,
    async plan(photographs, perShard) {
      if (photographs.length === 0 && planned.length > 0) return;
      for (let from = 0; from < photographs.length; from += perShard) {
        shards.push({ shard: shards.length, photographs: photographs.slice(from, from + perShard) });
      }
      await writeWhole(join(folder, PLANNED), linesOf([header, ...shards])).catch((error: unknown) => {
        throw fileError(error, join(folder, PLANNED), "writing down the photographs");
      });
    },
    async finish(shard) {
      await file
        .appendFile(lineOf(shard))
        .then(() => file.sync())
        .catch(told);
      finished.set(shard.shard, shard);
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}

const lineOf = (value: unknown): string => `${JSON.stringify(value)}\n`;

/** One string of a million paths would be too long. */
async function* linesOf(values: readonly unknown[]): AsyncGenerator<Uint8Array> {
  for (const value of values) yield Buffer.from(lineOf(value));
}

async function readLines(path: string): Promise<unknown[]> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return Buffer.alloc(0);
    throw fileError(error, path, "reading what was done before");
  });
  const lines: unknown[] = [];
  for (let from = 0, to = bytes.indexOf(10); to !== -1; from = to + 1, to = bytes.indexOf(10, from)) {
    const line = parse(bytes.toString("utf8", from, to));
    if (line === null) {
      throw new ArcfaceError("UNSUPPORTED_FORMAT", `${path}: expected lines of JSON, got something else`, {
        hint: "it is not of `arcface embed`, or damaged: name another place with --out",
      });
    }
    lines.push(line);
  }
  return lines;
}

function parse(line: string): object | null {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function checkHeader(folder: string, line: unknown, identity: RunIdentity): void {
  const { kind, ...found } = line as Record<string, unknown>;
  if (kind !== KIND) throw new ArcfaceError("UNSUPPORTED_FORMAT", `${join(folder, PLANNED)}: is of something else`);
  const difference = firstDifference(found, identity);
  if (difference === null) return;
  throw new ArcfaceError("CONFLICT", `${folder}: the embeddings there were made with ${difference}`, {
    hint: "embeddings made in two ways do not mix: name another --out, or remove this one",
  });
}
