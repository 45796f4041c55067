import { MessageQueue } from "./message-queue.ts";
import type { Buffer } from "./messages/buffer.ts";
import type { Writable } from "./node-home.ts";
import { ThreadedHostNode } from "./threaded-host-node.ts";

/** Carries what the program writes into a queue to an input. */
export class InputQueue<T extends Buffer> extends ThreadedHostNode {
  readonly queue: MessageQueue<T>;
  readonly #input: Writable<T>;

  constructor(input: Writable<T>, maxSize: number, blocking: boolean) {
    super();
    this.#input = input;
    this.queue = new MessageQueue<T>({ maxSize, blocking, name: `${input.getName()} queue` });
    input.addWriter();
  }

  override getName(): string {
    return "InputQueue";
  }

  protected override async run(): Promise<void> {
    const { activity } = this.getParentPipeline();
    try {
      while (this.mainLoop()) await this.#input.send(await activity.whileWaiting(this.queue.get()));
    } finally {
      this.#input.removeWriter();
    }
  }
}
