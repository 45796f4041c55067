import { expect, test } from "vitest";
import type { Device } from "../device.ts";
import type { Input } from "../input.ts";
import { MessageCodecs } from "../message-codecs.ts";
import type { Buffer } from "../messages/buffer.ts";
import type { Node } from "../node.ts";
import { Pipeline } from "../pipeline.ts";
import { ThreadedHostNode } from "../threaded-host-node.ts";
import { createVirtualClock } from "../virtual-clock.ts";

export type Subject = {
  /** The node, or nodes, that are looked at. */
  readonly nodes: readonly Node[];
  /** What feeds it: the i-th message of each input; those of one i belong together. */
  readonly feeds: readonly { readonly input: Input; message(i: number): Buffer }[];
};

export type SubjectOptions = {
  /** Stamps are the node's own, not those of what came in. */
  readonly stampsAnew?: boolean;
  /** What the pipeline runs on, for nodes that need one. */
  readonly device?: Device | null;
};

/** Sends the i-th of its messages, and gives others a turn in between. */
class Feed extends ThreadedHostNode {
  readonly out = this.createOutput({ name: "out" });
  readonly sent: Buffer[] = [];
  readonly #message: (i: number) => Buffer;
  readonly #count: number;

  constructor(message: (i: number) => Buffer, count: number) {
    super();
    this.#message = message;
    this.#count = count;
  }

  override getName(): string {
    return "Feed";
  }

  protected override async run(): Promise<void> {
    const { clock } = this.getParentPipeline();
    for (let i = 0; i < this.#count && this.mainLoop(); i++) {
      await clock.sleep(1);
      const message = this.#message(i);
      this.sent.push(message);
      await this.out.send(message);
    }
  }
}

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What every node does, whatever it is for. @param make puts it into a pipeline. */
export function nodeConforms(
  name: string,
  make: (pipeline: Pipeline) => Subject,
  { stampsAnew = false, device = null }: SubjectOptions = {},
): void {
  function prepare(count: number, pipeline = new Pipeline(device, { stopTimeoutMs: 5000 })) {
    const { nodes, feeds } = make(pipeline);
    const sources = feeds.map(({ input, message }) => {
      const feed = pipeline.create(Feed, message, count);
      feed.out.link(input);
      return feed;
    });
    return { pipeline, sources, outputs: nodes.flatMap((node) => node.getOutputs()) };
  }

  test(`${name} ends when its inputs have, and ends its outputs`, async () => {
    const { pipeline, outputs } = prepare(5);
    const queues = outputs.map((output) => output.createOutputQueue(1000));
    await pipeline.run();
    for (const queue of queues) if (queue.has()) queue.tryGetAll();
    expect(queues.map((queue) => queue.isClosed())).toEqual(queues.map(() => true));
    expect(queues.reduce((sum, { received }) => sum + received, 0)).toBeGreaterThan(0);
  });

  test(`${name} stops while it waits for messages`, async () => {
    const { pipeline } = prepare(0);
    for (const { input } of make(pipeline).feeds) input.createInputQueue();
    await pipeline.start();
    await later(3);
    pipeline.stop();
    await pipeline.wait();
  });

  test(`${name} stops while nobody takes what it sends`, async () => {
    const { pipeline, outputs } = prepare(100);
    for (const output of outputs) output.createOutputQueue(1, true);
    await pipeline.start();
    await later(40);
    pipeline.stop();
    await pipeline.wait();
  });

  test(`${name} stops before it has begun`, async () => {
    const { pipeline } = prepare(3);
    const starting = pipeline.start();
    pipeline.stop();
    await starting;
    await pipeline.wait();
  });

  test(`${name} leaves the messages that it is given as they are`, async () => {
    const { pipeline, sources } = prepare(6);
    await pipeline.run();
    const codecs = new MessageCodecs();
    for (const [k, { sent }] of sources.entries()) {
      const { feeds } = make(new Pipeline(device));
      expect(sent).toHaveLength(6);
      for (const [i, message] of sent.entries()) {
        const fresh = feeds[k]!.message(i);
        expect(plain(codecs, message)).toEqual(plain(codecs, fresh));
      }
    }
  });

  test(`${name} does the same in every run, by a virtual clock`, async () => {
    const run = async (): Promise<string[][]> => {
      const { pipeline, outputs } = prepare(
        8,
        new Pipeline(device, { clock: createVirtualClock(), stopTimeoutMs: 5000 }),
      );
      const seen = outputs.map((output) => {
        const stamps: string[] = [];
        output.createOutputQueue(0).addCallback((message) => void stamps.push(stampsOf(message)));
        return stamps;
      });
      await pipeline.run();
      return seen;
    };
    const first = await run();
    expect(first.flat().length).toBeGreaterThan(0);
    expect(await run()).toEqual(first);
  });

  if (stampsAnew) return;
  test(`${name} sends what it makes with the stamps of what it was made of, in their order`, async () => {
    const { pipeline, sources, outputs } = prepare(8);
    const queues = outputs.map((output) => output.createOutputQueue(1000));
    await pipeline.run();
    const known = new Set(sources.flatMap(({ sent }) => sent.map(stampsOf)));
    for (const queue of queues.filter(({ received }) => received > 0)) {
      const messages = queue.tryGetAll();
      for (const message of messages) expect(known).toContain(stampsOf(message));
      const times = messages.map((message) => message.getTimestamp());
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }
  });
}

function stampsOf(message: Buffer): string {
  return `${message.getTimestamp()} ${message.getTimestampDevice()} ${message.getSequenceNum()}`;
}

/** What can be seen of a message; of a class without a codec its own fields. */
function plain(codecs: MessageCodecs, message: Buffer): unknown {
  try {
    return codecs.encode(message);
  } catch {
    return [stampsOf(message), message.getData(), { ...message }];
  }
}
