import { expect, test } from "vitest";
import { Pipeline } from "./pipeline.ts";
import { inChunks } from "./testing/memory-sink.ts";
import { Relay } from "./testing/nodes.ts";
import { randoms } from "./testing/randoms.ts";
import { Camera, record, replay } from "./testing/recorded-run.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test("a replay sends what the sources sent, element by element, stamps and all, and does not start them", async () => {
  const { run, bytes } = await record();
  const again = await replay(bytes, () => {});
  expect(again.sources).toEqual(run.sources);
  expect(again.sources.map((messages) => messages.length)).toEqual([20, 7, 16, 6]);
  expect(again.cameras.map(({ life }) => life)).toEqual([
    { started: 0, stopped: 0 },
    { started: 0, stopped: 0 },
  ]);
});

test("replays are equal at every output, whatever delays nodes have", async () => {
  const { bytes } = await record();
  const first = await replay(bytes, () => {});
  expect(first.lossy.length).toBeLessThan(36);
  expect(first.merged).toHaveLength(36 + 13);
  const random = randoms(5);
  for (let round = 0; round < 4; round++) {
    const { sources, merged, lossy } = await replay(bytes, () => (random() < 0.4 ? later(4 * random()) : null));
    expect({ sources, merged, lossy }).toEqual({ sources: first.sources, merged: first.merged, lossy: first.lossy });
  }
});

test("a replay by the machine's clock sends the same at the same pace, with stamps of now", async () => {
  const { run, bytes } = await record();
  const pipeline = new Pipeline();
  const times: number[] = [];
  const camera = pipeline.create(Camera, 20);
  pipeline.create(Camera, 16);
  camera.out
    .createOutputQueue()
    .addCallback((message) => void times.push(pipeline.clock.now() - message.getTimestamp()));
  pipeline.enableHolisticReplay({ chunks: inChunks(bytes) });
  await pipeline.run();
  expect(times).toHaveLength(run.sources[0]!.length);
  // Never before its time; how long after is the machine's load.
  expect(Math.min(...times)).toBeGreaterThan(-1);
});

test("a replayed source waits for its takers, as the source did", async () => {
  const { bytes } = await record();
  const clock = createVirtualClock();
  const pipeline = new Pipeline(null, { clock });
  const [camera] = [pipeline.create(Camera, 20), pipeline.create(Camera, 16)];
  const ahead: number[] = [];
  const slow = pipeline.create(Relay, async () => {
    await clock.sleep(1000);
    ahead.push(camera.out.sent - slow.out.sent);
  });
  camera.out.link(slow.input);
  pipeline.enableHolisticReplay({ chunks: inChunks(bytes) });
  await pipeline.run();
  expect(slow.out.sent).toBe(20);
  // One in its hands, three that wait, one that waits for room.
  expect(Math.max(...ahead)).toBe(5);
});
