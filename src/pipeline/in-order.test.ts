import { expect, test } from "vitest";
import { Activity } from "./activity.ts";
import { InOrder, runInOrder } from "./in-order.ts";
import { QueueException } from "./queue-exception.ts";

/** A piece of work that is done when it is told to. */
function piece<R>() {
  let done: (result: R) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const promise = new Promise<R>((resolve, reject) => {
    done = resolve;
    fail = reject;
  });
  return { promise, done, fail };
}
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

test("results are delivered in the order in which work began, whichever is done first", async () => {
  const work = new InOrder(3, new Activity());
  const delivered: number[] = [];
  const pieces = [piece<number>(), piece<number>(), piece<number>()];
  for (const { promise } of pieces) work.add(promise, async (result) => void delivered.push(result));
  pieces[2]!.done(3);
  pieces[1]!.done(2);
  await settle();
  expect(delivered).toEqual([]);
  pieces[0]!.done(1);
  await work.drained();
  expect(delivered).toEqual([1, 2, 3]);
});

test("a place is taken until the result is, so that a slow taker holds up new work", async () => {
  const work = new InOrder(1, new Activity());
  const taken = piece<void>();
  work.add(Promise.resolve("done"), () => taken.promise);
  let hasRoom = false;
  const waiting = work.room().then(() => {
    hasRoom = true;
  });
  await settle();
  expect([work.free, hasRoom]).toEqual([0, false]);
  taken.done();
  await waiting;
  expect(work.free).toBe(1);
});

test("an error of work under way ends the loop, though that waits for input", async () => {
  const work = new InOrder(2, new Activity());
  const first = piece<void>();
  let steps = 0;
  const running = runInOrder(work, async () => {
    if (steps++ > 0) return new Promise(() => {});
    work.add(first.promise, async () => {});
  });
  await settle();
  first.fail(new Error("the network broke"));
  await expect(running).rejects.toThrow("the network broke");
});

test("an error of delivery is the loop's; what comes after it is not delivered", async () => {
  const work = new InOrder(2, new Activity());
  const delivered: string[] = [];
  work.add(Promise.resolve("a"), async () => {
    throw new Error("full disk");
  });
  work.add(Promise.resolve("b"), async (result) => void delivered.push(result));
  await expect(work.drained()).rejects.toThrow("full disk");
  await settle();
  expect(delivered).toEqual([]);
});

test("where the input ends, what is under way is delivered before the loop ends", async () => {
  const work = new InOrder(2, new Activity());
  const delivered: string[] = [];
  const last = piece<string>();
  let steps = 0;
  const running = runInOrder(work, async () => {
    if (steps++ > 0) throw new QueueException("input");
    work.add(last.promise, async (result) => void delivered.push(result));
  });
  let ended = false;
  running.catch(() => {
    ended = true;
  });
  await settle();
  expect(ended).toBe(false);
  last.done("last");
  await expect(running).rejects.toBeInstanceOf(QueueException);
  expect(delivered).toEqual(["last"]);
});
