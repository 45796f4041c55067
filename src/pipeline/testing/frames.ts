import type { MessageQueue } from "../message-queue.ts";
import type { Buffer } from "../messages/buffer.ts";
import { ImgFrame } from "../messages/img-frame.ts";
import { ThreadedHostNode } from "../threaded-host-node.ts";

/** A source of the frames that it is given. */
export class Frames extends ThreadedHostNode {
  readonly out = this.createOutput<ImgFrame>({ name: "out", types: [ImgFrame] });
  readonly #frames: Iterable<ImgFrame>;

  constructor(frames: Iterable<ImgFrame>) {
    super();
    this.#frames = frames;
  }

  override getName(): string {
    return "Frames";
  }

  protected override async run(): Promise<void> {
    for (const frame of this.#frames) await this.out.send(frame);
  }
}

/** What is in a queue, and what comes until it ends. */
export async function readAll<T extends Buffer>(queue: MessageQueue<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const message of queue) all.push(message);
  return all;
}
