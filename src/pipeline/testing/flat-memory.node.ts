/**
 * Sends 100,000 messages of 1 kB through five nodes and prints, as JSON, the heap after a collection at every tenth of
 * them, and how long it took. Run with `--expose-gc`.
 */
import { HostNode, type HostNodeAnswer } from "../host-node.ts";
import type { Buffer } from "../messages/buffer.ts";
import { Pipeline } from "../pipeline.ts";
import { Counting, Relay } from "./nodes.ts";

const COUNT = 100_000;
const { gc } = globalThis as { gc?: () => void };
if (!gc) throw new Error("run with --expose-gc");

const heaps: number[] = [];

class Last extends HostNode {
  override async process(message: Buffer): Promise<HostNodeAnswer> {
    if (message.getSequenceNum() % (COUNT / 10) !== COUNT / 10 - 1) return null;
    // The memory behind arrays is given back some time after the collection that finds them unused.
    for (let round = 0; round < 3; round++) {
      gc!();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    heaps.push(heapUsed + arrayBuffers);
    return null;
  }
}

class Silent extends HostNode {
  override process(): HostNodeAnswer {
    return null;
  }
}

const pipeline = new Pipeline();
const source = pipeline.create(Counting, { count: COUNT, bytes: 1000 });
const [first, second] = [pipeline.create(Relay), pipeline.create(Relay)];
source.out.link(first.input);
first.out.link(second.input);
// One that drops, one that nobody reads, and a pair that is put together.
const dropping = pipeline.create(Relay, () => new Promise((resolve) => setTimeout(resolve, 1)));
dropping.input.setBlocking(false);
source.out.link(dropping.input);
dropping.out.createOutputQueue();
pipeline.create(Last).linkArgs(second.out);
const together = pipeline.create(Silent).linkArgs(first.out, second.out).out.createOutputQueue();
const began = performance.now();
await pipeline.run();
process.stdout.write(
  JSON.stringify({ heaps, ms: performance.now() - began, sent: second.out.sent, closed: together.isClosed() }),
);
