import fc from "fast-check";
import { expect, test } from "vitest";
import { Buffer } from "./messages/buffer.ts";
import { Sync } from "./nodes/sync.ts";
import { Pipeline } from "./pipeline.ts";
import { Synchronizer } from "./synchronizer.ts";
import { slowSync } from "./testing/slow-sync.ts";
import { ThreadedHostNode } from "./threaded-host-node.ts";

/** Timestamps that grow by 0 to 25 ms, and sometimes fall, as those of no good camera do. */
const stream = fc
  .array(fc.oneof({ weight: 9, arbitrary: fc.nat(25) }, { weight: 1, arbitrary: fc.integer({ min: -30, max: 0 }) }), {
    maxLength: 25,
  })
  .map((steps) => steps.map((_, i) => steps.slice(0, i + 1).reduce((a, b) => a + b, 100)));

const streams = fc.array(stream, { minLength: 1, maxLength: 4 });
const thresholds = fc.constantFrom(0, 1, 5, 10, 33.4);
const attempts = fc.constantFrom(-1, -1, 0, 1, 3);

/** Messages of a stream, which carry their index. */
function messagesOf(times: readonly number[]): Buffer[] {
  return times.map((timestamp, sequenceNum) => new Buffer(new Uint8Array(), { timestamp, sequenceNum }));
}

test("in whatever order streams come in, the synchronizer groups them as the rule by the letter does (2,000 cases)", () => {
  fc.assert(
    fc.property(streams, thresholds, attempts, fc.infiniteStream(fc.nat()), (all, thresholdMs, tries, choices) => {
      const sync = new Synchronizer(
        all.map((_, i) => `${i}`),
        { thresholdMs, attempts: tries },
      );
      const left = all.map(messagesOf);
      const groups: number[][] = [];
      const keep = (group: Map<string, Buffer> | null) => {
        for (let next = group; next; next = sync.next()) {
          groups.push(all.map((_, i) => next!.get(`${i}`)!.getSequenceNum()));
        }
      };
      for (;;) {
        const waiting = [...left.keys()].filter((i) => left[i]!.length > 0);
        if (waiting.length === 0) break;
        const chosen = waiting[choices.next().value % waiting.length]!;
        keep(sync.add(`${chosen}`, left[chosen]!.shift()!));
      }
      expect(groups).toEqual(slowSync(all, thresholdMs, tries));
    }),
    { seed: 41, numRuns: 2000 },
  );
});

class Playing extends ThreadedHostNode {
  readonly out = this.createOutput({ name: "out" });
  readonly #messages: readonly Buffer[];
  readonly #pauses: readonly number[];

  constructor(messages: readonly Buffer[], pauses: readonly number[]) {
    super();
    this.#messages = messages;
    this.#pauses = pauses;
  }

  protected override async run() {
    for (const [i, message] of this.#messages.entries()) {
      // Now and then others get a turn or several.
      for (let n = this.#pauses[i % this.#pauses.length]!; n > 0; n--) await null;
      await this.out.send(message);
    }
  }
}

test("the Sync node, whose inputs wait, gives the groups of the rule by the letter (300 pipelines)", async () => {
  const pauses = fc.array(fc.nat(12), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(
      streams,
      thresholds,
      attempts,
      fc.array(pauses, { minLength: 4, maxLength: 4 }),
      async (all, thresholdMs, tries, rests) => {
        const pipeline = new Pipeline();
        const sync = pipeline.create(Sync).setSyncThreshold(thresholdMs).setSyncAttempts(tries);
        for (const [i, times] of all.entries()) {
          const input = sync.inputs.get(`${i}`).setBlocking(true);
          pipeline.create(Playing, messagesOf(times), rests[i]!).out.link(input);
        }
        const queue = sync.out.createOutputQueue(1000);
        await pipeline.run();
        const groups = queue.received > 0 ? queue.tryGetAll() : [];
        const indices = groups.map((group) => all.map((_, i) => group.get(`${i}`)!.getSequenceNum()));
        expect(indices).toEqual(slowSync(all, thresholdMs, tries));
        for (const group of groups) {
          const times = [...group].map(([, message]) => message.getTimestamp());
          expect(group.getTimestamp()).toBe(Math.max(...times));
          expect(group.getIntervalMs()).toBe(Math.max(...times) - Math.min(...times));
        }
      },
    ),
    { seed: 42, numRuns: 300 },
  );
});

test("a Sync input holds 10 messages and drops the oldest", async () => {
  const pipeline = new Pipeline();
  const { inputs } = pipeline.create(Sync);
  expect([inputs.get("left").getMaxSize(), inputs.get("left").getBlocking()]).toEqual([10, false]);
});

test("the threshold is exclusive, as DepthAI's: messages that far apart do not belong together", () => {
  const pair = (apart: number) => {
    const sync = new Synchronizer(["a", "b"], { thresholdMs: 10 });
    sync.add("a", new Buffer(new Uint8Array(), { timestamp: 0 }));
    return sync.add("b", new Buffer(new Uint8Array(), { timestamp: apart }));
  };
  expect([pair(9.99) !== null, pair(10) !== null]).toEqual([true, false]);
});

test("no streams, and a threshold below 0, are refused; the pipeline names the node", async () => {
  expect(() => new Synchronizer([])).toThrow("at least one input");
  expect(() => new Synchronizer(["a"], { thresholdMs: -1 })).toThrow("0 ms or more");
  const pipeline = new Pipeline();
  pipeline.create(Sync);
  await expect(pipeline.run()).rejects.toThrow("Sync 0: Sync: expected at least one input, got none");
});
