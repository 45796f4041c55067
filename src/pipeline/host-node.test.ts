import { expect, test } from "vitest";
import { HostNode, type HostNodeAnswer } from "./host-node.ts";
import { Buffer } from "./messages/buffer.ts";
import { Pipeline } from "./pipeline.ts";
import { Counting, numbersOf } from "./testing/nodes.ts";

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

class Adding extends HostNode {
  override getName() {
    return "Adding";
  }
  override process(...messages: Buffer[]): HostNodeAnswer {
    const sum = messages.reduce((total, message) => total + message.getSequenceNum(), 0);
    return sum % 2 === 0 ? new Buffer(new Uint8Array(), { sequenceNum: sum }) : null;
  }
}

test("a HostNode's process is called with what belongs together, and null sends nothing", async () => {
  const pipeline = new Pipeline();
  const [a, b] = [pipeline.create(Counting, { count: 8 }), pipeline.create(Counting, { count: 8 })];
  const adding = pipeline.create(Adding).linkArgs(a.out, b.out);
  const queue = adding.out.createOutputQueue(100);
  await pipeline.run();
  expect(numbersOf(queue.tryGetAll())).toEqual([0, 2, 4, 6, 8, 10, 12, 14]);
});

test("a HostNode beside a branch that passes on only some does not bring both to a standstill", async () => {
  class Some extends HostNode {
    override process(message: Buffer): HostNodeAnswer {
      return message.getSequenceNum() % 25 === 24 ? message : [];
    }
  }
  const pipeline = new Pipeline();
  const source = pipeline.create(Counting, { count: 200 });
  const some = pipeline.create(Some).linkArgs(source.out);
  const queue = pipeline.create(Adding).linkArgs(source.out, some.out).out.createOutputQueue(100);
  await pipeline.run();
  expect(numbersOf(queue.tryGetAll())).toEqual([24, 49, 74, 99, 124, 149, 174, 199].map((i) => 2 * i));
});

test("processTasks runs what a HostNode leaves to the program, and nothing before", async () => {
  const pipeline = new Pipeline();
  const source = pipeline.create(Counting, { count: 3 });
  const adding = pipeline.create(Adding).linkArgs(source.out).sendProcessingToPipeline(true);
  const queue = adding.out.createOutputQueue(100);
  await pipeline.start();
  await later(5);
  expect(queue.received).toBe(0);
  while (pipeline.isRunning()) await pipeline.processTasks(true, 0.01);
  await pipeline.wait();
  expect(numbersOf(queue.tryGetAll())).toEqual([0, 2]);
});

test("what process gives must be messages", async () => {
  class Wrong extends HostNode {
    override process(): HostNodeAnswer {
      return "text" as unknown as Buffer;
    }
  }
  const pipeline = new Pipeline();
  pipeline.create(Wrong).linkArgs(pipeline.create(Counting, { count: 1 }).out);
  await expect(pipeline.run()).rejects.toThrow("process: expected a message, several, or null, got String");
});
