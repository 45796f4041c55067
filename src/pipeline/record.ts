import { type MessageCodec, MessageCodecs } from "./message-codecs.ts";
import type { Buffer } from "./messages/buffer.ts";
import type { Node } from "./node.ts";
import type { Output, Tap } from "./output.ts";
import { deflateRaw } from "./pack.ts";
import { type EntryHeader, namedSources } from "./record-entries.ts";
import { type ByteSink, encodeEntry, encodePrefix } from "./record-format.ts";
import { ThreadedHostNode } from "./threaded-host-node.ts";

export type RecordOptions = {
  readonly sink: ByteSink;
  /** Raw deflate of a message's bytes, `null` to leave them as they are. Default: CompressionStream's. */
  readonly compress?: ((bytes: Uint8Array) => Promise<Uint8Array>) | null;
  /** For classes of messages other than Buffer, ImgFrame, NNData and MessageGroup. */
  readonly codecs?: readonly MessageCodec[];
};

/** Messages that wait to be written, at most: a source that is faster than the disk waits for it. */
const AHEAD = 4;

/** Writes what the sources of a pipeline send; `pipeline.enableHolisticRecord` makes one. Frames are kept exactly. */
export class Recorder extends ThreadedHostNode {
  readonly #sink: ByteSink;
  readonly #compress: ((bytes: Uint8Array) => Promise<Uint8Array>) | null;
  readonly #codecs: MessageCodecs;
  readonly #nodes: () => readonly Node[];
  #writing: Promise<void> = Promise.resolve();
  #pending = 0;
  #failed = false;
  #closed = false;
  #sourcesEnded: Promise<unknown> = Promise.resolve();

  constructor({ sink, compress = deflateRaw, codecs = [] }: RecordOptions, nodes: () => readonly Node[]) {
    super();
    this.#sink = sink;
    this.#compress = compress;
    this.#codecs = new MessageCodecs(codecs);
    this.#nodes = nodes;
  }

  override getName(): string {
    return "HolisticRecord";
  }

  override async onStart(): Promise<void> {
    const { clock } = this.getParentPipeline();
    const sources = [...namedSources(this.#nodes())];
    const names = sources.map(([key, node]) => ({ name: node.getName(), ordinal: Number(key.split("#").at(-1)) }));
    this.#write(() => this.#sink.write(encodePrefix()));
    this.#writeEntry({ kind: "start", time: clock.now(), sources: names });
    this.#sourcesEnded = Promise.all(sources.map(([, node], index) => this.#tapAll(node, index)));
  }

  /** Until the sources have ended, or the pipeline. */
  protected override async run(): Promise<void> {
    const { signal, activity } = this.getParentPipeline();
    const stopped = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", () => resolve(), { once: true });
    });
    await activity.whileWaiting(Promise.race([this.#sourcesEnded, stopped]));
  }

  override async onStop(): Promise<void> {
    this.#writeEntry({ kind: "closed", time: this.getParentPipeline().clock.now() });
    this.#closed = true;
    await this.#writing;
    await this.#sink.close();
  }

  /** Resolves when the node sends no more. */
  async #tapAll(node: Node, source: number): Promise<void> {
    await Promise.all(
      node.getOutputs().map((output) => new Promise<void>((end) => output.setTap(this.#tap(output, source, end)))),
    );
    this.#writeEntry({ kind: "end", time: this.getParentPipeline().clock.now(), source });
  }

  #tap(output: Output, source: number, end: () => void): Tap {
    const { clock } = this.getParentPipeline();
    return {
      see: (message) => {
        const { group, name } = output;
        const time = clock.now();
        const written = this.#write(() => this.#writeMessage({ time, source, group, output: name }, message));
        return this.#pending > AHEAD ? written : null;
      },
      end,
    };
  }

  async #writeMessage(
    place: Pick<EntryHeader & { kind: "message" }, "time" | "source" | "group" | "output">,
    message: Buffer,
  ): Promise<void> {
    const { meta, data } = this.#codecs.encode(message);
    const packed = data.length > 0 && this.#compress ? await this.#compress(data) : data;
    const encoding = packed === data ? "none" : "deflate-raw";
    const header = { kind: "message", ...place, message: meta, encoding, byteLength: data.length } as const;
    await this.#sink.write(encodeEntry({ header, body: packed }));
  }

  #writeEntry(header: EntryHeader): void {
    this.#write(() => this.#sink.write(encodeEntry({ header, body: new Uint8Array() })));
  }

  /** One after the other. @returns when it is written; it never rejects: an error ends the pipeline. */
  #write(step: () => Promise<void>): Promise<void> {
    if (this.#closed) return this.#writing;
    this.#pending++;
    this.#writing = this.#writing.then(() => this.#attempt(step));
    return this.#writing;
  }

  async #attempt(step: () => Promise<void>): Promise<void> {
    try {
      if (!this.#failed) await step();
    } catch (error) {
      this.#failed = true;
      this.getParentPipeline().fail(this, error);
    } finally {
      this.#pending--;
    }
  }
}
