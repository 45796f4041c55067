import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeYtf } from "../evaluate/testing/small-sets.node.ts";
import { loadYtf } from "./load-ytf.node.ts";

let folder: string;
let people: Record<string, string[]>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "arcface-ytf-"));
  people = Object.fromEntries(
    ["Ann", "Bob", "Cid", "Dan"].map((name) => [name, [0, 1, 2, 3, 4, 5].map((i) => join(folder, `${name}${i}.jpg`))]),
  );
  for (const file of Object.values(people).flat()) writeFileSync(file, file);
});
afterEach(() => rmSync(folder, { recursive: true }));
const root = (): string => join(folder, "ytf");

test("a video is its frames, in the order of their numbers, one medium", async () => {
  writeYtf(root(), people, { frames: "aligned", columns: "original" });
  const { images, templates, pairs, absent } = await loadYtf(root());
  expect(templates).toHaveLength(8);
  expect(templates[1]).toEqual({ name: "Ann/2", person: "Ann", images: [3, 4, 5], media: [0, 0, 0] });
  expect(images[4]!.key).toBe("Ann/2/aligned_detect_2.104.jpg");
  expect(images[4]!.face).toEqual({ kind: "centre" });
  expect([...pairs!.same]).toEqual([1, 0, 1, 0, 1, 0, 1, 0]);
  expect([...pairs!.fold!]).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
  const videos = (list: Uint32Array) => Array.from(list, (i) => templates[i]!.name);
  expect(videos(pairs!.a).slice(0, 4)).toEqual(["Ann/1", "Ann/1", "Bob/1", "Bob/1"]);
  expect(videos(pairs!.b).slice(0, 4)).toEqual(["Ann/2", "Bob/2", "Bob/2", "Ann/2"]);
  expect(absent).toEqual([]);
});

test("all three orders of columns give the same pairs", async () => {
  const sets = [];
  for (const columns of ["original", "corrected", "label first"] as const) {
    rmSync(root(), { recursive: true, force: true });
    writeYtf(root(), people, { frames: "aligned", columns });
    sets.push((await loadYtf(root())).pairs);
  }
  expect(sets[1]).toEqual(sets[0]);
  expect(sets[2]).toEqual(sets[0]);
  writeYtf(root(), people, { frames: "aligned", columns: "corrected" });
  expect([...(await loadYtf(root(), { labels: "original" })).pairs!.same]).toEqual([0, 0, 1, 0, 1, 0, 1, 0]);
});

test("whole frames have the box of their face; one that is listed and gone is told", async () => {
  writeYtf(root(), people, { frames: "raw", columns: "original" });
  rmSync(join(root(), "frame_images_DB/Bob/1/1.101.jpg"));
  const { images, templates, absent } = await loadYtf(root());
  const bob = templates.find(({ name }) => name === "Bob/1")!;
  expect(bob.images.map((i) => images[i]!.key)).toEqual(["Bob/1/1.100.jpg", "Bob/1/1.102.jpg"]);
  expect(images[0]!.face).toEqual({ kind: "box", box: [75, 75, 175, 175] });
  expect(absent).toEqual(["Bob/1/1.101.jpg"]);
});

test("a missing video is an error that names it, or an empty template where that is allowed", async () => {
  for (const frames of ["aligned", "raw"] as const) {
    rmSync(root(), { recursive: true, force: true });
    writeYtf(root(), people, { frames, columns: "original" });
    const images = frames === "aligned" ? "aligned_images_DB" : "frame_images_DB";
    rmSync(join(root(), images, "Cid/2"), { recursive: true });
    await expect(loadYtf(root())).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringMatching(/^ytf: 1 of 8 videos are not in .*_images_DB: Cid\/2$/),
    });
    const { templates, absent } = await loadYtf(root(), { allowMissing: true });
    expect(templates.find(({ name }) => name === "Cid/2")!.images).toEqual([]);
    expect(absent).toEqual(["Cid/2"]);
  }
});

test("a sample takes frames evenly spread, and the middle crop needs aligned ones", async () => {
  writeYtf(root(), people, { frames: "aligned", columns: "original" });
  const two = await loadYtf(root(), { sample: 2, middle: 112 });
  expect(two.images.slice(0, 2).map(({ key }) => key)).toEqual([
    "Ann/1/aligned_detect_1.100.jpg",
    "Ann/1/aligned_detect_1.102.jpg",
  ]);
  expect(two.images[0]!.face).toEqual({ kind: "middle", side: 112 });
  writeYtf(root(), people, { frames: "raw", columns: "original" });
  await expect(loadYtf(root(), { frames: "raw", middle: 112 })).rejects.toThrow("to take the middle of, got raw ones");
});

test("a folder without splits says what is expected", async () => {
  await expect(loadYtf(folder)).rejects.toThrow(/expected splits_corrected.txt or splits.txt in .*, got neither/);
});
