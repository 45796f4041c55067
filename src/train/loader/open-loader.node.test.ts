import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCodec } from "../../host/codec.node.ts";
import { createImage } from "../../image/image.ts";
import { openLoader } from "./open-loader.node.ts";

let folder: string;
const [PEOPLE, EACH, SIDE] = [3, 5, 16];

/** Picture k of person p is one colour, [60 p, 40 k, 200], but for its left half, which is black: a flip shows. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "loader-"));
  const codec = createCodec();
  for (let p = 0; p < PEOPLE; p++) {
    await mkdir(join(folder, `person${p}`));
    for (let k = 0; k < EACH; k++) {
      const pixels = Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, i) =>
        Math.floor(i / 3) % SIDE < SIDE / 2 ? 0 : [60 * p, 40 * k, 200][i % 3]!,
      );
      await writeFile(
        join(folder, `person${p}`, `${k}.png`),
        await codec.encode(createImage(SIDE, SIDE, pixels), "png"),
      );
    }
  }
});
afterAll(() => rm(folder, { recursive: true }));

const options = { batchSize: 4, size: 8, workers: 1, seed: 7 };

test("a batch holds RGB planes of (x − 127.5) / 127.5 beside the class and number of each picture", async () => {
  await using loader = await openLoader({ ...options, data: folder, augment: "none" });
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
