import { expect, test } from "vitest";
import { Buffer } from "./messages/buffer.ts";
import { MessageGroup } from "./messages/message-group.ts";
import { Node } from "./node.ts";
import { Sync } from "./nodes/sync.ts";
import { Pipeline } from "./pipeline.ts";
import { QueueException } from "./queue-exception.ts";
import { Collecting, Counting, numbered, numbersOf, Relay } from "./testing/nodes.ts";
import { ThreadedHostNode } from "./threaded-host-node.ts";

const upTo = (count: number): number[] => [...Array(count).keys()];
const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test("a chain carries every message in order, and ends by itself", async () => {
  const pipeline = new Pipeline();
  const [source, relay, sink] = [
    pipeline.create(Counting, { count: 100 }),
    pipeline.create(Relay),
    pipeline.create(Collecting),
  ];
  source.out.link(relay.input);
  relay.out.link(sink.input);
  await pipeline.start();
  await pipeline.wait();
  expect(numbersOf(sink.messages)).toEqual(upTo(100));
  expect(pipeline.isRunning()).toBe(false);
});

test("a node without inputs and outputs runs once", async () => {
  let ran = 0;
  class Alone extends ThreadedHostNode {
    protected override async run() {
      ran++;
    }
  }
  const pipeline = new Pipeline();
  pipeline.create(Alone);
  await pipeline.run();
  expect(ran).toBe(1);
});

test("an input fed by several outputs ends with the last of them", async () => {
  const pipeline = new Pipeline();
  const [short, long] = [pipeline.create(Counting, { count: 3 }), pipeline.create(Counting, { count: 10, everyMs: 1 })];
  const sink = pipeline.create(Collecting);
  const queue = sink.input.createInputQueue();
  short.out.link(sink.input);
  long.out.link(sink.input);
  await pipeline.start();
  await queue.send(numbered(100));
  queue.end();
  await pipeline.wait();
  expect(numbersOf(sink.messages).sort((a, b) => a - b)).toEqual([0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 100]);
});

test("what the program wrote before it ended its queue comes through", async () => {
  const pipeline = new Pipeline();
  const sink = pipeline.create(Collecting);
  const queue = sink.input.createInputQueue(4, true);
  await pipeline.start();
  for (let i = 0; i < 20; i++) await queue.send(numbered(i));
  queue.end();
  await pipeline.wait();
  expect(numbersOf(sink.messages)).toEqual(upTo(20));
});

test("a slow taker that blocks holds the source up, and the fast one beside it gets everything as well", async () => {
  const pipeline = new Pipeline();
  const source = pipeline.create(Counting, { count: 12 });
  const slow = pipeline.create(Collecting, () => later(2));
  const fast = pipeline.create(Collecting);
  source.out.link(slow.input);
  source.out.link(fast.input);
  await pipeline.start();
  await later(5);
  // The queue of 3, one in the taker's hands, and one that waits.
  expect(fast.messages.length - slow.messages.length).toBeLessThanOrEqual(5);
  await pipeline.wait();
  expect([numbersOf(slow.messages), numbersOf(fast.messages)]).toEqual([upTo(12), upTo(12)]);
});

test("a taker that does not block loses the oldest, and nobody waits for it", async () => {
  const pipeline = new Pipeline();
  const source = pipeline.create(Counting, { count: 50 });
  const slow = pipeline.create(Collecting, () => later(5));
  slow.input.setBlocking(false).setMaxSize(2);
  source.out.link(slow.input);
  await pipeline.run();
  expect(slow.messages.length + slow.input.queue.dropped).toBe(50);
  expect(slow.input.queue.dropped).toBeGreaterThan(0);
  expect(numbersOf(slow.messages).slice(-2)).toEqual([48, 49]);
});

test("a node that ends before its source is passed over, and the others go on", async () => {
  class First extends ThreadedHostNode {
    readonly input = this.createInput({ name: "input" });
    protected override async run() {
      await this.input.get();
    }
  }
  const pipeline = new Pipeline();
  const source = pipeline.create(Counting, { count: 30 });
  source.out.link(pipeline.create(First).input);
  const sink = pipeline.create(Collecting);
  source.out.link(sink.input);
  await pipeline.run();
  expect(numbersOf(sink.messages)).toEqual(upTo(30));
});

test("a queue that the program closes while the node waits for room is passed over", async () => {
  const pipeline = new Pipeline();
  const source = pipeline.create(Counting, { count: 20 });
  const sink = pipeline.create(Collecting);
  source.out.link(sink.input);
  const unread = source.out.createOutputQueue(1, true);
  await pipeline.start();
  await later(5);
  expect(sink.messages.length).toBeLessThan(5);
  unread.close();
  await pipeline.wait();
  expect(numbersOf(sink.messages)).toEqual(upTo(20));
});

test("an input can be linked anew after its only link was taken away", async () => {
  const pipeline = new Pipeline();
  const [wrong, right] = [pipeline.create(Counting, { count: 2 }), pipeline.create(Counting, { count: 5 })];
  const sink = pipeline.create(Collecting);
  wrong.out.link(sink.input);
  wrong.out.unlink(sink.input);
  right.out.link(sink.input);
  await pipeline.run();
  expect(numbersOf(sink.messages)).toEqual(upTo(5));
  expect(() => wrong.out.unlink(sink.input)).toThrow("expected a link to Collecting 2.input, got none");
});

test("a removed node leaves its neighbours free for others, itself included", async () => {
  const pipeline = new Pipeline();
  const [source, relay, sink] = [
    pipeline.create(Counting, { count: 5 }),
    pipeline.create(Relay),
    pipeline.create(Collecting),
  ];
  source.out.link(relay.input);
  relay.out.link(sink.input);
  relay.input.createInputQueue();
  pipeline.remove(relay);
  expect(pipeline.getAllNodes()).toEqual([source, sink]);
  expect([relay.id, relay.input.isConnected()]).toEqual([-1, false]);
  expect(() => pipeline.remove(relay)).toThrow("no node of this pipeline");
  source.out.link(sink.input);
  await pipeline.run();
  expect(numbersOf(sink.messages)).toEqual(upTo(5));
  new Pipeline().add(relay);
});

test("links made while it runs carry what comes after; of an output that has ended, nothing", async () => {
  const pipeline = new Pipeline();
  const [short, long] = [pipeline.create(Counting, { count: 1 }), pipeline.create(Counting, { count: 20, everyMs: 2 })];
  const [sink, late] = [pipeline.create(Collecting), pipeline.create(Collecting)];
  long.out.link(sink.input);
  await pipeline.start();
  await later(10);
  short.out.link(sink.input);
  long.out.link(late.input);
  await pipeline.wait();
  expect(numbersOf(sink.messages)).toEqual(upTo(20));
  expect(numbersOf(late.messages)).toEqual(upTo(20).slice(-late.messages.length));
  expect(late.messages.length).toBeGreaterThan(0);
  expect(() => long.out.link(late.input)).toThrow(/already|has ended|linked once/);
  expect(() => short.out.link(late.input)).toThrow(
    "an input that takes messages, got Collecting 3.input, which has ended",
  );
});

test("a node linked to itself gets its own messages, and stop ends it", async () => {
  const pipeline = new Pipeline();
  const seen: number[] = [];
  const relay = pipeline.create(Relay, (message) => {
    seen.push(message.getSequenceNum());
    if (seen.length === 50) pipeline.stop();
  });
  relay.out.link(relay.input);
  const queue = relay.input.createInputQueue();
  await pipeline.start();
  await queue.send(numbered(7));
  await pipeline.wait();
  expect(seen).toEqual(Array(50).fill(7));
});

test("links across pipelines, of wrong types and made twice are refused, by name", () => {
  const [one, two] = [new Pipeline(), new Pipeline()];
  const source = one.create(Counting);
  source.out.link(two.create(Collecting).input);
  expect(() => one.build()).toThrow(
    "link: Counting 0.out: expected an input of a node in the same pipeline, got Collecting 0.input",
  );
  class Groups extends Node {
    readonly input = this.createInput({ name: "input", types: [MessageGroup] });
    readonly out = this.createOutput({ name: "out", types: [MessageGroup] });
    override async runToEnd() {}
  }
  class Other extends Buffer {}
  class Others extends Node {
    readonly out = this.createOutput({ name: "out", types: [Other] });
    override async runToEnd() {}
  }
  const groups = two.create(Groups);
  const others = two.create(Others);
  expect(() => others.out.link(groups.input)).toThrow(
    `link: ${groups.input.getName()}: expected MessageGroup, got Other from`,
  );
  groups.out.link(groups.input);
  expect(() => groups.out.link(groups.input)).toThrow("linked once");
});

test("names say which node they are of, although inputs are made before the node has a number", async () => {
  const pipeline = new Pipeline();
  pipeline.create(Counting);
  const sync = pipeline.create(Sync);
  expect(sync.inputs.get("left").getName()).toBe("Sync 1.inputs[left]");
  pipeline.stop();
  await expect(sync.inputs.get("left").queue.get()).rejects.toThrow("MessageQueue was closed: Sync 1.inputs[left]");
});

test("a timeout of an input gives null, and the node goes on", async () => {
  const answers: (number | null)[] = [];
  class Patient extends ThreadedHostNode {
    readonly input = this.createInput({ name: "input" });
    protected override async run() {
      for (let i = 0; i < 3; i++) answers.push((await this.input.get(4))?.getSequenceNum() ?? null);
    }
  }
  const pipeline = new Pipeline();
  const queue = pipeline.create(Patient).input.createInputQueue();
  await pipeline.start();
  await later(20);
  await pipeline.wait();
  expect(answers).toEqual([null, null, null]);
  expect(queue.isClosed()).toBe(true);
});

test("an input that reuses the previous message gives it again, also when no more will come", async () => {
  const answers: (number | null)[] = [];
  class Reusing extends ThreadedHostNode {
    readonly input = this.createInput({ name: "input" }).setReusePreviousMessage(true);
    protected override async run() {
      await this.input.get();
      await later(5);
      for (let i = 0; i < 2; i++) answers.push(this.input.tryGet()?.getSequenceNum() ?? null);
    }
  }
  const pipeline = new Pipeline();
  pipeline.create(Counting, { count: 1 }).out.link(pipeline.create(Reusing).input);
  await pipeline.run();
  expect(answers).toEqual([0, 0]);
});

test("a source that never waits for anything does not keep timers from stopping it", async () => {
  const pipeline = new Pipeline();
  const sink = pipeline.create(Collecting);
  pipeline.create(Counting).out.link(sink.input);
  await pipeline.start();
  await later(30);
  pipeline.stop();
  await pipeline.wait();
  expect(sink.messages.length).toBeGreaterThan(10);
});

test("queues of a pipeline that ended say so; the program's too", async () => {
  const pipeline = new Pipeline();
  const source = pipeline.create(Counting, { count: 3 });
  const queue = source.out.createOutputQueue();
  await pipeline.run();
  expect(numbersOf([await queue.get(), await queue.get(), await queue.get()])).toEqual([0, 1, 2]);
  await expect(queue.get()).rejects.toThrow(QueueException);
  expect(source.out.createOutputQueue().isClosed()).toBe(true);
  await expect(pipeline.start()).rejects.toMatchObject({ code: "CLOSED" });
  expect(() => pipeline.create(Counting)).toThrow("one that has ended");
});
