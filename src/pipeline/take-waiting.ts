import type { InOrder } from "./in-order.ts";
import type { Input } from "./input.ts";
import type { Buffer } from "./messages/buffer.ts";

/**
 * The next message, and of those that wait behind it as many as leave the other free places their share.
 *
 * @throws {ArcfaceError} QueueException as Input.get.
 */
export async function takeWaiting<T extends Buffer>(input: Input<T>, work: InOrder, atMost: number): Promise<T[]> {
  const messages = [await input.get()];
  const share = Math.min(atMost, Math.ceil((1 + input.queue.getSize()) / work.free));
  while (messages.length < share && input.has()) messages.push(input.tryGet()!);
  return messages;
}
