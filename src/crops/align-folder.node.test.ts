import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLabelledImages } from "../data/open-labelled-images.node.ts";
import { createNodeHost } from "../host/host.node.ts";
import { createImage } from "../image/image.ts";
import { createRandom } from "../tensor/random.ts";
import { alignFolder, REPORT } from "./align-folder.node.ts";
import { facesByHeight } from "./testing/faces-by-height.node.ts";

const { codec } = createNodeHost();
let folder: string;
let [source, destination] = ["", ""];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "arcface-crops-"));
  [source, destination] = [join(folder, "photos"), join(folder, "crops")];
});
afterEach(() => rmSync(folder, { recursive: true }));

/** @param faces how many `facesByHeight` sees. */
async function photo(path: string, faces: number, seed = faces): Promise<void> {
  const random = createRandom(seed);
  const pixels = Uint8Array.from({ length: 3 * 200 * (100 * faces + 20) }, () => 256 * random.uniform());
  const encoded = await codec.encode(
    createImage(200, 100 * faces + 20, pixels),
    path.endsWith(".png") ? "png" : "jpeg",
  );
  mkdirSync(join(source, path, ".."), { recursive: true });
  writeFileSync(join(source, path), encoded);
}

const reportLines = (): Record<string, unknown>[] =>
  readFileSync(join(destination, REPORT), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const fate = (): Record<string, unknown> =>
  Object.fromEntries(
    reportLines()
      .slice(1)
      .map(({ image, crop, dropped }) => [image, crop ?? dropped]),
  );
const files = (): string[] =>
  (readdirSync(destination, { recursive: true }) as string[]).filter((f) => /\./.test(f)).sort();

test("crops lie where their photographs do, and what gave none is told with its reason", async () => {
  await photo("Anna/1.png", 1);
  await photo("Anna/more/2.jpg", 2);
  await photo("Ben/none.jpg", 0);
  await photo("Ben/1.jpg", 1);
  await photo("Ben/1.png", 1);
  writeFileSync(join(source, "Ben/notes.txt"), "not a picture");
  writeFileSync(join(source, "Ben/cut.jpg"), readFileSync(join(source, "Ben/1.jpg")).subarray(0, 900));
  writeFileSync(join(source, "Ben/.hidden.jpg"), "");
  const done = await alignFolder(facesByHeight(), source, destination);
  expect(done).toMatchObject({
    images: 7,
    kept: 4,
    before: 0,
    dropped: { "no-face": 1, "not-an-image": 1, damaged: 1 },
  });
  expect(fate()).toEqual({
    "Anna/1.png": "Anna/1.jpg",
    "Anna/more/2.jpg": "Anna/more/2.jpg",
    "Ben/1.jpg": "Ben/1.jpg.jpg",
    "Ben/1.png": "Ben/1.png.jpg",
    "Ben/cut.jpg": "damaged",
    "Ben/none.jpg": "no-face",
    "Ben/notes.txt": "not-an-image",
  });
  expect(Object.keys(fate())).toEqual([...Object.keys(fate())].sort());
  const crop = await codec.decode(readFileSync(join(destination, "Anna/1.jpg")), "crop");
  expect([crop.width, crop.height]).toEqual([112, 112]);
});

test("PNG crops hold the very pixels of the aligned face; only one face may be demanded", async () => {
  await photo("1.png", 1);
  await photo("2.png", 2);
  const done = await alignFolder(facesByHeight(), source, destination, { face: "only", format: "png" });
  expect(done).toMatchObject({ kept: 1, dropped: { "several-faces": 1 } });
  expect(files()).toEqual(["1.png", REPORT]);
});

test("a second run does what is missing or has changed, and no more", async () => {
  for (const name of ["a.jpg", "b.jpg", "c.jpg"]) await photo(name, 1);
  await photo("d.jpg", 0);
  await alignFolder(facesByHeight(), source, destination);
  const detector = facesByHeight();
  rmSync(join(destination, "a.jpg"));
  await photo("b.jpg", 2);
  await photo("e.jpg", 1);
  const done = await alignFolder(detector, source, destination);
  expect(done).toMatchObject({ images: 5, kept: 4, before: 2 });
  expect(detector.looks).toBe(3);
  expect(files()).toEqual(["a.jpg", "b.jpg", "c.jpg", REPORT, "e.jpg"]);
});

test("crops made in two ways do not mix", async () => {
  await photo("a.jpg", 1);
  await alignFolder(facesByHeight(), source, destination);
  await expect(alignFolder(facesByHeight("another"), source, destination)).rejects.toMatchObject({
    code: "CONFLICT",
    message: expect.stringContaining("made with detector by-height, not another"),
  });
  await expect(alignFolder(facesByHeight(), source, destination, { face: "largest" })).rejects.toMatchObject({
    code: "CONFLICT",
  });
  await expect(alignFolder(facesByHeight(), source, join(source, "crops"))).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
  });
  await expect(alignFolder(facesByHeight(), folder, destination)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
});

test("a report that ends within a line goes on from there", async () => {
  await photo("a.jpg", 1);
  await photo("b.jpg", 1);
  await alignFolder(facesByHeight(), source, destination);
  const report = readFileSync(join(destination, REPORT), "utf8");
  const lines = report.trimEnd().split("\n");
  writeFileSync(join(destination, REPORT), `${lines.slice(0, 2).join("\n")}\n`);
  appendFileSync(join(destination, REPORT), lines[2]!.slice(0, 30));
  expect(await alignFolder(facesByHeight(), source, destination)).toMatchObject({ kept: 2, before: 1 });
  expect(readFileSync(join(destination, REPORT), "utf8")).toBe(report);
});

test("cancelled, it leaves what is done", async () => {
  for (let i = 0; i < 20; i++) await photo(`${i}.jpg`, 1);
  const controller = new AbortController();
  const run = alignFolder(facesByHeight("by-height", 2), source, destination, {
    signal: controller.signal,
    onProgress: ({ done }) => void (done === 6 && controller.abort()),
  });
  await expect(run).rejects.toMatchObject({ code: "CANCELLED" });
  const kept = reportLines().length - 1;
  expect(kept).toBeGreaterThanOrEqual(6);
  expect(kept).toBeLessThan(20);
  expect(files().length).toBe(kept + 1);
  expect(await alignFolder(facesByHeight(), source, destination)).toMatchObject({ kept: 20, before: kept });
});

test("two runs are never in one destination", async () => {
  for (let i = 0; i < 8; i++) await photo(`${i}.png`, 1, i + 1);
  let second: Promise<unknown> | undefined;
  const onProgress = () => {
    second ??= expect(alignFolder(facesByHeight(), source, destination)).rejects.toMatchObject({ code: "CONFLICT" });
  };
  await alignFolder(facesByHeight(), source, destination, { onProgress });
  await second;
  expect(second).toBeDefined();
  expect((await alignFolder(facesByHeight(), source, destination)).before).toBe(8);
});

test("killed again and again, it comes to the same files as in one run", async () => {
  for (let i = 0; i < 60; i++) await photo(`${i % 3}/${i}.jpg`, i % 4 === 0 ? 0 : 1, i);
  const child = fileURLToPath(new URL("./testing/align-slowly.node.ts", import.meta.url));
  for (const killAt of [3, 20, 41]) {
    const run = spawn(process.execPath, ["--import", "tsx", child, source, destination]);
    run.stdout.on("data", (chunk: Buffer) => {
      if (
        chunk
          .toString()
          .trim()
          .split("\n")
          .some((line) => Number(line) >= killAt)
      )
        run.kill("SIGKILL");
    });
    await once(run, "close");
    // What the report says is there, is there, whole.
    for (const crop of Object.values(fate()).filter((value) => value !== "no-face"))
      expect(statSync(join(destination, crop as string)).size).toBeGreaterThan(1000);
  }
  const whole = join(folder, "whole");
  expect(await alignFolder(facesByHeight(), source, destination)).toMatchObject({ images: 60, kept: 45 });
  await alignFolder(facesByHeight(), source, whole);
  const all = readdirSync(whole, { recursive: true }) as string[];
  expect((readdirSync(destination, { recursive: true }) as string[]).sort()).toEqual(all.sort());
  for (const file of all.filter((name) => /\./.test(name)))
    expect(readFileSync(join(destination, file)).equals(readFileSync(join(whole, file)))).toBe(true);
});

test("records in, records out: classes are numbered anew where one has lost all its pictures", async () => {
  for (const [path, faces] of [
    ["a/1.jpg", 1],
    ["b/1.jpg", 0],
    ["c/1.jpg", 1],
    ["c/2.jpg", 2],
  ] as const)
    await photo(path, faces);
  const how = { format: "records" } as const;
  expect(await alignFolder(facesByHeight(), source, destination, how)).toMatchObject({ images: 4, kept: 3, before: 0 });
  expect(files()).toEqual([REPORT, "train.idx", "train.lst", "train.rec"]);
  {
    await using records = await openLabelledImages(destination);
    expect([records.count, records.classes]).toEqual([3, 2]);
    const labels = await Promise.all([0, 1, 2].map((i) => records.label(i)));
    expect(labels).toEqual([0, 1, 1]);
    const { bytes } = await records.read(2);
    expect(await codec.decode(bytes, "record")).toMatchObject({ width: 112, height: 112 });
  }
  expect(await alignFolder(facesByHeight(), source, destination, how)).toMatchObject({ images: 4, kept: 3, before: 4 });
  await photo("c/3.jpg", 1);
  await expect(alignFolder(facesByHeight(), source, destination, how)).rejects.toMatchObject({ code: "CONFLICT" });

  const again = join(folder, "again");
  const seen = facesByHeight();
  // Crops are 112 rows: one face each.
  expect(await alignFolder(seen, destination, again)).toMatchObject({ images: 3, kept: 3 });
  expect((readdirSync(again, { recursive: true }) as string[]).filter((f) => f.endsWith(".jpg")).sort()).toEqual([
    "0000000/000000000.jpg",
    "0000001/000000001.jpg",
    "0000001/000000002.jpg",
  ]);
});

test("of a list the pictures that it names are aligned: people's under their paths, labelled ones by label and number", async () => {
  await photo("Anna/Anna_0001.jpg", 1);
  await photo("Anna/Anna_0002.jpg", 1, 7);
  await photo("Ben/Ben_0001.jpg", 0);
  await photo("Carl/Carl_0001.jpg", 1);
  writeFileSync(join(source, "people.txt"), "2\nAnna\t2\nBen\t1\n");
  const people = await alignFolder(facesByHeight(), join(source, "people.txt"), destination);
  expect(people).toMatchObject({ images: 3, kept: 2, dropped: { "no-face": 1 } });
  expect(files()).toEqual(["Anna/Anna_0001.jpg", "Anna/Anna_0002.jpg", REPORT]);
  const again = await alignFolder(facesByHeight(), join(source, "people.txt"), destination);
  expect(again).toMatchObject({ kept: 2, before: 3 });

  destination = join(folder, "labelled");
  const path = join(source, "Carl/Carl_0001.jpg");
  writeFileSync(join(source, "all.lst"), `0\t4\tAnna/Anna_0001.jpg\n1\t9\t${path}\n2\t9\t../absent.jpg\n`);
  const labelled = await alignFolder(facesByHeight(), join(source, "all.lst"), destination);
  expect(labelled).toMatchObject({ images: 3, kept: 2, dropped: { unreadable: 1 } });
  expect(files()).toEqual(["0000004/000000000.jpg", "0000009/000000001.jpg", REPORT]);
});
