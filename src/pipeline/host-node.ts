import { expected } from "../errors.ts";
import type { Input } from "./input.ts";
import { Buffer } from "./messages/buffer.ts";
import type { Output } from "./output.ts";
import { syncInputs } from "./sync-inputs.ts";
import { ThreadedHostNode } from "./threaded-host-node.ts";

const SYNC_QUEUE_SIZE = 10;

/**
 * A node that is one function, called with one message of each input:
 *
 *     class Longer extends HostNode {
 *       build(out: Output<ImgDetections>) { return this.linkArgs(out); }
 *       process(detections: ImgDetections) { return detections.detections.length > 2 ? detections : null; }
 *     }
 *
 * What it gives (if it is not null) is sent on `out`. With several inputs, messages of the same time come together.
 */
export abstract class HostNode extends ThreadedHostNode {
  readonly out: Output = this.createOutput({ name: "out" });
  readonly #args: Input[] = [];
  #thresholdMs = 10;
  #attempts = -1;
  #onPipeline = false;

  /**
   * @param messages in the order of `linkArgs`.
   * @returns what goes out: a message, several, or nothing.
   */
  abstract process(...messages: Buffer[]): HostNodeAnswer | Promise<HostNodeAnswer>;

  /**
   * Make an input of each output, in the order of process' parameters. A single one holds 3 messages and makes the sender
   * wait; several hold 10 each and drop the oldest, as those of Sync.
   */
  linkArgs(...outputs: readonly Output[]): this {
    for (const output of outputs) output.link(this.#createArg());
    // As DepthAI's: one branch that sends less than another must not bring both to a standstill.
    if (this.#args.length > 1) for (const input of this.#args) input.setBlocking(false).setMaxSize(SYNC_QUEUE_SIZE);
    return this;
  }

  /** DepthAI's spelling of linkArgs. */
  link_args(...outputs: readonly Output[]): this {
    return this.linkArgs(...outputs);
  }

  /** Have `process` called by the program, in `pipeline.processTasks` or `pipeline.run`. */
  sendProcessingToPipeline(send: boolean): this {
    this.#onPipeline = send;
    return this;
  }

  /** See Sync. */
  setSyncThreshold(milliseconds: number): this {
    this.#thresholdMs = milliseconds;
    return this;
  }

  /** See Sync. */
  setSyncAttempts(attempts: number): this {
    this.#attempts = attempts;
    return this;
  }

  override checkBuilt(): void {
    if (this.#args.length === 0) throw expected(`${this.getName()} ${this.id}`, "outputs linked by linkArgs", "none");
  }

  protected override async run(): Promise<void> {
    for await (const messages of this.#steps()) {
      const answer = this.#onPipeline
        ? await this.getParentPipeline().addTask(() => this.process(...messages))
        : await this.process(...messages);
      for (const message of this.#toList(answer)) await this.out.send(message);
    }
  }

  #toList(answer: HostNodeAnswer): readonly Buffer[] {
    if (answer === null || answer === undefined) return [];
    const messages = answer instanceof Buffer ? [answer] : answer;
    if (Array.isArray(messages) && messages.every((message) => message instanceof Buffer)) return messages;
    throw expected("process", "a message, several, or null", `${answer?.constructor?.name ?? typeof answer}`);
  }

  #createArg(): Input {
    const input = this.createInput({ name: `${this.#args.length}`, group: "args" });
    this.#args.push(input);
    return input;
  }

  async *#steps(): AsyncGenerator<Buffer[]> {
    const [only, ...others] = this.#args;
    if (others.length === 0) while (this.mainLoop()) yield [await only!.get()];
    const inputs = new Map(this.#args.map((input) => [input.name, input]));
    const options = { thresholdMs: this.#thresholdMs, attempts: this.#attempts };
    for await (const group of syncInputs(inputs, options)) yield this.#args.map((input) => group.get(input.name)!);
  }
}

/** What `process` may give. */
export type HostNodeAnswer = Buffer | readonly Buffer[] | null | undefined;
