import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openLabelledImages } from "./open-labelled-images.node.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "images-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A folder of files that each hold their own path. */
async function folderOf(name: string, paths: readonly string[]): Promise<string> {
  for (const path of paths) {
    await mkdir(dirname(join(folder, name, path)), { recursive: true });
    await writeFile(join(folder, name, path), path);
  }
  return join(folder, name);
}

async function listed(
  path: string,
): Promise<{ names: string[]; labels: number[]; classNames: readonly string[] | null }> {
  await using images = await openLabelledImages(path);
  const all = await Promise.all(Array.from({ length: images.count }, (_, i) => images.read(i)));
  return { names: all.map(({ name }) => name), labels: all.map(({ label }) => label), classNames: images.classNames };
}

test("classes are folders, sorted by code units; pictures lie at any depth; what is hidden or no picture is passed over", async () => {
  const root = await folderOf("faces", [
    "b/2.jpg",
    "b/10.JPEG",
    "b/older/1.png",
    "Z/1.webp",
    "a b/1.jpg",
    "a b/.hidden.jpg",
    "a b/Thumbs.db",
    ".git/1.jpg",
    "empty/notes.txt",
    "stray.jpg",
  ]);
  expect(await listed(root)).toEqual({
    names: ["Z/1.webp", "a b/1.jpg", "b/10.JPEG", "b/2.jpg", "b/older/1.png"],
    labels: [0, 1, 2, 2, 2],
    classNames: ["Z", "a b", "b"],
  });
  await using images = await openLabelledImages(root);
  expect(new TextDecoder().decode((await images.read(4)).bytes)).toBe("b/older/1.png");
  expect(() => images.label(5)).toThrow("expected a picture's number below 5, got 5");
});

test("links are followed, but not in a circle; one that leads nowhere is an error, or counted", async () => {
  const root = await folderOf("links", ["a/1.jpg"]);
  await symlink(join(root, "a"), join(root, "b"));
  await symlink(root, join(root, "a", "up"));
  await symlink("..", join(root, "a", "above"));
  expect((await listed(root)).names).toEqual(["a/1.jpg", "b/1.jpg"]);
  await symlink("nothing", join(root, "a", "2.jpg"));
  await expect(openLabelledImages(root)).rejects.toThrow("a/2.jpg: following a link: there is no such file");
  const bad: string[] = [];
  await using images = await openLabelledImages(root, { onBad: ({ message }) => bad.push(message) });
  expect([images.count, bad.length]).toEqual([2, 2]);
});

test("an .lst names pictures in its folder; the first of several labels counts", async () => {
  const root = await folderOf("list", ["x/1.jpg", "2.jpg"]);
  await writeFile(join(root, "train.lst"), "0\t1\tx/1.jpg\r\n\r\n1\t0.0\t3.5\t2.jpg\n");
  expect(await listed(join(root, "train.lst"))).toEqual({
    names: ["x/1.jpg", "2.jpg"],
    labels: [1, 0],
    classNames: null,
  });
});

test("LFW's list of people stands for their numbered pictures", async () => {
  const root = await folderOf("people", ["Ann_B/Ann_B_0001.jpg", "Ann_B/Ann_B_0002.jpg", "Cy/Cy_0001.jpg"]);
  await writeFile(join(root, "people.txt"), "2\nAnn_B\t2\nCy\t1\n");
  expect(await listed(join(root, "people.txt"))).toEqual({
    names: ["Ann_B/Ann_B_0001.jpg", "Ann_B/Ann_B_0002.jpg", "Cy/Cy_0001.jpg"],
    labels: [0, 0, 1],
    classNames: ["Ann_B", "Cy"],
  });
});

test.each([
  ["0\t0\ta.jpg\n1\tNaN\tb.jpg\n", "bad.lst:2: expected a label that is a whole number from 0 to 16777215"],
  ["0\t0\ta.jpg\n1\t-1\tb.jpg\n", "bad.lst:2: expected a label"],
  ["0\t0\ta.jpg\n1\t16777216\tb.jpg\n", "bad.lst:2: expected a label"],
  ["0\t0\ta.jpg\n1\tb.jpg\n", "bad.lst:2: expected index, label and path"],
  ["1\na\t1\n../b\t1\n", "bad.lst:1: expected 1 people, as it says, got 2"],
  ["2\na\t1\n../b\t1\n", 'bad.lst:3: expected a name and a number of pictures, got "../b'],
])("%j is refused with its line, which may be left out", async (text, sentence) => {
  const root = await folderOf("bad", ["a.jpg"]);
  await writeFile(join(root, "bad.lst"), text);
  await expect(openLabelledImages(join(root, "bad.lst"))).rejects.toThrow(sentence);
  const bad: string[] = [];
  await using images = await openLabelledImages(join(root, "bad.lst"), { onBad: ({ message }) => bad.push(message) });
  expect(images.count).toBe(1);
  expect(bad[0]).toContain(sentence);
});

test("what holds no pictures says what was expected", async () => {
  const root = await folderOf("flat", ["1.jpg", "list.csv", "empty.lst"]);
  await writeFile(join(root, "empty.lst"), "\n");
  await expect(openLabelledImages(root)).rejects.toThrow("expected a folder of pictures for every person, got none");
  await expect(openLabelledImages(join(root, "list.csv"))).rejects.toThrow(
    "expected a folder of folders, a .rec or a .lst",
  );
  await expect(openLabelledImages(join(root, "empty.lst"))).rejects.toThrow(
    "expected a list of pictures, got an empty file",
  );
  await expect(openLabelledImages(join(root, "none"))).rejects.toThrow("there is no such file or folder");
});
