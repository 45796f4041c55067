import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DATA, needsData } from "../../test/needs.ts";
import { jpegSize } from "./jpeg-size.ts";
import { loadCfpFolder, loadLfwFolder } from "./pair-folder.node.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "arcface-pairs-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function jpeg(side: number): Promise<Buffer> {
  return await sharp({ create: { width: side, height: side, channels: 3, background: "teal" } })
    .jpeg()
    .toBuffer();
}

function put(path: string, content: string | Buffer): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

async function putLfw(path: string, side: number): Promise<void> {
  put(join(path, "pairs.txt"), "1\nAnn\t1\t2\nAnn\t1\tBob\t1\n");
  for (const image of ["Ann/Ann_0001.jpg", "Ann/Ann_0002.jpg", "Bob/Bob_0001.jpg"])
    put(join(path, image), await jpeg(side));
}

test("loadLfwFolder reads pairs from one folder and crops from another", async () => {
  await putLfw("photos", 250);
  await putLfw("crops", 112);
  rmSync(join(folder, "crops/pairs.txt"));
  const photos = await loadLfwFolder(join(folder, "photos"));
  const crops = await loadLfwFolder(join(folder, "photos"), { aligned: join(folder, "crops") });
  expect(photos.pairSet.images).toHaveLength(3);
  expect(photos.root).toBe(join(folder, "photos"));
  expect(crops).toEqual({ ...photos, root: join(folder, "crops") });
});

test.each<[string, () => Promise<void>, string, string]>([
  ["a folder that is not there", async () => {}, "NOT_FOUND", "photos: reading lfw: there is no such file"],
  ["a file", async () => put("photos", "x"), "NOT_FOUND", "expected a folder, got the file"],
  [
    "a folder without pairs",
    async () => put("photos/Ann/x.jpg", ""),
    "NOT_FOUND",
    "pairs.txt: reading lfw: there is no such file",
  ],
  ["pairs.txt that is a folder", async () => put("photos/pairs.txt/x", ""), "IO", "it is a folder"],
  [
    "missing images, naming the first",
    async () => {
      await putLfw("photos", 250);
      rmSync(join(folder, "photos/Ann"), { recursive: true });
    },
    "NOT_FOUND",
    "2 of 3 images are not in",
  ],
  [
    "aligned crops for photographs",
    async () => putLfw("photos", 112),
    "INVALID_ARGUMENT",
    "not aligned crops, got 112×112",
  ],
  [
    "an image that is none",
    async () => {
      await putLfw("photos", 250);
      put("photos/Ann/Ann_0001.jpg", "GIF89a");
    },
    "UNSUPPORTED_FORMAT",
    "expected a JPEG",
  ],
])("loadLfwFolder refuses %s", async (_, prepare, code, message) => {
  await prepare();
  await expect(loadLfwFolder(join(folder, "photos"))).rejects.toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) }),
  );
});

test("loadLfwFolder refuses photographs for aligned crops", async () => {
  await putLfw("photos", 250);
  await expect(loadLfwFolder(join(folder, "photos"), { aligned: join(folder, "photos") })).rejects.toThrow(
    "expected aligned crops of 112×112, got 250×250",
  );
});

test("loadCfpFolder says what a folder lacks", async () => {
  await expect(loadCfpFolder(folder, "FF")).rejects.toThrow("there is no such file");
  put("Protocol/Pair_list_F.txt", "1 ../Data/a.jpg\n2 ../Data/b.jpg");
  put("Protocol/Pair_list_P.txt", "1 ../Data/c.jpg");
  mkdirSync(join(folder, "Protocol/Split/FF"), { recursive: true });
  await expect(loadCfpFolder(folder, "FF")).rejects.toThrow(/expected splits 01, 02, … in .*FF, got none/);
  put("Protocol/Split/FF/03/same.txt", "1,2");
  await expect(loadCfpFolder(folder, "FF")).rejects.toThrow(/diff.txt: reading cfp: there is no such file/);
  put("Protocol/Split/FF/03/diff.txt", "2,1");
  await expect(loadCfpFolder(folder, "FF")).rejects.toThrow(/2 of 2 images are not in .*: Data\/a.jpg, Data\/b.jpg$/);
  put("Data/a.jpg", "");
  put("Data/b.jpg", "");
  expect((await loadCfpFolder(folder, "FF")).pairSet.pairs.map(({ fold }) => fold)).toEqual([0, 0]);
});

needsData("cfp_100")("the splits of CFP that are there give 700 pairs each", async () => {
  for (const protocol of ["FF", "FP"] as const) {
    const { pairSet } = await loadCfpFolder(join(DATA, "cfp_100"), protocol);
    expect(pairSet.pairs).toHaveLength(1400);
    expect(new Set(pairSet.pairs.map(({ fold }) => fold))).toEqual(new Set([0, 1]));
    // People have 10 frontal photos and 4 profiles each, in order: a pair is "same" where the person's folder is.
    const person = (image: number) => pairSet.images[image]!.split("/")[2];
    expect(pairSet.pairs.every(({ a, b, same }) => (person(a) === person(b)) === same)).toBe(true);
  }
});

test("jpegSize reads the frame header, and answers null elsewhere", async () => {
  const bytes = await sharp({ create: { width: 31, height: 17, channels: 3, background: "red" } })
    .jpeg({ progressive: true })
    .withMetadata()
    .toBuffer();
  expect(jpegSize(bytes)).toEqual({ width: 31, height: 17 });
  expect(jpegSize(bytes.subarray(0, 20))).toBeNull();
  expect(jpegSize(new Uint8Array())).toBeNull();
  expect(jpegSize(new Uint8Array([0x89, 0x50, 0x4e, 0x47, 1, 2, 3, 4, 5, 6, 7, 8]))).toBeNull();
});
