import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FaceSpot, TestSet } from "../data/test-set.ts";
import { ArcfaceError } from "../errors.ts";
import { embedTestSet } from "./embed-test-set.node.ts";
import { fakePictureEmbedder } from "./testing/fake-embedder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "arcface-embed-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function setOf(names: readonly string[], face: FaceSpot = { kind: "centre" }): TestSet {
  const images = names.map((key) => {
    writeFileSync(join(folder, key), `picture ${key}`);
    return { key, place: { kind: "file", path: join(folder, key) } as const, face };
  });
  return { name: "test", images, templates: [], pairs: null, search: null, absent: ["gone.jpg"] };
}
const source = (fingerprint = "test/fake@1") =>
  fakePictureEmbedder(({ name }) => (name === "c" ? null : [3, 4]), { fingerprint });
const options = () => ({ flip: true, cacheDir: join(folder, "cache") });

test("a second run is read from the cache, missed faces too; another model is not", async () => {
  const set = setOf(["a", "b", "c"]);
  const first = await embedTestSet(set, source(), options());
  expect(first.embeddings.map((e) => e && [...e])).toEqual([[3, 4], [3, 4], null]);
  expect(first.missed).toEqual([
    { image: "c", why: "no face" },
    { image: "gone.jpg", why: "absent" },
  ]);
  const again = source();
  expect(await embedTestSet(set, again, options())).toEqual({ ...first, fromCache: 3 });
  expect(again.asked).toEqual([]);
  expect((await embedTestSet(set, source("test/other@1"), options())).fromCache).toBe(0);
});

test("another set costs only its new pictures, whatever they are called", async () => {
  await embedTestSet(setOf(["a"]), source(), options());
  const other = setOf(["x", "b"]);
  writeFileSync(join(folder, "x"), "picture a");
  const asked = source();
  expect((await embedTestSet(other, asked, options())).fromCache).toBe(1);
  expect(asked.asked).toEqual(["b"]);
});

test("without mirror images nothing is embedded again, and with them what has none is", async () => {
  const set = setOf(["a", "b"]);
  await embedTestSet(set, source(), options());
  expect((await embedTestSet(set, source(), { ...options(), flip: false })).fromCache).toBe(2);
  const more = setOf(["a", "b", "d"]);
  expect((await embedTestSet(more, source(), { ...options(), flip: false })).fromCache).toBe(2);
  expect((await embedTestSet(more, source(), { ...options(), flip: false })).fromCache).toBe(3);
  expect((await embedTestSet(more, source(), options())).fromCache).toBe(2);
});

test("crops, and faces told by a box, are known apart from photographs of the same bytes", async () => {
  await embedTestSet(setOf(["a"]), source(), options());
  for (const face of [
    { kind: "crop" },
    { kind: "box", box: [0, 0, 9, 9] },
    { kind: "box", box: [0, 0, 8, 8] },
  ] as const)
    expect((await embedTestSet(setOf(["a"], face), source(), options())).fromCache).toBe(0);
  expect(readdirSync(join(folder, "cache"))).toHaveLength(2); // with the detector, and without
});

test("the hash of a set is of its bytes", async () => {
  const set = setOf(["a", "b"]);
  const before = (await embedTestSet(set, source(), { flip: true, cacheDir: null })).bytesHash;
  writeFileSync(join(folder, "b"), "another picture");
  expect((await embedTestSet(set, source(), { flip: true, cacheDir: null })).bytesHash).not.toBe(before);
});

test("a picture that cannot be read is an error, or missed where that is allowed", async () => {
  const broken = fakePictureEmbedder(({ name }) => {
    if (name === "b") throw new ArcfaceError("UNSUPPORTED_FORMAT", "b: no picture");
    return [1, 0];
  });
  const set = setOf(["a", "b"]);
  await expect(embedTestSet(set, broken, options())).rejects.toThrow("b: no picture");
  const lenient = await embedTestSet(set, broken, { ...options(), allowMissing: true });
  expect(lenient.missed[0]).toEqual({ image: "b", why: "unreadable" });
  expect(lenient.embeddings[1]).toBeNull();
});

test("a cancelled run keeps what it had made", async () => {
  const controller = new AbortController();
  const set = setOf(["a", "b", "d", "e"]);
  const stopping = embedTestSet(set, source(), {
    ...options(),
    concurrency: 1,
    signal: controller.signal,
    onProgress: ({ done }) => done === 2 && controller.abort(),
  });
  await expect(stopping).rejects.toMatchObject({ code: "CANCELLED" });
  expect((await embedTestSet(set, source(), options())).fromCache).toBe(2);
});
