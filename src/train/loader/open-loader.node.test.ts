import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openLabelledImages } from "../../data/open-labelled-images.node.ts";
import { openRecordWriter } from "../../data/recordio/write-records.node.ts";
import { createCodec } from "../../host/codec.node.ts";
import { createImage } from "../../image/image.ts";
import { type Batch, type LoaderOptions, openLoader } from "./open-loader.node.ts";

let folder: string;
let faces: string;
const [PEOPLE, EACH, SIDE] = [3, 5, 16];

const png = (width: number, height: number, level: (x: number, channel: number) => number): Promise<Uint8Array> => {
  const pixels = Uint8Array.from({ length: 3 * width * height }, (_, i) => level(Math.floor(i / 3) % width, i % 3));
  return createCodec().encode(createImage(width, height, pixels), "png");
};

/** Picture k of person p is one colour, [60 p, 40 k, 200], but for its left half, which is black: a flip shows. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "loader-"));
  faces = join(folder, "faces");
  for (let p = 0; p < PEOPLE; p++) {
    await mkdir(join(faces, `person${p}`), { recursive: true });
    for (let k = 0; k < EACH; k++) {
      const bytes = await png(SIDE, SIDE, (x, channel) => (x < SIDE / 2 ? 0 : [60 * p, 40 * k, 200][channel]!));
      await writeFile(join(faces, `person${p}`, `${k}.png`), bytes);
    }
  }
});
afterAll(() => rm(folder, { recursive: true }));

const options = { batchSize: 4, size: 8, workers: 1, seed: 7 };

async function batchesOf(steps: readonly number[], more: Partial<LoaderOptions> = {}): Promise<Batch[]> {
  await using loader = await openLoader({ ...options, data: faces, ...more });
  const batches: Batch[] = [];
  for (const step of steps) batches.push(await loader.batch(step));
  return batches;
}

test("a batch holds RGB planes of (x − 127.5) / 127.5 beside the class and number of each picture", async () => {
  await using loader = await openLoader({ ...options, data: faces, augment: "none" });
  expect([loader.count, loader.classes, loader.stepsPerEpoch]).toEqual([15, 3, 3]);
  const { images, labels, samples, epoch } = await loader.batch(0);
  expect(epoch).toBe(0);
  const level = (x: number): number => Math.fround((x - 127.5) / 127.5);
  for (const [i, sample] of samples.entries()) {
    expect(labels[i]).toBe(BigInt(Math.floor(sample / EACH)));
    for (const [channel, x] of [60 * Math.floor(sample / EACH), 40 * (sample % EACH), 200].entries()) {
      const plane = images.subarray((3 * i + channel) * 64, (3 * i + channel + 1) * 64);
      expect(plane[0]).toBe(-1);
      expect(plane[63]).toBe(level(x));
    }
  }
});

test("an epoch shows no picture twice, the next one has another order, and the seed another again", async () => {
  const all = await batchesOf([0, 1, 2, 3, 4, 5]);
  const orders = [0, 3].map((from) => all.slice(from, from + 3).flatMap(({ samples }) => [...samples]));
  expect(orders.map((order) => new Set(order).size)).toEqual([12, 12]);
  expect(all.map(({ epoch }) => epoch)).toEqual([0, 0, 0, 1, 1, 1]);
  expect(orders[0]).not.toEqual(orders[1]);
  const [other] = await batchesOf([0], { seed: 8 });
  expect(other!.samples).not.toEqual(all[0]!.samples);
});

test("a step gives the same bits from any start, with any number of threads, with and without the cache", async () => {
  const augment = "dali";
  const whole = await batchesOf([0, 1, 2, 3, 4, 5, 6, 7], { augment });
  for (const [steps, more] of [
    [[5, 6, 7], {}],
    [[7, 0, 6], { workers: 2 }],
    [[1, 2, 5], { cacheBytes: 0, ahead: 0 }],
  ] as const) {
    const again = await batchesOf(steps, { augment, ...more });
    expect(again).toEqual(steps.map((step) => whole[step]));
  }
});

test("one in two is mirrored, and an epoch later another half", async () => {
  const flips = (await batchesOf(Array.from({ length: 60 }, (_, step) => step))).flatMap(({ images }) =>
    [0, 1, 2, 3].map((i) => images[i * 192 + 128]! > -1),
  );
  const share = flips.filter(Boolean).length / flips.length;
  expect(Math.abs(share - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / flips.length));
});

test("RecordIO and a list give what the folder gives", async () => {
  await using images = await openLabelledImages(faces);
  const records = join(folder, "records");
  {
    await using writer = await openRecordWriter(records, { size: SIDE });
    for (let i = 0; i < images.count; i++) await writer.write(await images.read(i));
    await writer.finish();
  }
  const list = join(folder, "all.lst");
  const lines = Array.from({ length: images.count }, (_, i) => `${i}\t${images.label(i)}\tfaces/${images.name(i)}\n`);
  await writeFile(list, lines.join(""));
  const expected = await batchesOf([0, 4]);
  for (const data of [records, list]) expect(await batchesOf([0, 4], { data })).toEqual(expected);
});

test("a bad picture is named, or skipped and counted, always alike", async () => {
  const spoilt = join(folder, "spoilt");
  await mkdir(join(spoilt, "x"), { recursive: true });
  for (let p = 0; p < PEOPLE; p++) await symlink(join(faces, `person${p}`), join(spoilt, `person${p}`));
  await writeFile(join(spoilt, "x", "cut.png"), (await png(SIDE, SIDE, () => 90)).subarray(0, 60));
  await writeFile(join(spoilt, "x", "wide.png"), await png(20, 10, () => 90));
  const steps = [0, 1, 2, 3];
  await expect(batchesOf(steps, { data: spoilt })).rejects.toThrow(
    /x\/(cut\.png: a PNG that is|wide\.png: expected a square crop, got 20×10)/,
  );
  const skip = { data: spoilt, onBad: "skip", workers: 2 } as const;
  await using loader = await openLoader({ ...options, ...skip });
  const batches: Batch[] = [];
  for (const step of steps) batches.push(await loader.batch(step));
  expect([...loader.report().bad.keys()].sort()).toEqual([15, 16]);
  expect(batches.flatMap(({ samples }) => [...samples]).every((sample) => sample < 15)).toBe(true);
  expect(await batchesOf(steps, { ...skip, workers: 1, cacheBytes: 0 })).toEqual(batches);
});

test("batches are made while this thread is busy", async () => {
  await using loader = await openLoader({ ...options, data: faces, ahead: 5 });
  await loader.batch(0);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
  const before = loader.report().waitMs;
  for (const step of [1, 2, 3, 4, 5]) await loader.batch(step);
  // They were there; what is waited for is the messages.
  expect(loader.report().waitMs - before).toBeLessThan(100);
});

test("a thread that dies is an error, not a hang", async () => {
  const threads = new Set<Worker>();
  const { postMessage } = Worker.prototype;
  const spy = vi.spyOn(Worker.prototype, "postMessage").mockImplementation(function (this: Worker, ...args) {
    threads.add(this);
    return postMessage.apply(this, args);
  });
  await using loader = await openLoader({ ...options, data: faces });
  await loader.batch(0);
  spy.mockRestore();
  await Promise.all([...threads].map((thread) => thread.terminate()));
  await expect(loader.batch(9)).rejects.toThrow(/loader: its thread ended by itself/);
});

test("a signal ends what is waited for; after disposal nothing is given", async () => {
  const controller = new AbortController();
  const loader = await openLoader({ ...options, data: faces, signal: controller.signal });
  const waiting = loader.batch(0);
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ code: "CANCELLED" });
  await expect(loader.batch(1)).rejects.toMatchObject({ code: "CANCELLED" });
  await loader[Symbol.asyncDispose]();
  await expect(loader.batch(1)).rejects.toMatchObject({ code: "CLOSED" });
});

test.each([
  [{ batchSize: 16 }, "expected a batch of 16 pictures at least, got 15"],
  [{ batchSize: 0 }, "expected a batchSize of 1 or more, got 0"],
  [{ size: 0.5 }, "expected size of 1 or more, got 0.5"],
  [{ seed: -1 }, "expected a whole number from 0 to 2^53, got -1"],
  [{ data: "/nowhere" }, "/nowhere: reading labelled pictures: there is no such file or folder"],
])("%j is refused", async (more, sentence) => {
  await expect(batchesOf([0], more)).rejects.toThrow(sentence);
});
