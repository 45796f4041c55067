import type { Input } from "../input.ts";
import { Buffer } from "../messages/buffer.ts";
import type { Output } from "../output.ts";
import { ThreadedHostNode } from "../threaded-host-node.ts";

/** A message that is its sequence number; one is captured every 40 ms from 1000 ms on. */
export function numbered(sequenceNum: number, bytes = 0): Buffer {
  return new Buffer(new Uint8Array(bytes), { timestamp: 1000 + 40 * sequenceNum, sequenceNum });
}

export function numbersOf(messages: readonly Buffer[]): number[] {
  return messages.map((message) => message.getSequenceNum());
}

type CountingOptions = {
  /** Messages in all. */
  readonly count?: number;
  /** Of the pipeline's clock, between one and the next; 0: as fast as they are taken. */
  readonly everyMs?: number;
  /** Of each message's data. */
  readonly bytes?: number;
};

/** A source of numbered messages. */
export class Counting extends ThreadedHostNode {
  readonly out: Output = this.createOutput({ name: "out" });
  readonly #options: Required<CountingOptions>;

  constructor({ count = Infinity, everyMs = 0, bytes = 0 }: CountingOptions = {}) {
    super();
    this.#options = { count, everyMs, bytes };
  }

  override getName(): string {
    return "Counting";
  }

  protected override async run(): Promise<void> {
    const { clock, signal } = this.getParentPipeline();
    const { count, everyMs, bytes } = this.#options;
    for (let i = 0; i < count && this.mainLoop(); i++) {
      if (everyMs > 0) await clock.sleep(everyMs, signal);
      await this.out.send(numbered(i, bytes));
    }
  }
}

type Step = (message: Buffer, node: ThreadedHostNode) => unknown;

/** Passes on what comes in, after a step of the test's. */
export class Relay extends ThreadedHostNode {
  readonly input: Input = this.createInput({ name: "input" });
  readonly out: Output = this.createOutput({ name: "out" });
  readonly #step: Step;

  constructor(step: Step = () => {}) {
    super();
    this.#step = step;
  }

  override getName(): string {
    return "Relay";
  }

  protected override async run(): Promise<void> {
    while (this.mainLoop()) {
      const message = await this.input.get();
      await this.#step(message, this);
      await this.out.send(message);
    }
  }
}

/** Keeps what comes in. */
export class Collecting extends ThreadedHostNode {
  readonly input: Input = this.createInput({ name: "input" });
  readonly messages: Buffer[] = [];
  readonly #step: Step;

  constructor(step: Step = () => {}) {
    super();
    this.#step = step;
  }

  override getName(): string {
    return "Collecting";
  }

  protected override async run(): Promise<void> {
    while (this.mainLoop()) {
      const message = await this.input.get();
      await this.#step(message, this);
      this.messages.push(message);
    }
  }
}
