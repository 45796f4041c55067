import fc from "fast-check";
import { expect, test } from "vitest";
import { SendQueue, type Socket } from "./send-queue.ts";

/** A socket whose network takes what it is given when the test says so. */
class FakeSocket implements Socket {
  bufferedAmount = 0;
  readonly sent: string[] = [];
  readonly #unsent: (() => void)[] = [];

  send(frame: Uint8Array, sent: () => void): void {
    this.sent.push(new TextDecoder().decode(frame.subarray(0, 8)).replaceAll("\0", ""));
    this.bufferedAmount += frame.length;
    this.#unsent.push(() => {
      this.bufferedAmount -= frame.length;
      sent();
    });
  }

  /** The network takes the oldest frame. */
  drainOne(): void {
    this.#unsent.shift()?.();
  }
}

/** Larger than what a socket is given beyond what it has not sent. */
const LARGE = 300 * 1024;

function frame(name: string): () => Uint8Array {
  const bytes = new Uint8Array(LARGE);
  bytes.set(new TextEncoder().encode(name));
  return () => bytes;
}

test("SendQueue hands over at once while the network takes all", () => {
  const socket = new FakeSocket();
  const queue = new SendQueue(socket);
  for (const name of ["a", "b", "c"]) {
    queue.push(1, 3, frame(name));
    socket.drainOne();
  }
  expect(socket.sent).toEqual(["a", "b", "c"]);
  expect(queue.dropped).toBe(0);
});

test("SendQueue drops the oldest of the same channel and keeps those of others", () => {
  const socket = new FakeSocket();
  const queue = new SendQueue(socket);
  queue.push(1, 2, frame("first"));
  for (const name of ["v1", "v2"]) queue.push(1, 2, frame(name));
  queue.push(2, 2, frame("d1"));
  for (const name of ["v3", "v4"]) queue.push(1, 2, frame(name));
  while (queue.length > 0) socket.drainOne();
  expect(socket.sent).toEqual(["first", "d1", "v3", "v4"]);
  expect(queue.dropped).toBe(2);
});

test("SendQueue sends nothing of a channel that it was told to forget", () => {
  const socket = new FakeSocket();
  const queue = new SendQueue(socket);
  queue.push(1, 5, frame("x"));
  queue.push(1, 5, frame("y"));
  queue.push(2, 5, frame("z"));
  queue.forget(1);
  while (queue.length > 0) socket.drainOne();
  expect(socket.sent).toEqual(["x", "z"]);
});

test("whatever comes and goes, no more than the limit of a channel waits, and the newest of each arrives", () => {
  const step = fc.oneof(
    fc.record({ channel: fc.integer({ min: 0, max: 3 }) }),
    fc.constant("drain" as const),
    fc.constant("drain" as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const socket = new FakeSocket();
      const queue = new SendQueue(socket);
      const newest = new Map<number, string>();
      let pushed = 0;
      for (const each of steps) {
        if (each === "drain") {
          socket.drainOne();
          continue;
        }
        const name = `${pushed++}`;
        newest.set(each.channel, name);
        queue.push(each.channel, 3, frame(name));
        expect(queue.length).toBeLessThanOrEqual(4 * 3);
      }
      while (queue.length > 0) socket.drainOne();
      expect(socket.sent).toEqual([...socket.sent].sort((a, b) => Number(a) - Number(b)));
      expect(socket.sent.length + queue.dropped).toBe(pushed);
      for (const name of newest.values()) expect(socket.sent).toContain(name);
    }),
    { seed: 20240607 },
  );
});
