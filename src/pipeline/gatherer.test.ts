import fc from "fast-check";
import { expect, test } from "vitest";
import { Gatherer } from "./gatherer.ts";
import { Buffer } from "./messages/buffer.ts";

const TOLERANCE = 5;

class Reference extends Buffer {
  readonly count: number;
  constructor(timestamp: number, count: number, sequenceNum = 0) {
    super(new Uint8Array(), { timestamp, sequenceNum });
    this.count = count;
  }
}
const item = (timestamp: number, sequenceNum = 0) => new Buffer(new Uint8Array(), { timestamp, sequenceNum });
const gatherer = (limit?: number) =>
  new Gatherer<Reference>({
    toleranceMs: TOLERANCE,
    waitCount: ({ count }) => count,
    ...(limit !== undefined && { limit }),
  });

test("a reference goes with as many data as it waits for, in the order in which they came", () => {
  const gather = gatherer();
  const reference = new Reference(100, 2, 7);
  gather.addReference(reference);
  const items = [item(100), item(102)];
  gather.addData(items[0]!);
  expect(gather.next()).toBeNull();
  gather.addData(items[1]!);
  const gathered = gather.next()!;
  expect(gathered.getReferenceData()).toBe(reference);
  expect(gathered.items).toEqual(items);
  expect(gathered.gathered).toBe(gathered.items);
  expect([gathered.getTimestamp(), gathered.getSequenceNum()]).toEqual([100, 7]);
  expect(gather.next()).toBeNull();
});

test("a reference that waits for nothing goes at once", () => {
  const gather = gatherer();
  gather.addReference(new Reference(0, 0));
  expect(gather.next()?.items).toEqual([]);
});

test("data that come before their reference wait for it; those half a frame away are not its own", () => {
  const gather = gatherer();
  const [near, far] = [item(104.9), item(105)];
  gather.addData(near);
  gather.addData(far);
  gather.addReference(new Reference(100, 1));
  expect(gather.next()?.items).toEqual([near]);
  gather.addReference(new Reference(105, 1));
  expect(gather.next()?.items).toEqual([far]);
});

test("what goes gives up what is older", () => {
  const gather = gatherer();
  gather.addReference(new Reference(0, 2));
  gather.addReference(new Reference(100, 1));
  gather.addData(item(0));
  gather.addData(item(100));
  expect(gather.next()?.getTimestamp()).toBe(100);
  gather.addData(item(0));
  gather.addData(item(0));
  expect(gather.next()).toBeNull();
});

test("no more than the limit is kept, whatever does not come", () => {
  const gather = gatherer(3);
  for (let t = 0; t < 100; t++) gather.addReference(new Reference(10 * t, 1));
  for (const t of [0, 960]) gather.addData(item(t));
  expect(gather.next()).toBeNull();
  gather.addData(item(970));
  expect(gather.next()?.getTimestamp()).toBe(970);
});

test("without giving up what is older, frames go in order, and those whose data were lost when that is sure", () => {
  const gather = new Gatherer<Reference>({ toleranceMs: TOLERANCE, waitCount: ({ count }) => count, dropOlder: false });
  const sent = () => {
    const next = gather.next();
    return next && [next.getTimestamp(), next.items.length];
  };
  for (const [time, count] of [
    [0, 2],
    [10, 0],
    [20, 1],
    [30, 0],
  ] as const)
    gather.addReference(new Reference(time, count));
  gather.addData(item(0));
  expect(sent()).toBeNull();
  gather.addData(item(0));
  expect([sent(), sent(), sent()]).toEqual([[0, 2], [10, 0], null]);
  gather.addReference(new Reference(40, 1));
  gather.addData(item(40));
  expect([sent(), sent(), sent()]).toEqual([[30, 0], [40, 1], null]);
  gather.addReference(new Reference(50, 3));
  gather.addReference(new Reference(60, 0));
  expect(sent()).toBeNull();
  gather.endData();
  expect([sent(), sent()]).toEqual([[60, 0], null]);
});

/** By the rule as it is written, over all that ever came, from the beginning each time. */
function slowly(events: readonly (Reference | Buffer)[]): { reference: Reference; items: Buffer[] }[] {
  const sent: { reference: Reference; items: Buffer[] }[] = [];
  for (let n = 1; n <= events.length; n++) {
    for (;;) {
      const found = firstComplete(events.slice(0, n), sent);
      if (!found) break;
      sent.push(found);
    }
  }
  return sent;
}

function firstComplete(
  past: readonly (Reference | Buffer)[],
  sent: readonly { reference: Reference; items: Buffer[] }[],
) {
  // Replay: at each arrival assign, and where something was sent, give up what is older.
  const references: { reference: Reference; items: Buffer[] }[] = [];
  let loose: Buffer[] = [];
  let goneThrough = 0;
  const near = (a: Buffer, b: Buffer) => Math.abs(a.getTimestamp() - b.getTimestamp()) < TOLERANCE;
  for (const event of past) {
    if (event instanceof Reference) {
      references.push({ reference: event, items: loose.filter((one) => near(one, event)) });
      loose = loose.filter((one) => !near(one, event));
    } else {
      const home = references.find(({ reference }) => near(reference, event));
      if (home) home.items.push(event);
      else loose.push(event);
    }
    for (;;) {
      const complete = references
        .filter(({ reference, items }) => items.length === reference.count)
        .sort((a, b) => a.reference.getTimestamp() - b.reference.getTimestamp())[0];
      if (!complete) break;
      if (goneThrough === sent.length) return complete;
      goneThrough++;
      const time = complete.reference.getTimestamp();
      for (let i = references.length - 1; i >= 0; i--) {
        if (references[i] === complete || references[i]!.reference.getTimestamp() < time) references.splice(i, 1);
      }
      loose = loose.filter((one) => one.getTimestamp() >= time);
    }
  }
  return null;
}

/** Frames with some parts each, of which some get lost, in any order. */
const streams = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 1, max: 25 }),
      count: fc.integer({ min: 0, max: 3 }),
      lost: fc.boolean(),
      jitter: fc.integer({ min: -6, max: 6 }),
    }),
    { maxLength: 12 },
  )
  .chain((frames) => {
    let time = 0;
    const events = frames.flatMap(({ gap, count, lost, jitter }, i) => {
      time += gap;
      const parts = Array.from({ length: count }, (_, k) => item(time + (k === 0 ? jitter : 0), 100 * i + k));
      return [new Reference(time, count, i), ...(lost ? parts.slice(1) : parts)];
    });
    return fc.shuffledSubarray(events, { minLength: events.length });
  });

test("in whatever order things arrive and whatever is lost, it gathers as the rule says", () => {
  fc.assert(
    fc.property(streams, (events) => {
      const gather = gatherer();
      const sent: { reference: Reference; items: readonly Buffer[] }[] = [];
      for (const event of events) {
        if (event instanceof Reference) gather.addReference(event);
        else gather.addData(event);
        for (let next = gather.next(); next; next = gather.next()) {
          sent.push({ reference: next.getReferenceData(), items: next.items });
        }
      }
      const ids = (all: typeof sent) =>
        all.map(({ reference, items }) => [reference.getSequenceNum(), ...items.map((one) => one.getSequenceNum())]);
      expect(ids(sent)).toEqual(ids(slowly(events)));
    }),
    { seed: 20_240_607, numRuns: 500 },
  );
});
