import { expect, test } from "vitest";
import { HostNode, type HostNodeAnswer } from "./host-node.ts";
import { Pipeline } from "./pipeline.ts";
import { QueueException } from "./queue-exception.ts";
import { chain } from "./testing/chain.ts";
import { expectNoUnhandledRejections } from "./testing/no-unhandled.node.ts";
import { Counting, numbered, Relay } from "./testing/nodes.ts";
import { Noting } from "./testing/noting.ts";

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const forever = new Promise<never>(() => {});

expectNoUnhandledRejections();

test("stop of a pipeline that was made or built ends it: nothing starts, queues are closed, wait resolves", async () => {
  for (const build of [false, true]) {
    const { pipeline, sink, source } = chain();
    const queue = source.out.createOutputQueue();
    const input = sink.input.createInputQueue();
    if (build) pipeline.build();
    const waiting = queue.get();
    pipeline.stop();
    await pipeline.wait();
    await expect(waiting).rejects.toThrow(QueueException);
    await expect(input.send(numbered(0))).rejects.toThrow(QueueException);
    expect([pipeline.signal.aborted, pipeline.isRunning()]).toEqual([true, false]);
    await expect(pipeline.start()).rejects.toMatchObject({ code: "CLOSED" });
  }
});

test("a pipeline that is left unstarted is disposed of at once", async () => {
  const { pipeline } = chain();
  await pipeline[Symbol.asyncDispose]();
  await pipeline[Symbol.asyncDispose]();
});

test("stop while nodes start: start resolves, no node runs, those that began are told", async () => {
  const pipeline = new Pipeline();
  const slow = pipeline.create(Noting, { onStart: () => later(10) });
  const starting = pipeline.start();
  pipeline.stop();
  await starting;
  await pipeline.wait();
  expect(slow.calls).toEqual(["onStart", "onStop"]);
});

test("stop while a node's start waits for the signal", async () => {
  const pipeline = new Pipeline();
  pipeline.create(Noting, { onStart: () => pipeline.clock.sleep(60_000, pipeline.signal) });
  const starting = pipeline.start();
  await later(2);
  pipeline.stop();
  await starting;
  await pipeline.wait();
});

test("stop while nodes wait for messages", async () => {
  const pipeline = new Pipeline();
  const relay = pipeline.create(Relay);
  relay.input.createInputQueue();
  await pipeline.start();
  await later(2);
  pipeline.stop();
  await pipeline.wait();
});

test("stop while a blocking output queue is unread", async () => {
  const { pipeline, relay } = chain();
  const unread = relay.out.createOutputQueue(2, true);
  await pipeline.start();
  await later(5);
  expect(unread.isFull()).toBe(true);
  pipeline.stop();
  await pipeline.wait();
  expect(unread.isClosed()).toBe(true);
});

test("stop after the sources have ended, while a blocking output queue is unread", async () => {
  const pipeline = new Pipeline();
  const unread = pipeline.create(Counting, { count: 2 }).out.createOutputQueue(4, true);
  await pipeline.start();
  await later(5);
  expect([pipeline.isRunning(), unread.getSize()]).toEqual([true, 2]);
  pipeline.stop();
  await pipeline.wait();
});

test("stop from within a node, and again from outside", async () => {
  const { pipeline, sink } = chain((message, node) => {
    if (message.getSequenceNum() === 3) node.stopPipeline();
  });
  await pipeline.start();
  await pipeline.wait();
  pipeline.stop();
  pipeline.stop();
  await pipeline.wait();
  expect(sink.messages.length).toBeLessThanOrEqual(3);
});

test("stop from within a callback of a queue", async () => {
  const { pipeline, relay } = chain();
  const queue = relay.out.createOutputQueue();
  queue.addCallback((message) => {
    if (message.getSequenceNum() === 5) pipeline.stop();
  });
  await pipeline.start();
  await pipeline.wait();
  expect(queue.received).toBe(6);
});

test("stop while process works: it is waited for, and what it gives is not sent", async () => {
  let finished = 0;
  class Slow extends HostNode {
    override async process(): Promise<HostNodeAnswer> {
      await later(10);
      finished++;
      return numbered(0);
    }
  }
  const pipeline = new Pipeline();
  const slow = pipeline.create(Slow).linkArgs(pipeline.create(Counting).out);
  const queue = slow.out.createOutputQueue();
  await pipeline.start();
  await later(2);
  pipeline.stop();
  await pipeline.wait();
  expect([finished, queue.received]).toEqual([1, 0]);
});

test("stop while a task is left to a program that does not come for it", async () => {
  class Left extends HostNode {
    override process(): HostNodeAnswer {
      throw new Error("nobody calls this");
    }
  }
  const pipeline = new Pipeline();
  pipeline.create(Left).linkArgs(pipeline.create(Counting).out).sendProcessingToPipeline(true);
  await pipeline.start();
  await later(2);
  pipeline.stop();
  await pipeline.wait();
  await pipeline.processTasks(true);
});

test("tasks that wait when the pipeline is stopped in the middle of processing are not run", async () => {
  const pipeline = new Pipeline();
  const ran: number[] = [];
  class Tasks extends HostNode {
    override process(): HostNodeAnswer {
      ran.push(this.id);
      pipeline.stop();
      return null;
    }
  }
  for (let i = 0; i < 3; i++)
    pipeline.create(Tasks).linkArgs(pipeline.create(Counting).out).sendProcessingToPipeline(true);
  await pipeline.run();
  expect(ran).toEqual([0]);
});

test("whatever is not waited for stays quiet when the pipeline stops: sends, gets, work under way", async () => {
  const pipeline = new Pipeline();
  const careless = pipeline.create(Noting, {
    run: (node: Noting) => {
      for (let i = 0; i < 10; i++) void node.out.send(numbered(i));
      void node.input.get();
      void pipeline.activity.during(later(3).then(() => Promise.reject(new Error("nobody waits for this"))));
      return later(5);
    },
  });
  const unread = careless.out.createOutputQueue(1, true);
  void unread.get();
  await pipeline.start();
  pipeline.stop();
  await pipeline.wait();
  void unread.get();
  void unread.send(numbered(0));
});

test.each([
  ["onStart", { onStart: () => forever }],
  ["run", { run: () => forever }],
  ["onStop", { onStop: () => forever }],
])(
  "a node whose %s never ends is named when its time is up, and start, wait and dispose come back",
  async (_, steps) => {
    const pipeline = new Pipeline(null, { stopTimeoutMs: 20 });
    pipeline.create(Noting, steps);
    const starting = pipeline.start();
    await later(2);
    pipeline.stop();
    await starting.catch(() => {});
    await expect(pipeline.wait()).rejects.toMatchObject({
      code: "CLOSED",
      message: "Noting 0: did not end with the pipeline",
    });
    await pipeline[Symbol.asyncDispose]();
    expect(pipeline.isRunning()).toBe(false);
  },
);

test("the signal has fired when a pipeline has ended by itself: nothing a node left behind goes on", async () => {
  const pipeline = new Pipeline();
  let left = "sleeping";
  pipeline.create(Noting, {
    run: () =>
      void pipeline.clock.sleep(60_000, pipeline.signal).catch(() => {
        left = "cancelled";
      }),
  });
  await pipeline.run();
  await later(1);
  expect(left).toBe("cancelled");
});
