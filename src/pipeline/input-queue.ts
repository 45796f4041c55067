import { MessageQueue } from "./message-queue.ts";
import type { Buffer } from "./messages/buffer.ts";
import type { NodeName, Writable } from "./node-home.ts";
import { ThreadedHostNode } from "./threaded-host-node.ts";

/** Carries what the program writes into a queue to an input. */
export class InputQueue<T extends Buffer> extends ThreadedHostNode {
  readonly queue: MessageQueue<T>;
  readonly #input: Writable<T>;

  constructor(input: Writable<T>, maxSize: number, blocking: boolean) {
    super();
    this.#input = input;
    this.queue = new MessageQueue<T>({
      maxSize,
      blocking,
      name: () => `${input.getName()} queue`,
      onError: (error) => this.getParentPipeline().fail(this, error),
    });
    input.addWriter();
  }

  override getName(): string {
    return "InputQueue";
  }

  /** The node that the messages are for. */
  getTarget(): NodeName {
    return this.#input.getParent();
  }

  override detach(): void {
    this.#input.removeWriter();
    this.queue.close();
    super.detach();
  }

  protected override async run(): Promise<void> {
    const { activity } = this.getParentPipeline();
    try {
      while (this.mainLoop()) {
        const message = await activity.whileWaiting(this.queue.get());
        await activity.whileWaiting(this.#input.send(message));
      }
    } finally {
      this.#input.endWriter();
      // The node may have ended before the program did: it is not to wait for room that nobody makes.
      this.queue.close();
    }
  }
}
