import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { readFrames } from "./read-frames.node.ts";

const TWO_PIXELS = { width: 2, height: 1, name: "camera", silenceMs: null };

function child() {
  const [stdout, third] = [new PassThrough(), new PassThrough()];
  return { stdout, third, ended: Promise.resolve(null), stop: async () => {} };
}

test("a picture comes with the time that was printed for it", async () => {
  const run = child();
  run.third.end("frame:0    pts:40000   pts_time:0.04\n");
  run.stdout.end(Uint8Array.of(1, 2, 3, 4, 5, 6));
  const { value } = await readFrames(run, TWO_PIXELS).next();
  expect([...value!.image.data]).toEqual([1, 2, 3, 4, 5, 6]);
  expect(value!.timestampMs).toBe(40);
});

test("stopping between a picture's bytes and its time ends the reading", async () => {
  const run = child();
  const frames = readFrames(run, TWO_PIXELS);
  run.stdout.write(Uint8Array.of(1, 2, 3, 4, 5, 6));
  const first = frames.next();
  await new Promise((resolve) => setImmediate(resolve));
  run.third.destroy();
  run.stdout.destroy();
  expect((await first).value).toMatchObject({ timestampMs: null });
  expect((await frames.next()).done).toBe(true);
});
