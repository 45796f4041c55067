import { ArcfaceError } from "../errors.ts";
import { type MessageCodec, MessageCodecs } from "./message-codecs.ts";
import type { Buffer } from "./messages/buffer.ts";
import { MessageGroup } from "./messages/message-group.ts";
import type { Node } from "./node.ts";
import type { Output } from "./output.ts";
import { inflateRaw } from "./pack.ts";
import { type EntryHeader, namedSources, readRecording, sourceKey } from "./record-entries.ts";
import { ThreadedHostNode } from "./threaded-host-node.ts";
import { VirtualClock } from "./virtual-clock.ts";

export type ReplayOptions = {
  /** A recording's bytes. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** What errors call it. */
  readonly name?: string;
  /** As the recording's. */
  readonly codecs?: readonly MessageCodec[];
};

type MessageEntry = EntryHeader & { kind: "message" };

/** A source node that is being played. */
type Part = {
  readonly node: Node;
  /** Settles when its last message is taken. */
  sending: Promise<void> | null;
  readonly played: Promise<void>;
  end(): void;
};

/** Sends what a recording has in the place of the sources of a pipeline; `pipeline.enableHolisticReplay` makes one. */
export class Replay extends ThreadedHostNode {
  readonly #name: string;
  readonly #codecs: MessageCodecs;
  readonly #entries: ReturnType<typeof readRecording>;
  readonly #nodes: () => readonly Node[];
  #parts: readonly Part[] = [];
  /** From the recording's time to the pipeline's. */
  #shift = 0;

  constructor({ chunks, name = "recording", codecs = [] }: ReplayOptions, nodes: () => readonly Node[]) {
    super();
    this.#name = name;
    this.#codecs = new MessageCodecs(codecs);
    this.#entries = readRecording(chunks, name);
    this.#nodes = nodes;
  }

  override getName(): string {
    return "HolisticReplay";
  }

  /** Is the node one that the recording has? */
  plays(node: Node): boolean {
    return this.#parts.some((part) => part.node === node);
  }

  /** Resolves when everything is sent that the node had sent. */
  async whenPlayed(node: Node): Promise<void> {
    await this.#parts.find((part) => part.node === node)?.played;
  }

  /** @throws {ArcfaceError} UNSUPPORTED_FORMAT, as readEntries; CONFLICT where the sources are not the recording's. */
  override async onStart(): Promise<void> {
    const first = await this.#entries.next();
    if (first.done || first.value.header.kind !== "start") {
      throw new ArcfaceError("UNSUPPORTED_FORMAT", `${this.#name}: the recording is empty`);
    }
    const { time, sources } = first.value.header;
    const there = namedSources(this.#nodes());
    const wanted = sources.map(sourceKey);
    if (wanted.length !== there.size || wanted.some((key) => !there.has(key))) {
      const list = (keys: Iterable<string>) => [...keys].join(", ") || "none";
      throw new ArcfaceError(
        "CONFLICT",
        `${this.#name}: expected the sources that were recorded, ${list(wanted)}, got ${list(there.keys())}`,
      );
    }
    this.#parts = wanted.map((key) => partOf(there.get(key)!));
    const { clock } = this.getParentPipeline();
    if (clock instanceof VirtualClock) clock.startAt(time);
    this.#shift = clock.now() - time;
  }

  protected override async run(): Promise<void> {
    const { activity } = this.getParentPipeline();
    try {
      for await (const { header, body } of this.#entries) {
        if (!this.mainLoop()) return;
        if (header.kind === "message") await this.#play(header, body);
        if (header.kind === "end") this.#endAfterLast(this.#part(header.source));
      }
      // Together they are one wait.
      await activity.whileWaiting(Promise.all(this.#parts.map(({ sending }) => sending)));
    } finally {
      for (const part of this.#parts) part.end();
    }
  }

  override async onStop(): Promise<void> {
    await this.#entries.return(undefined);
  }

  /** A source waits for its own last message only: another may be what its taker waits for. */
  async #play(header: MessageEntry, body: Uint8Array): Promise<void> {
    const { clock, activity, signal } = this.getParentPipeline();
    const part = this.#part(header.source);
    const output = this.#output(part.node, header);
    const where = `${this.#name}: message of ${output.getName()}`;
    const data = header.encoding === "none" ? body : await inflateRaw(body, header.byteLength, where);
    const message = shift(this.#codecs.decode(header.message, data), this.#shift);
    if (part.sending) await activity.whileWaiting(part.sending);
    const due = header.time + this.#shift - clock.now();
    if (due > 0) await clock.sleep(due, signal);
    part.sending = activity.during(output.send(message));
  }

  #endAfterLast(part: Part): void {
    (part.sending ?? Promise.resolve()).then(part.end, part.end);
  }

  #part(source: number): Part {
    const part = this.#parts[source];
    if (part) return part;
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${this.#name}: expected a source of the list, got number ${source}`);
  }

  /** @throws {ArcfaceError} CONFLICT where the node has none of that name. */
  #output(node: Node, { group, output: name }: MessageEntry): Output {
    const output = node.getOutputs().find((candidate) => candidate.group === group && candidate.name === name);
    if (output) return output;
    const what = `an output ${group}[${name}] of ${node.getName()} ${node.id}, as it was recorded`;
    throw new ArcfaceError("CONFLICT", `${this.#name}: expected ${what}, got none`);
  }
}

function partOf(node: Node): Part {
  let end = (): void => {};
  const played = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { node, sending: null, played, end };
}

/** The same message, so much later. */
function shift(message: Buffer, milliseconds: number): Buffer {
  if (milliseconds === 0) return message;
  if (message instanceof MessageGroup) for (const [, part] of message) shift(part, milliseconds);
  return message
    .setTimestamp(message.getTimestamp() + milliseconds)
    .setTimestampDevice(message.getTimestampDevice() + milliseconds);
}
