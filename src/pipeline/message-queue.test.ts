import fc from "fast-check";
import { expect, test } from "vitest";
import { MessageQueue } from "./message-queue.ts";
import { Buffer } from "./messages/buffer.ts";
import { QueueException } from "./queue-exception.ts";
import { numbered, numbersOf } from "./testing/nodes.ts";
import { SlowQueue } from "./testing/slow-queue.ts";

/** "pending", or how it ended. */
async function stateOf(promise: Promise<unknown>): Promise<string> {
  const settled = promise.then(
    () => "resolved",
    (error) => (error instanceof QueueException ? "closed" : String(error)),
  );
  return Promise.race([settled, new Promise<string>((resolve) => setTimeout(() => resolve("pending"), 5))]);
}

test("messages are read in the order in which they were sent, by getters in the order in which they asked", async () => {
  const queue = new MessageQueue();
  const early = [queue.get(), queue.get()];
  for (let i = 0; i < 4; i++) await queue.send(numbered(i));
  expect(numbersOf(await Promise.all([...early, queue.get(), queue.get()]))).toEqual([0, 1, 2, 3]);
});

test("a full queue that does not block drops the oldest, and counts them", async () => {
  const queue = new MessageQueue({ maxSize: 3, blocking: false });
  for (let i = 0; i < 10; i++) await queue.send(numbered(i));
  expect(numbersOf(queue.tryGetAll())).toEqual([7, 8, 9]);
  expect([queue.received, queue.dropped]).toEqual([10, 7]);
});

test("a full queue that blocks makes senders wait, and admits them in order", async () => {
  const queue = new MessageQueue({ maxSize: 2 });
  const sends = [0, 1, 2, 3].map((i) => queue.send(numbered(i)));
  expect(await Promise.all(sends.map(stateOf))).toEqual(["resolved", "resolved", "pending", "pending"]);
  expect(queue.trySend(numbered(9))).toBe(false);
  expect((await queue.get()).getSequenceNum()).toBe(0);
  expect(await Promise.all(sends.map(stateOf))).toEqual(["resolved", "resolved", "resolved", "pending"]);
  expect(numbersOf(queue.tryGetAll())).toEqual([1, 2, 3]);
  expect(queue.dropped).toBe(0);
});

test("get with a timeout gives null when nothing comes, and the message where it comes in time", async () => {
  const queue = new MessageQueue();
  expect(await queue.get(0)).toBeNull();
  expect(await queue.get(5)).toBeNull();
  const waiting = queue.get(60_000);
  await queue.send(numbered(1));
  expect((await waiting)!.getSequenceNum()).toBe(1);
});

test("a get whose time has passed does not swallow the next message", async () => {
  const queue = new MessageQueue();
  await queue.get(1);
  await queue.send(numbered(7));
  expect(queue.tryGet()!.getSequenceNum()).toBe(7);
});

test("get(Infinity), and a time longer than a timer can hold, wait rather than give up at once", async () => {
  const queue = new MessageQueue();
  const waits = [queue.get(Infinity), queue.get(2 ** 40)];
  expect(await Promise.all(waits.map(stateOf))).toEqual(["pending", "pending"]);
  queue.close();
  expect(await Promise.all(waits.map(stateOf))).toEqual(["closed", "closed"]);
});

test.each([true, false])(
  "size 0 (blocking %s) keeps nothing: callbacks see each, waiting getters get theirs",
  async (blocking) => {
    const queue = new MessageQueue({ maxSize: 0, blocking });
    const seen: Buffer[] = [];
    queue.addCallback((message) => void seen.push(message));
    await queue.send(numbered(0));
    const waiting = queue.get();
    await queue.send(numbered(1));
    await queue.send(numbered(2));
    expect((await waiting).getSequenceNum()).toBe(1);
    expect(numbersOf(seen)).toEqual([0, 1, 2]);
    expect([queue.getSize(), queue.dropped, queue.isFull()]).toEqual([0, 2, true]);
  },
);

test("end lets what waits be read, those who wait to send included, and then says closed", async () => {
  const queue = new MessageQueue({ maxSize: 1 });
  const sends = [queue.send(numbered(0)), queue.send(numbered(1))];
  queue.end();
  expect(queue.isClosed()).toBe(false);
  await expect(queue.send(numbered(2))).rejects.toThrow(QueueException);
  expect([(await queue.get()).getSequenceNum(), (await queue.get()).getSequenceNum()]).toEqual([0, 1]);
  await Promise.all(sends);
  expect(queue.isClosed()).toBe(true);
  await expect(queue.get()).rejects.toThrow(QueueException);
  expect(() => queue.tryGet()).toThrow(QueueException);
});

test("close forgets what waits and tells everybody who waits, with the cause", async () => {
  const queue = new MessageQueue({ maxSize: 1, name: "left" });
  const [first, second] = [queue.send(numbered(0)), queue.send(numbered(1))];
  const cause = new Error("the camera burns");
  queue.close(cause);
  await first;
  await expect(second).rejects.toMatchObject({ code: "CLOSED", cause, message: expect.stringContaining("left") });
  await expect(queue.get(1000)).rejects.toThrow("the camera burns");
  for (const call of [() => queue.tryGet(), () => queue.tryGetAll(), () => queue.trySend(numbered(3))]) {
    expect(call).toThrow(QueueException);
  }
  queue.close(new Error("later"));
  await expect(queue.get()).rejects.toMatchObject({ cause });
});

test("iteration gives every message, and ends with the queue", async () => {
  const queue = new MessageQueue();
  for (let i = 0; i < 3; i++) await queue.send(numbered(i));
  queue.end();
  const messages: Buffer[] = [];
  for await (const message of queue) messages.push(message);
  expect(numbersOf(messages)).toEqual([0, 1, 2]);
});

test("a callback that is removed is not called any more", async () => {
  const queue = new MessageQueue({ name: "q" });
  const calls: string[] = [];
  const id = queue.addCallback((message, name) => void calls.push(`${name} ${message.getSequenceNum()}`));
  await queue.send(numbered(0));
  expect([queue.removeCallback(id), queue.removeCallback(id)]).toEqual([true, false]);
  await queue.send(numbered(1));
  expect(calls).toEqual(["q 0"]);
});

test("send waits for a callback that gives a promise", async () => {
  const queue = new MessageQueue();
  let finish = (): void => {};
  queue.addCallback(() => new Promise<void>((resolve) => (finish = resolve)));
  const sent = queue.send(numbered(0));
  expect(await stateOf(sent)).toBe("pending");
  expect(queue.has()).toBe(true);
  finish();
  await sent;
});

test.each([
  [
    "throws",
    () => {
      throw new Error("full disk");
    },
  ],
  [
    "is rejected",
    async () => {
      throw new Error("full disk");
    },
  ],
])("a callback that %s closes a queue of its own, and the other callbacks are called", async (_, callback) => {
  const queue = new MessageQueue();
  let others = 0;
  queue.addCallback(callback);
  queue.addCallback(() => void others++);
  await queue.send(numbered(0));
  await expect(queue.get()).rejects.toThrow("full disk");
  expect(others).toBe(1);
});

test("a callback may close the queue, and send to it", async () => {
  const queue = new MessageQueue({ blocking: false, maxSize: 8 });
  queue.addCallback((message) =>
    message.getSequenceNum() < 5 ? queue.send(numbered(message.getSequenceNum() + 1)) : queue.close(),
  );
  await queue.send(numbered(0)).catch(() => {});
  expect([queue.isClosed(), queue.received]).toEqual([true, 6]);
});

test("whenReady takes nothing, and leaves nothing behind in queues that stay silent", async () => {
  const [silent, busy] = [new MessageQueue(), new MessageQueue()];
  for (let i = 0; i < 3; i++) {
    const ready = MessageQueue.waitAny([silent, busy]);
    expect(await stateOf(ready)).toBe("pending");
    await busy.send(numbered(i));
    await ready;
    expect(busy.tryGet()!.getSequenceNum()).toBe(i);
  }
  const ended = MessageQueue.waitAny([silent, busy]);
  silent.end();
  await ended;
});

test("a size that is no number of messages is refused", () => {
  expect(() => new MessageQueue({ maxSize: -1, name: "q" })).toThrow(
    "q: expected a size of 0 or more messages, got -1",
  );
  expect(() => new MessageQueue().setMaxSize(1.5)).toThrow("got 1.5");
});

type Step = readonly [action: string, value: number];

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.tuple(fc.constant("send"), fc.constant(0)) },
    { weight: 2, arbitrary: fc.tuple(fc.constant("trySend"), fc.constant(0)) },
    { weight: 4, arbitrary: fc.tuple(fc.constant("get"), fc.constant(0)) },
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom("tryGet", "tryGetAll", "front"), fc.constant(0)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("setMaxSize"), fc.nat(4)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("setBlocking"), fc.nat(1)) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom("end", "close"), fc.constant(0)) },
  ),
  { maxLength: 60 },
);

test("whatever is done to it, a queue does as the slow plain model does (10,000 histories)", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(4), fc.boolean(), steps, async (maxSize, blocking, history) => {
      const [queue, model] = [new MessageQueue({ maxSize, blocking }), new SlowQueue(maxSize, blocking)];
      const outcomes: unknown[] = [];
      for (const [number, [action, value]] of history.entries()) {
        outcomes[number] = undefined;
        const answer = attempt(() => act(queue, action, value, number));
        const settle = (how: string) => (what: unknown) => {
          outcomes[number] =
            what instanceof Buffer ? what.getSequenceNum() : `${how}${what instanceof Error ? "" : (what ?? "")}`;
        };
        if (answer instanceof Promise) void answer.then(settle(""), settle("closed"));
        else outcomes[number] = answer;
        // Promises settle before the next step, where they settle at all.
        for (let turn = 0; turn < 6; turn++) await null;
        model.act(action, value, number);
        expect({ outcomes: [...outcomes], ...look(queue) }).toEqual({ outcomes: [...model.outcomes], ...model.look() });
      }
    }),
    { seed: 20_240_611, numRuns: 10_000 },
  );
});

function act(queue: MessageQueue, action: string, value: number, number: number): unknown {
  if (action === "send") return queue.send(numbered(number));
  if (action === "trySend") return `${queue.trySend(numbered(number))}`;
  if (action === "get") return queue.get();
  if (action === "tryGet") return queue.tryGet()?.getSequenceNum() ?? "null";
  if (action === "tryGetAll") return numbersOf(queue.tryGetAll()).join();
  if (action === "front") return queue.front()?.getSequenceNum() ?? "null";
  if (action === "setMaxSize") return void queue.setMaxSize(value);
  if (action === "setBlocking") return void queue.setBlocking(value === 1);
  if (action === "end") return void queue.end();
  return void queue.close();
}

function attempt(step: () => unknown): unknown {
  try {
    return step();
  } catch (error) {
    return error instanceof QueueException ? "closed" : String(error);
  }
}

function look(queue: MessageQueue) {
  return { size: queue.getSize(), received: queue.received, dropped: queue.dropped, closed: queue.isClosed() };
}
