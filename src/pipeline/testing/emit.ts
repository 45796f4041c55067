import type { MessageQueue } from "../message-queue.ts";
import type { Buffer } from "../messages/buffer.ts";
import { ThreadedHostNode } from "../threaded-host-node.ts";

/** Sends the messages it was made with, one after the other, and ends. */
export class Emit<T extends Buffer> extends ThreadedHostNode {
  readonly out = this.createOutput<T>({ name: "out" });
  readonly #messages: Iterable<T>;

  constructor(messages: Iterable<T>) {
    super();
    this.#messages = messages;
  }

  protected override async run(): Promise<void> {
    for (const message of this.#messages) {
      if (!this.mainLoop()) return;
      await this.out.send(message);
    }
  }
}

/** All that comes until the queue is closed. */
export async function collect<T extends Buffer>(queue: MessageQueue<T>): Promise<T[]> {
  const messages: T[] = [];
  for await (const message of queue) messages.push(message);
  return messages;
}
