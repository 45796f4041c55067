import { copyFile, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Gallery } from "./gallery.ts";
import { createIndexFile, openIndex } from "./index-file.node.ts";
import type { GalleryStore } from "./store.ts";
import { openSqliteStore } from "./store-sqlite.node.ts";
import { nearby, randomEmbedding } from "./testing/embeddings.ts";

const MODEL = "team/model@0123456789abcdef";
const PEOPLE = 30;
const options = { threshold: 0.4, limit: 3 };

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "arcface-index-"));
  path = join(folder, "people.gallery");
});
afterEach(() => rm(folder, { recursive: true }));

const faces = (...seeds: number[]) =>
  seeds.map((seed) => ({ embedding: randomEmbedding(seed), imageSha256: null, source: null }));

/** A gallery that is large from ten templates on, and how many templates it read. */
async function openLarge(file = path): Promise<{ gallery: Gallery; store: GalleryStore; read: number[] }> {
  const store = await openSqliteStore(file);
  const read: number[] = [];
  const snapshot = store.snapshot.bind(store);
  store.snapshot = async (after) => {
    const taken = await snapshot(after);
    read.push(taken.templates.length);
    return taken;
  };
  return { gallery: new Gallery(store, MODEL, { largeFrom: 10, keeper: createIndexFile(file) }), store, read };
}

async function enrolEverybody(file = path): Promise<void> {
  await using store = await openSqliteStore(file);
  for (let i = 0; i < PEOPLE; i++) await store.enrol(`Person ${i}`, MODEL, faces(i, 1000 + i));
}

/** Everybody who is enrolled is named, and nobody else; also that the index's file was written. */
async function checkAnswers(file = path): Promise<number[]> {
  const { gallery, read } = await openLarge(file);
  const people = (await gallery.people()).map(({ name }) => name);
  for (let i = 0; i < PEOPLE; i++) {
    const name = `Person ${i}`;
    const answer = await gallery.identify(nearby(randomEmbedding(i), 0.5, -i), options);
    expect(answer.name).toBe(people.includes(name) ? name : null);
  }
  await gallery[Symbol.asyncDispose]();
  expect(await readdir(folder)).toContain(`${file.slice(folder.length + 1)}.index`);
  return read;
}

test("what a large gallery has read is kept, so that the next opening reads what is new only", async () => {
  await enrolEverybody();
  expect(await checkAnswers()).toEqual([2 * PEOPLE]);
  expect((await stat(`${path}.index`)).mode & 0o777).toBe(0o600);
  expect(await checkAnswers()).toEqual([0]);
  await using store = await openSqliteStore(path);
  await store.enrol("Newcomer", MODEL, faces(5000));
  expect(await checkAnswers()).toEqual([1]);
});

test("what a process left that was killed while it wrote goes with the next writing", async () => {
  await enrolEverybody();
  const [old, young] = [`${path}.index.part-old`, `${path}.index.part-young`];
  for (const part of [old, young]) await writeFile(part, "");
  await utimes(old, 0, 0);
  await checkAnswers();
  const left = await readdir(folder);
  expect(left).not.toContain("people.gallery.index.part-old");
  expect(left).toContain("people.gallery.index.part-young"); // another process may be at it
});

test("a small gallery keeps nothing", async () => {
  await using store = await openSqliteStore(path);
  await store.enrol("Ada", MODEL, faces(1, 2));
  const { gallery } = await openLarge();
  await gallery.identify(randomEmbedding(1), options);
  await gallery[Symbol.asyncDispose]();
  expect((await readdir(folder)).filter((name) => name.includes("index"))).toEqual([]);
});

test.each([
  ["cut off", (file: string) => truncate(file, 200_000)],
  ["empty", (file: string) => truncate(file, 0)],
  ["another file", (file: string) => writeFile(file, "a".repeat(5000))],
  ["damaged among the rows", (file: string) => flip(file, 5000)],
  ["damaged at its end", (file: string) => flip(file, -40)],
])("a file that is %s is made anew", async (_, spoil) => {
  await enrolEverybody();
  await checkAnswers();
  await spoil(`${path}.index`);
  expect(await checkAnswers()).toEqual([2 * PEOPLE]);
  expect(await checkAnswers()).toEqual([0]);
});

async function flip(file: string, at: number): Promise<void> {
  const bytes = await readFile(file);
  bytes[at < 0 ? bytes.length + at : at]! ^= 64;
  await writeFile(file, bytes);
}

test("what is wrong with a file is said", async () => {
  await enrolEverybody();
  await checkAnswers();
  const file = `${path}.index`;
  await expect(openIndex(file, "other/model@ff")).rejects.toMatchObject({
    code: "MODEL_MISMATCH",
    message: expect.stringContaining(`of other/model@ff, got ${MODEL}`),
  });
  await truncate(file, 200_000);
  await expect(openIndex(file, MODEL)).rejects.toMatchObject({
    code: "UNSUPPORTED_FORMAT",
    message: expect.stringMatching(/expected \d+ bytes, got 200000/),
  });
});

test("the file of another gallery, or of a backup's other future, is not believed", async () => {
  await enrolEverybody();
  const backup = join(folder, "backup.gallery");
  await copyFile(path, backup);
  for (const [file, seed] of [
    [path, 1],
    [backup, 100_000],
  ] as const) {
    await using store = await openSqliteStore(file);
    await store.enrol("Later", MODEL, faces(seed + 5000));
  }
  await checkAnswers();
  await copyFile(`${path}.index`, `${backup}.index`);
  // Read from the index, found wrong, read again.
  expect(await checkAnswers(backup)).toEqual([0, 2 * PEOPLE + 1]);
});

test("who is removed, here or by another process, is in no file any more, and the others are found", async () => {
  await enrolEverybody();
  await checkAnswers();
  await using other = await openSqliteStore(path);
  await writeFile(`${path}.index.part-abc`, "what a killed process left");
  await other.remove("Person 3");
  expect((await readdir(folder)).filter((name) => name.includes("index"))).toEqual([]);
  await checkAnswers();

  const { gallery } = await openLarge();
  await gallery.identify(randomEmbedding(1), options);
  await gallery.remove("Person 4");
  expect((await gallery.identify(randomEmbedding(4), options)).name).toBeNull();
  await gallery[Symbol.asyncDispose]();
  await checkAnswers();
});
