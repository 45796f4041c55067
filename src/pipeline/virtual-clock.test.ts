import { expect, test } from "vitest";
import type { Buffer } from "./messages/buffer.ts";
import { Sync } from "./nodes/sync.ts";
import { Pipeline } from "./pipeline.ts";
import { Collecting, Counting, numbered, numbersOf, Relay } from "./testing/nodes.ts";
import { randoms } from "./testing/randoms.ts";
import { ThreadedHostNode } from "./threaded-host-node.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test("an hour of a camera passes in no time, and every frame comes at its own", async () => {
  const clock = createVirtualClock({ start: 500 });
  const pipeline = new Pipeline(null, { clock });
  const times: number[] = [];
  const sink = pipeline.create(Collecting, () => void times.push(clock.now()));
  pipeline.create(Counting, { count: 60, everyMs: 60_000 }).out.link(sink.input);
  const began = performance.now();
  await pipeline.run();
  expect(performance.now() - began).toBeLessThan(30_000);
  expect(times).toEqual([...Array(60).keys()].map((i) => 500 + 60_000 * (i + 1)));
  expect(clock.now()).toBe(500 + 3_600_000);
});

test("work takes no time, however long it takes; sleeping on the clock does", async () => {
  const clock = createVirtualClock();
  const pipeline = new Pipeline(null, { clock });
  const relay = pipeline.create(Relay, async () => {
    await later(3);
    await clock.sleep(100);
  });
  const times: number[] = [];
  const sink = pipeline.create(Collecting, () => void times.push(clock.now()));
  pipeline.create(Counting, { count: 4, everyMs: 10 }).out.link(relay.input);
  relay.out.link(sink.input);
  await pipeline.run();
  expect(times).toEqual([110, 210, 310, 410]);
});

test("a timeout of an input is of the pipeline's time", async () => {
  const clock = createVirtualClock();
  const got: [number, number | null][] = [];
  class Patient extends ThreadedHostNode {
    readonly input = this.createInput({ name: "input" });
    protected override async run() {
      for (let i = 0; i < 4; i++) got.push([clock.now(), (await this.input.get(60_000))?.getSequenceNum() ?? null]);
    }
  }
  const pipeline = new Pipeline(null, { clock });
  pipeline.create(Counting, { count: 2, everyMs: 100_000 }).out.link(pipeline.create(Patient).input);
  await pipeline.run();
  // Each entry's time is when it began to wait.
  expect(got).toEqual([
    [0, null],
    [60_000, 0],
    [100_000, null],
    [160_000, 1],
  ]);
});

test("stop wakes everybody who sleeps on the clock", async () => {
  const clock = createVirtualClock();
  const pipeline = new Pipeline(null, { clock, stopTimeoutMs: 2000 });
  class Sleepy extends ThreadedHostNode {
    protected override async run() {
      while (this.mainLoop()) await clock.sleep(1e12);
    }
  }
  pipeline.create(Sleepy);
  // Somebody who is at work keeps the time from going on.
  pipeline.create(Relay, () => later(10));
  pipeline
    .create(Counting, { count: 1 })
    .out.createOutputQueue(0)
    .addCallback(() => later(20));
  await pipeline.start();
  await later(2);
  pipeline.stop();
  await pipeline.wait();
});

test("time stands still while anybody works, though another waits for room in two places at a time", async () => {
  const clock = createVirtualClock();
  const pipeline = new Pipeline(null, { clock });
  const moved: number[] = [];
  const work = async () => {
    const before = clock.now();
    await later(2);
    if (clock.now() !== before) moved.push(clock.now() - before);
  };
  class Both extends ThreadedHostNode {
    readonly left = this.createOutput({ name: "left" });
    readonly right = this.createOutput({ name: "right" });
    protected override async run() {
      for (let i = 0; i < 10; i++) await Promise.all([this.left.send(numbered(i)), this.right.send(numbered(i))]);
    }
  }
  const both = pipeline.create(Both);
  for (const output of [both.left, both.right]) {
    const sink = pipeline.create(Collecting, work);
    sink.input.setMaxSize(1);
    output.link(sink.input);
  }
  // What there is to wake up for.
  pipeline.create(Counting, { count: 200, everyMs: 1 });
  await pipeline.run();
  expect(moved).toEqual([]);
});

test("a loop that always has something to do lets others have their turn", async () => {
  const pipeline = new Pipeline(null, { clock: createVirtualClock() });
  const sink = pipeline.create(Collecting, (message) => {
    if (message.getSequenceNum() === 9) pipeline.stop();
  });
  pipeline.create(Counting, { count: 10 }).out.link(sink.input.setMaxSize(1));
  class Busy extends Relay {
    protected override async run() {
      await this.out.send(numbered(0));
      await super.run();
    }
  }
  const busy = pipeline.create(Busy);
  busy.out.link(busy.input);
  await pipeline.run();
});

test("a node that never ends keeps no other from ending", async () => {
  const pipeline = new Pipeline(null, { clock: createVirtualClock(), stopTimeoutMs: 50 });
  class Stuck extends ThreadedHostNode {
    override getName() {
      return "Stuck";
    }
    protected override run() {
      return new Promise<never>(() => {});
    }
  }
  pipeline.create(Stuck);
  const relay = pipeline.create(Relay);
  relay.input.createInputQueue();
  await pipeline.start();
  await later(2);
  pipeline.stop();
  await expect(pipeline.wait()).rejects.toThrow("Stuck 0: did not end with the pipeline");
});

type Outcome = {
  readonly merged: number[];
  readonly slow: number[];
  readonly groups: string[];
  readonly dropped: number;
};

/** A graph with everything that depends on timing: drops, several writers of one input, Sync, timeouts, tryGet. */
async function race(delay: () => Promise<void>): Promise<Outcome> {
  const clock = createVirtualClock();
  const pipeline = new Pipeline(null, { clock });
  const [a, b] = [
    pipeline.create(Counting, { count: 40, everyMs: 7 }),
    pipeline.create(Counting, { count: 40, everyMs: 9 }),
  ];
  const [left, right] = [pipeline.create(Relay, delay), pipeline.create(Relay, delay)];
  a.out.link(left.input);
  b.out.link(right.input);
  const merged = pipeline.create(Collecting, delay);
  left.out.link(merged.input);
  right.out.link(merged.input);
  a.out.link(merged.input);
  const slow = pipeline.create(Collecting, async () => {
    await delay();
    await clock.sleep(31);
  });
  slow.input.setBlocking(false).setMaxSize(2);
  a.out.link(slow.input);
  right.out.link(slow.input);
  const sync = pipeline.create(Sync).setSyncThreshold(5);
  left.out.link(sync.inputs.get("left"));
  right.out.link(sync.inputs.get("right"));
  const together: Buffer[][] = [];
  sync.out.createOutputQueue(1000).addCallback((group) => void together.push([...group].map(([, message]) => message)));
  await pipeline.run();
  const groups = together.map((messages) => numbersOf(messages).join("+"));
  return {
    merged: numbersOf(merged.messages),
    slow: numbersOf(slow.messages),
    groups,
    dropped: slow.input.queue.dropped,
  };
}

test("drops, merges and groups are the same however long anything takes", async () => {
  const plain = await race(async () => {});
  expect(plain.dropped).toBeGreaterThan(10);
  expect(plain.groups.length).toBeGreaterThan(5);
  const random = randoms(7);
  for (let round = 0; round < 3; round++) {
    expect(await race(async () => (random() < 0.3 ? later(4 * random()) : undefined))).toEqual(plain);
    expect(await race(async () => (random() < 0.5 ? Promise.resolve() : undefined))).toEqual(plain);
  }
});
