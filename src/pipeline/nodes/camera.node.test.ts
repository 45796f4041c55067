import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { DATA, needsData, needsTool } from "../../../test/needs.ts";
import { openVideo } from "../../video/open-video.node.ts";
import { createDevice } from "../device.node.ts";
import type { ImgFrame } from "../messages/img-frame.ts";
import { Pipeline } from "../pipeline.ts";
import { collect } from "../testing/emit.ts";
import { createVirtualClock } from "../virtual-clock.ts";
import { Camera } from "./camera.ts";
import { ReplayVideo } from "./replay-video.ts";

const test = needsTool("ffmpeg");

/** Ten frames a second for a second. */
const SECOND = "test:testsrc2?size=64x48&rate=10&duration=1";
const TENTHS = Array.from({ length: 10 }, (_, k) => 100 * k);

const timesOf = (frames: readonly ImgFrame[]) =>
  frames.map((frame) => frame.getTimestamp() - frames[0]!.getTimestamp());
const numbersOf = (frames: readonly ImgFrame[]) => frames.map((frame) => frame.getSequenceNum());

test("a replay's end ends the pipeline; its frames have the file's times and count from 0", async () => {
  await using pipeline = new Pipeline(createDevice());
  const before = pipeline.clock.now();
  const queue = pipeline.create(ReplayVideo).setReplayVideoFile(SECOND).out.createOutputQueue(3, true);
  await pipeline.start();
  const frames = await collect(queue);
  await pipeline.wait();
  expect(numbersOf(frames)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(timesOf(frames)).toBeCloseToTensor(TENTHS, { atol: 1e-6 });
  expect(frames[0]!.getTimestamp()).toBeGreaterThan(before);
  expect([frames[0]!.getType(), frames[0]!.getWidth(), frames[0]!.getHeight()]).toEqual(["RGB888i", 64, 48]);
});

test("each output of a replay has its size, type and rate, and points lead back to the frame as read", async () => {
  await using pipeline = new Pipeline(createDevice());
  const replay = pipeline.create(ReplayVideo).setReplayVideoFile(SECOND).setSize(40, 30).setOutFrameType("BGR888p");
  const outputs = [
    replay.out,
    replay.requestOutput([60, 60], "NV12", "LETTERBOX", 5),
    replay.requestOutput([30, 30]),
    replay.requestFullResolutionOutput(),
  ];
  const queues = outputs.map((output) => output.createOutputQueue(16, true));
  await pipeline.start();
  const [plain, boxed, cut, full] = (await Promise.all(queues.map(collect))) as [
    ImgFrame[],
    ImgFrame[],
    ImgFrame[],
    ImgFrame[],
  ];
  expect([plain, boxed, cut, full].map((frames) => frames.length)).toEqual([10, 5, 10, 10]);
  expect(numbersOf(boxed)).toEqual([0, 2, 4, 6, 8]);
  expect([plain, boxed, cut, full].map(([frame]) => [frame!.getType(), frame!.getWidth(), frame!.getHeight()])).toEqual(
    [
      ["BGR888p", 40, 30],
      ["NV12", 60, 60],
      ["RGB888i", 30, 30],
      ["RGB888i", 40, 30],
    ],
  );
  expect(plain[0]!.getImage()).toEqual(full[0]!.getImage());
  // 40×30 into 60×60: scaled by 1.5, 7.5 px of border above. Into 30×30: 5 px cut off at the left.
  const source = (frame: ImgFrame, x: number, y: number) => frame.getTransformation().invTransformPoint({ x, y });
  expect(source(boxed[0]!, -0.5, 7)).toEqual({ x: -0.5, y: -0.5 });
  expect(source(cut[0]!, 0, 0)).toEqual({ x: 5, y: 0 });
});

test("a replay that loops counts and dates its frames on and on, until it is stopped", async () => {
  await using pipeline = new Pipeline(createDevice());
  const queue = pipeline.create(ReplayVideo).setReplayVideoFile(SECOND).setLoop(true).out.createOutputQueue(2, true);
  await pipeline.start();
  const frames: ImgFrame[] = [];
  while (frames.length < 25) frames.push(await queue.get());
  pipeline.stop();
  await pipeline.wait();
  expect(numbersOf(frames)).toEqual(Array.from({ length: 25 }, (_, k) => k));
  expect(timesOf(frames)).toBeCloseToTensor(
    Array.from({ length: 25 }, (_, k) => 100 * k),
    { atol: 1e-6 },
  );
});

test("in real time no frame comes before its moment", async () => {
  await using pipeline = new Pipeline(createDevice(), { clock: createVirtualClock() });
  const replay = pipeline.create(ReplayVideo).setReplayVideoFile(SECOND).setRealTime(true);
  const arrivals: number[] = [];
  const queue = replay.out.createOutputQueue(16, true);
  queue.addCallback(() => void arrivals.push(pipeline.clock.now()));
  await pipeline.start();
  const frames = await collect(queue);
  expect(arrivals).toEqual(frames.map((frame) => frame.getTimestamp()));
  expect(timesOf(frames)).toEqual(TENTHS);
});

test("a file that is not there, and a replay without a file, are told at the start", async () => {
  const pipeline = new Pipeline(createDevice());
  pipeline.create(ReplayVideo).setReplayVideoFile("/nowhere/clip.mp4");
  await expect(pipeline.start()).rejects.toThrow(
    expect.objectContaining({ code: "NOT_FOUND", message: expect.stringMatching(/^ReplayVideo 0: .*clip\.mp4/) }),
  );
  const empty = new Pipeline(createDevice());
  empty.create(ReplayVideo);
  await expect(empty.start()).rejects.toThrow("ReplayVideo 0: expected a video by setReplayVideoFile, got none");
  expect(() => new ReplayVideo().setSize(0, 4)).toThrow("expected whole numbers of pixels, got 0×4");
  expect(() => new ReplayVideo().setFps(-1)).toThrow("expected fps above 0, got -1");
  expect(() => new ReplayVideo().setReplayMetadataFile("a.json")).toThrow("metadata files are not read");
});

test("a camera of the device gives every output all frames", async () => {
  await using pipeline = new Pipeline(createDevice());
  const camera = pipeline.create(Camera).build({ device: SECOND });
  const queues = [camera.requestOutput([32, 32], "GRAY8", "STRETCH"), camera.requestFullResolutionOutput()].map(
    (output) => output.createOutputQueue(16, true),
  );
  await pipeline.start();
  const [small, full] = (await Promise.all(queues.map(collect))) as [ImgFrame[], ImgFrame[]];
  expect(numbersOf(small)).toEqual(numbersOf(full));
  expect(timesOf(full)).toBeCloseToTensor(TENTHS, { atol: 1e-6 });
  expect(small.map((frame) => frame.getTimestamp())).toEqual(full.map((frame) => frame.getTimestamp()));
  expect([small[0]!.getType(), small[0]!.getWidth()]).toEqual(["GRAY8", 32]);
});

test("a replay can stand in a camera's place", async () => {
  await using pipeline = new Pipeline(createDevice());
  const replay = pipeline.create(ReplayVideo).setReplayVideoFile(SECOND);
  const queue = pipeline.create(Camera).build(replay).requestOutput([20, 20]).createOutputQueue(16, true);
  await pipeline.start();
  const frames = await collect(queue);
  expect(numbersOf(frames)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  // 64×48 into 20×20: scaled by 20/48, and cut at both sides.
  expect(frames[0]!.getTransformation().getSourceSize()).toEqual([64, 48]);
  const { x, y } = frames[0]!.getTransformation().invTransformPoint({ x: 9.5, y: 9.5 });
  expect([x, y]).toBeCloseToTensor([31.5, 23.5], { atol: 1e-9 });
});

test("of a live camera the newest frame wins, and what is dropped is counted", async () => {
  const device = createDevice();
  const openCamera = (source = "", options = {}, signal?: AbortSignal) =>
    openVideo(source, { ...options, live: true, signal });
  await using pipeline = new Pipeline({ ...device, openCamera });
  const camera = pipeline.create(Camera).build("test:testsrc2?size=64x48&rate=100&duration=4");
  const queue = camera.requestFullResolutionOutput().createOutputQueue(1, true);
  await pipeline.start();
  const frames: ImgFrame[] = [];
  for await (const frame of queue) {
    frames.push(frame);
    await sleep(20);
  }
  expect(numbersOf(frames).at(-1)).toBe(399);
  expect(frames.length).toBeLessThan(400);
  expect(frames.length + camera.getDroppedFrames()).toBe(400);
});

test("a camera of which nothing is asked is refused, and so is one that is not there", async () => {
  const idle = new Pipeline(createDevice());
  idle.create(Camera).build();
  expect(() => idle.build()).toThrow("Camera 0: expected an output to be asked for, got none");
  const absent = new Pipeline(createDevice());
  absent.create(Camera).build({ device: "/dev/video99" }).requestOutput([4, 4]);
  await expect(absent.start()).rejects.toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
  expect(() => new Camera().requestOutput([4, 4], undefined, undefined, 0)).toThrow("expected fps above 0, got 0");
  expect(() => new Camera().requestOutput([4, 0.5])).toThrow("expected whole numbers of pixels");
});

needsData("video/short_hamilton_clip.mp4")("a film's frames come whole, at the file's own times", async () => {
  await using pipeline = new Pipeline(createDevice());
  const file = `${DATA}/video/short_hamilton_clip.mp4`;
  const queue = pipeline.create(ReplayVideo).setReplayVideoFile(file).out.createOutputQueue(4, true);
  await pipeline.start();
  const frames = (await collect(queue)).map((frame) => factsOf(frame));
  expect(frames).toHaveLength(275);
  expect(frames.every(({ size }) => size === 640 * 360 * 3)).toBe(true);
  // 30000/1001 frames a second, printed by ffmpeg in microseconds.
  const times = frames.map(({ time }) => time - frames[0]!.time);
  expect(times).toBeCloseToTensor(
    times.map((_, k) => (1001 * k) / 30),
    { atol: 1 },
  );
});

const factsOf = (frame: ImgFrame) => ({ size: frame.getData().length, time: frame.getTimestamp() });
