import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_DETECTOR, DEFAULT_RECOGNIZER, loadRecognizer, openNodeZoo } from "arcface-ts/node";
import { expect, test } from "vitest";
import { samplePhotos, TEST_ENV, TEST_ZOO } from "./default-models.ts";

test("the default networks, bundled, find and embed the same faces on a machine without a network", async () => {
  const folder = await mkdtemp(join(tmpdir(), "arcface-bundle-"));
  const there = { cacheDir: join(folder, "cache"), env: TEST_ENV, offline: true };
  try {
    const [photo] = await samplePhotos();
    const bundled = await openNodeZoo(TEST_ZOO).bundle([DEFAULT_RECOGNIZER, DEFAULT_DETECTOR], join(folder, "b.tar"));
    await openNodeZoo(there).unbundle(bundled.path);
    const embeddings: Float32Array[][] = [];
    for (const options of [TEST_ZOO, there]) {
      await using recognizer = await loadRecognizer(options);
      embeddings.push((await recognizer.embed(photo!)).map(({ embedding }) => embedding));
    }
    expect(embeddings[0]!.length).toBeGreaterThan(0);
    expect(embeddings[1]).toEqual(embeddings[0]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
