import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLabelledImages } from "../data/open-labelled-images.node.ts";
import { createNodeHost } from "../host/host.node.ts";
import { createImage, type Image } from "../image/image.ts";
import type { Embedder } from "../recognize/embedder.ts";
import { writeSafetensors } from "../safetensors/safetensors.ts";
import { l2Normalize } from "../tensor/vector.ts";
import { centresOfCheckpoint } from "./checkpoint-centres.node.ts";
import { cleanSet } from "./clean-set.node.ts";
import { copyImages } from "./write-cleaned.node.ts";
import { writeCleanReport } from "./write-report.node.ts";

const { codec } = createNodeHost();
let folder: string;
let data: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "arcface-clean-"));
  data = join(folder, "crops");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Embeds a crop as its mean colour: people are red, green and blue. */
const embedder = {
  name: "test/colour",
  fingerprint: "test/colour@1",
  size: 3,
  cropSize: 8,
  alignment: "arcface",
  embed: async (crops: readonly Image[]) =>
    crops.map(({ data }) =>
      l2Normalize(Float32Array.from([0, 1, 2], (c) => data.reduce((sum, x, i) => (i % 3 === c ? sum + x : sum), 0))),
    ),
  async [Symbol.asyncDispose]() {},
} as Embedder;

const COLOURS = { red: [220, 20, 20], green: [20, 220, 20], blue: [20, 20, 220] } as const;
type Colour = keyof typeof COLOURS;

async function crop(path: string, colour: Colour, shade = 0): Promise<void> {
  const pixels = Uint8Array.from({ length: 8 * 8 * 3 }, (_, i) => COLOURS[colour][i % 3]! + shade);
  mkdirSync(join(data, path, ".."), { recursive: true });
  writeFileSync(join(data, path), await codec.encode(createImage(8, 8, pixels), "png"));
}

/** Three classes of 6; among those of anna one of ben and one of carl. */
async function people(): Promise<void> {
  for (let i = 0; i < 6; i++) {
    await crop(`anna/${i}.png`, i === 2 ? "green" : i === 4 ? "blue" : "red", i);
    await crop(`ben/${i}.png`, "green", i);
    await crop(`carl/${i}.png`, "blue", i);
  }
}

test("what is not of its person is dropped; the report says what, and shows it", async () => {
  await people();
  await crop("anna/<b>.png", "green");
  writeFileSync(join(data, "ben/damaged.png"), "not a picture");
  await using images = await openLabelledImages(data);
  const cleaned = await cleanSet(embedder, images);
  expect(cleaned.report).toMatchObject({ images: 19, kept: 16, dropped: 3, classes: 3, emptied: 0, threshold: 75 });
  expect(cleaned.report.perClass[0]).toMatchObject({ name: "anna", images: 7, kept: 4, dominantShare: 4 / 7 });
  expect(cleaned.dropped.map((i) => images.name(i))).toEqual(["anna/2.png", "anna/4.png", "anna/<b>.png"]);
  expect(cleaned.unread).toEqual([{ image: "ben/damaged.png", why: expect.stringContaining("text") }]);
  expect(cleaned.kept).not.toContain(cleaned.dropped[0]);

  const report = join(folder, "report");
  await writeCleanReport(report, images, cleaned, { data, recognizer: "test/colour", centres: "by clustering" });
  expect(readFileSync(join(report, "dropped.txt"), "utf8")).toBe("anna/2.png\nanna/4.png\nanna/<b>.png\n");
  expect(JSON.parse(readFileSync(join(report, "report.json"), "utf8"))).toMatchObject({ dropped: 3, data });
  const page = readFileSync(join(report, "index.html"), "utf8");
  expect(page).toContain("3 of 19 pictures dropped");
  expect(page).toContain("anna/&lt;b&gt;.png");
  expect(page).not.toContain("<b>");
  expect(page.match(/data:image\/jpeg;base64,/g)!.length).toBeGreaterThanOrEqual(7);
  expect(page).not.toMatch(/src="(?!data:)/);
});

test("a cleaned copy holds the very files, a class that is empty is none, and numbers are anew", async () => {
  await people();
  await using images = await openLabelledImages(data);
  const kept = [...Array(18).keys()].filter((i) => images.knownLabel(i) !== 1);
  const out = join(folder, "out");
  await copyImages(images, kept, out);
  expect(readdirSync(out)).toEqual(["anna", "carl"]);
  expect(readFileSync(join(out, "carl/3.png"))).toEqual(readFileSync(join(data, "carl/3.png")));
  await expect(copyImages(images, kept, out)).rejects.toMatchObject({ code: "CONFLICT" });

  const records = join(folder, "records");
  await copyImages(images, kept, records, { format: "records" });
  await using again = await openLabelledImages(records);
  expect([again.count, again.classes]).toEqual([12, 2]);
  expect(await again.label(11)).toBe(1);
  expect((await again.read(11)).bytes).toEqual(new Uint8Array(readFileSync(join(data, "carl/5.png"))));
  // Of records, too; what they hold is not encoded anew.
  await copyImages(again, [0, 7, 8], join(folder, "fewer"));
  await using fewer = await openLabelledImages(join(folder, "fewer"));
  expect([fewer.count, fewer.classes]).toEqual([3, 2]);
});

test("records are cleaned as files are: the report shows them, lists them, and the copy is records", async () => {
  await people();
  const records = join(folder, "records");
  {
    await using files = await openLabelledImages(data);
    await copyImages(files, [...Array(18).keys()], records, { format: "records" });
  }
  await using images = await openLabelledImages(records);
  const cleaned = await cleanSet(embedder, images);
  expect(cleaned.dropped).toEqual([2, 4]);
  const report = join(folder, "report");
  await writeCleanReport(report, images, cleaned, { data: records, recognizer: "test", centres: "by clustering" });
  const listed = (name: string) => readFileSync(join(report, name), "utf8").trimEnd().split("\n");
  expect(listed("dropped.txt")).toEqual([2, 4].map((i) => images.name(i)));
  expect(listed("kept.txt")).toEqual(cleaned.kept.map((i) => images.name(i)));
  const page = readFileSync(join(report, "index.html"), "utf8");
  expect(page.match(/data:image\/jpeg;base64,/g)!.length).toBeGreaterThanOrEqual(2 + 2 + 4);
  const out = join(folder, "out");
  await copyImages(images, cleaned.kept, out);
  expect(readdirSync(out).sort()).toEqual(["property", "train.idx", "train.lst", "train.rec"]);
  await using copy = await openLabelledImages(out);
  expect([copy.count, copy.classes]).toEqual([16, 3]);
  expect((await copy.read(2)).bytes).toEqual((await images.read(3)).bytes);
});

test("what is kept of files is a list that is a set of its own, without classes that are empty", async () => {
  await people();
  await using images = await openLabelledImages(data);
  const cleaned = { ...(await cleanSet(embedder, images)), kept: [0, 1, 12, 13, 14] };
  const report = join(folder, "report");
  await writeCleanReport(report, images, cleaned, { data, recognizer: "test", centres: "by clustering" });
  await using kept = await openLabelledImages(join(report, "kept.lst"));
  expect([kept.count, kept.classes, await kept.label(4)]).toEqual([5, 2, 1]);
  expect((await kept.read(4)).bytes).toEqual((await images.read(14)).bytes);
});

test("crops of 112 pixels are made smaller for a network of small ones; other sizes are no crops", async () => {
  await people();
  const image = (side: number) => createImage(side, side, new Uint8Array(3 * side * side).fill(200));
  writeFileSync(join(data, "anna/6.png"), await codec.encode(image(112), "png"));
  await using images = await openLabelledImages(data);
  expect((await cleanSet(embedder, images)).report.images).toBe(19);
  writeFileSync(join(data, "anna/6.png"), await codec.encode(image(113), "png"));
  await expect(cleanSet(embedder, images)).rejects.toThrow("anna/6.png: expected a crop of 8×8, got 113×113");
});

test("a copy that is cancelled, or cannot read a picture, leaves nothing", async () => {
  await people();
  await using images = await openLabelledImages(data);
  const out = join(folder, "out");
  const controller = new AbortController();
  const options = { signal: controller.signal, onProgress: () => controller.abort() };
  await expect(copyImages(images, [0, 1, 2], out, options)).rejects.toMatchObject({ code: "CANCELLED" });
  rmSync(join(data, "anna/1.png"));
  await expect(copyImages(images, [0, 1, 2], out)).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(existsSync(out)).toBe(false);
  expect(readdirSync(folder)).toEqual(["crops"]);
});

test("centres of a checkpoint say how many a class has", async () => {
  await people();
  await using images = await openLabelledImages(data);
  const run = join(folder, "run");
  mkdirSync(run);
  const path = join(run, "checkpoint-000000012.safetensors");
  const write = (rows: number) => {
    const data = Float32Array.from({ length: 3 * rows }, (_, i) => (i % 3 === Math.floor(i / 6) ? 1 : 0));
    const tensors = new Map([["head.weight", { dtype: "F32" as const, shape: [rows, 3], data }]]);
    writeFileSync(path, Buffer.concat(writeSafetensors({ tensors, metadata: {} })));
  };
  write(6);
  const centres = await centresOfCheckpoint(path, 3);
  expect(centres.subCenters).toBe(2);
  expect(await centresOfCheckpoint(run, 3)).toEqual(centres);
  const { report } = await cleanSet(embedder, images, { centres });
  expect(report).toMatchObject({ subCenters: 2, dropped: 2 });
  write(5);
  await expect(centresOfCheckpoint(path, 3)).rejects.toMatchObject({
    code: "MODEL_MISMATCH",
    message: expect.stringContaining("[5, 3]"),
  });
});

test.each([
  [{ threshold: 0 }, /threshold/],
  [{ subCenters: 1.5 }, /subCenters/],
])("%j is refused", async (options, message) => {
  await people();
  await using images = await openLabelledImages(data);
  await expect(cleanSet(embedder, images, options)).rejects.toThrow(message);
});

test("embeddings are kept between runs", async () => {
  await people();
  await using images = await openLabelledImages(data);
  let calls = 0;
  const counting: Embedder = {
    ...embedder,
    embed(crops) {
      calls++;
      return embedder.embed(crops);
    },
  };
  const cacheDir = join(folder, "cache");
  const once = await cleanSet(counting, images, { cacheDir });
  expect(calls).toBe(16); // two pictures are there twice
  const twice = await cleanSet(counting, images, { cacheDir });
  expect(calls).toBe(16);
  expect(twice.report).toEqual(once.report);
});
