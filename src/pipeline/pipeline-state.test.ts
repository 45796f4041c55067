import { expect, test } from "vitest";
import { formatPipelineState } from "./format-state.ts";
import { Pipeline } from "./pipeline.ts";
import { findBottleneck, type NodeState } from "./pipeline-state.ts";
import { Collecting, Counting, Relay } from "./testing/nodes.ts";

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A chain of three relays of which one takes so long; the state while it is full. */
async function states(slow: number, { blocking = true, sourceMs = 0 } = {}): Promise<NodeState[]> {
  const pipeline = new Pipeline();
  const source = pipeline.create(Counting, { everyMs: sourceMs });
  const relays = [0, 1, 2].map((i) => pipeline.create(Relay, () => (i === slow ? later(8) : null)));
  const sink = pipeline.create(Collecting);
  let from = source.out;
  for (const relay of relays) {
    relay.input.setBlocking(blocking);
    from.link(relay.input);
    from = relay.out;
  }
  from.link(sink.input);
  await pipeline.start();
  await later(300);
  const result = pipeline.getPipelineState();
  pipeline.stop();
  await pipeline.wait();
  return result;
}

test.each([0, 1, 2])("relay %i of three, which takes longest, is found to limit the chain", async (slow) => {
  const all = await states(slow);
  expect(findBottleneck(all)!.id).toBe(1 + slow);
  const [source, ...rest] = all;
  // What comes before it waits for room, what comes after for messages.
  expect(source!.blocked).toBeGreaterThan(0.5);
  expect(rest[slow]!.busy).toBeGreaterThan(0.8);
  expect(rest.at(-1)!.waiting).toBeGreaterThan(0.8);
  expect(rest[slow]!.latencyMs!.median).toBeGreaterThanOrEqual(7);
  expect(rest[slow]!.inputs[0]!.size).toBe(3);
});

test("with queues that drop, the slow node is told from the source that is never held up", async () => {
  const all = await states(1, { blocking: false, sourceMs: 1 });
  expect(findBottleneck(all)!.id).toBe(2);
  expect(all[2]!.inputs[0]!.dropped).toBeGreaterThan(10);
  expect(all[0]!.blocked).toBe(0);
});

test("where every node waits for the source, it is the source that limits", async () => {
  const all = await states(9, { sourceMs: 10 });
  expect(findBottleneck(all)).toMatchObject({ id: 0, source: true });
});

test("rates are messages a second, shares add up to one, and stand still once the pipeline has ended", async () => {
  const pipeline = new Pipeline();
  const source = pipeline.create(Counting, { count: 20, everyMs: 5 });
  const relay = pipeline.create(Relay);
  source.out.link(relay.input);
  await pipeline.run();
  const [first, second] = pipeline.getPipelineState();
  // 20 messages, 5 ms apart and more: never faster than 200 a second.
  expect(second!.rate).toBeGreaterThan(20);
  expect(second!.rate).toBeLessThan(211);
  for (const { busy, waiting, blocked } of [first!, second!]) expect(busy + waiting + blocked).toBeCloseTo(1, 6);
  expect([first!.outputs[0]!.sent, second!.inputs[0]!.received, second!.state]).toEqual([20, 20, "idle"]);
  await later(30);
  expect(pipeline.getPipelineState()[1]!.rate).toBe(second!.rate);
});

test("latency is found for messages that are worked on several at a time, by their timestamps", async () => {
  const pipeline = new Pipeline();
  class Overlapping extends Relay {
    protected override async run() {
      const { activity } = this.getParentPipeline();
      const work: Promise<void>[] = [];
      for (let i = 0; i < 8; i++) {
        const message = await this.input.get();
        work.push(activity.during(later(20).then(() => this.out.send(message))));
      }
      await Promise.all(work);
    }
  }
  const node = pipeline.create(Overlapping);
  pipeline.create(Counting, { count: 8 }).out.link(node.input);
  await pipeline.run();
  expect(node.tracer.snapshot().latencyMs!.median).toBeGreaterThanOrEqual(18);
});

test("switched off, nothing is measured but counts", async () => {
  const pipeline = new Pipeline();
  const relay = pipeline.create(Relay);
  pipeline.create(Counting, { count: 5 }).out.link(relay.input);
  pipeline.enablePipelineDebugging(false);
  await pipeline.run();
  expect(pipeline.getPipelineState()[0]).toMatchObject({
    latencyMs: null,
    ageMs: null,
    rate: 0,
    outputs: [{ sent: 5 }],
  });
});

test("the table has a line a node, and a star where the pipeline is limited", () => {
  const state = (id: number, name: string, change: Partial<NodeState>): NodeState => ({
    ...{ id, name, state: "processing", source: false, rate: 24.84, busy: 0.5, waiting: 0.5, blocked: 0 },
    ...{ latencyMs: null, ageMs: null, inputs: [], outputs: [{ name: "out", group: "", sent: 9, rate: 24.84 }] },
    ...change,
  });
  const input = { name: "in", group: "", size: 4, maxSize: 4, blocking: false, received: 500, dropped: 152 };
  const summary = { mean: 41, median: 40.1, max: 60 };
  expect(
    formatPipelineState([
      state(0, "Camera", { source: true, rate: 30, busy: 1, waiting: 0 }),
      state(1, "Detector", {
        busy: 0.99,
        waiting: 0.01,
        latencyMs: summary,
        ageMs: { ...summary, median: 82 },
        inputs: [input],
      }),
    ]),
  ).toBe(
    [
      "node          msg/s  busy  waits  blocked  latency ms  age ms  queued  dropped",
      "Camera 0       30.0  100%     0%       0%           –       –       –        –",
      "Detector 1 *   24.8   99%     1%       0%        40.1    82.0     4/4      152",
      "",
    ].join("\n"),
  );
  expect(formatPipelineState([]).trim()).toMatch(/^node .*dropped$/);
});
