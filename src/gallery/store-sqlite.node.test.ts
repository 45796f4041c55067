import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import Database from "better-sqlite3";
import { afterAll, expect, test } from "vitest";
import type { ErrorCode } from "../errors.ts";
import { embeddingToBytes } from "./embedding-bytes.ts";
import { loadDriver } from "./sqlite-open.node.ts";
import { openSqliteStore } from "./store-sqlite.node.ts";
import { randomEmbedding, seeded } from "./testing/embeddings.ts";
import { testGalleryStore } from "./testing/store-conformance.ts";

const MODEL = "team/model@0123456789abcdef";
const folder = mkdtempSync(join(tmpdir(), "arcface-gallery-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
const newPath = (): string => join(folder, `${++count}.gallery`);
const face = (seed: number) => ({ embedding: randomEmbedding(seed), imageSha256: null, source: `photo-${seed}.jpg` });

testGalleryStore("SQLite", () => openSqliteStore(newPath()));

async function galleryOf(...names: string[]): Promise<string> {
  const path = newPath();
  await using store = await openSqliteStore(path);
  for (const [i, name] of names.entries()) await store.enrol(name, MODEL, [face(i)]);
  return path;
}

test("a gallery is one file that its owner alone may read", async () => {
  const path = await galleryOf("Ada");
  expect(readdirSync(folder).filter((file) => join(folder, file).startsWith(path))).toHaveLength(1);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("the log beside an open gallery is its owner's alone, too", async () => {
  const path = await galleryOf("Ada");
  await using store = await openSqliteStore(path);
  await store.enrol("Bob", MODEL, [face(9)]);
  for (const file of [`${path}-wal`, `${path}-shm`]) expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("what was enrolled is there when the gallery is opened again", async () => {
  const path = await galleryOf("Ada", "Bob");
  await using store = await openSqliteStore(path, { create: false });
  expect((await store.people()).map((p) => p.name)).toEqual(["Ada", "Bob"]);
  expect((await store.templates())[1]!.embedding).toEqual(randomEmbedding(1));
});

test("folders above a new gallery are made", async () => {
  const path = join(folder, "a", "b", "people.gallery");
  await using store = await openSqliteStore(path);
  expect(await store.people()).toEqual([]);
});

test("an empty file becomes a gallery", async () => {
  const path = newPath();
  writeFileSync(path, "");
  await using store = await openSqliteStore(path);
  await store.enrol("Ada", MODEL, [face(1)]);
  expect(await store.people()).toHaveLength(1);
});

test("names that mean something to SQLite are only names", async () => {
  for (const name of [":memory:", "file:x.gallery?mode=memory"]) {
    const path = join(folder, name);
    await using store = await openSqliteStore(path);
    await store.enrol("Robert'); DROP TABLE people;--", MODEL, [face(1)]);
    expect(statSync(path).size).toBeGreaterThan(0);
  }
});

test("one connection sees what another enrols, renames and removes, and the version says so", async () => {
  const path = newPath();
  await using one = await openSqliteStore(path);
  await using two = await openSqliteStore(path);
  const versions = [await two.version()];
  await one.enrol("Ada", MODEL, [face(1)]);
  versions.push(await two.version());
  await one.rename("Ada", "Eve");
  versions.push(await two.version());
  expect((await two.people())[0]!.name).toBe("Eve");
  await one.remove("Eve");
  versions.push(await two.version());
  expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  expect(await two.people()).toEqual([]);
});

/** Every file of the gallery, as bytes; read by another process, for closing a file here would drop SQLite's locks. */
function bytesOf(path: string): Buffer {
  const files = readdirSync(dirname(path)).map((file) => join(dirname(path), file));
  return execFileSync(
    "cat",
    files.filter((file) => file.startsWith(path)),
    { maxBuffer: 2 ** 28 },
  );
}

/** True where any 32 bytes of the embedding, cut at multiples of 32, are in there. */
function traceOf(embedding: Float32Array, bytes: Buffer): boolean {
  const own = Buffer.from(embeddingToBytes(embedding));
  return Array.from({ length: own.length / 32 }, (_, i) => own.subarray(32 * i, 32 * i + 32)).some((part) =>
    bytes.includes(part),
  );
}

test("after removal no trace of the templates or the name is in the file or its log", async () => {
  const path = newPath();
  await using store = await openSqliteStore(path);
  const random = seeded(24); // without VACUUM this one leaves a name behind
  const [here, gone] = [new Map<string, number>(), new Map<string, number>()];
  for (let i = 0; i < 150; i++) {
    // Long names in a random order: rows of the names' index move between pages, which secure_delete cannot follow.
    const name = `${Math.floor(random() * 1e12)}${"-person-".repeat(23)}${i}`;
    await store.enrol(name, MODEL, [face(i)]);
    here.set(name, i);
    if (random() < 0.5) continue;
    const other = [...here.keys()][Math.floor(random() * here.size)]!;
    await store.remove(other);
    gone.set(other, here.get(other)!);
    here.delete(other);
  }
  const bytes = bytesOf(path);
  expect([...here].filter(([name, i]) => !bytes.includes(name) || !traceOf(randomEmbedding(i), bytes))).toEqual([]);
  expect([...gone].filter(([name, i]) => bytes.includes(name) || traceOf(randomEmbedding(i), bytes))).toEqual([]);
  expect(gone.size).toBeGreaterThan(50);
});

test("a removal that meets a reader says that traces may remain, and the next opening wipes them", async () => {
  const path = await galleryOf("Ada", "Bob");
  {
    await using store = await openSqliteStore(path, { busyTimeoutMs: 50 });
    const reader = new Database(path);
    reader.exec("BEGIN");
    reader.prepare("SELECT count(*) FROM people").get();
    const message = expect.stringMatching(/"Ada" is removed, but traces may remain/);
    await expect(store.remove("Ada")).rejects.toMatchObject({ code: "CONFLICT", message });
    expect((await store.people()).map((p) => p.name)).toEqual(["Bob"]);
    expect(traceOf(randomEmbedding(0), bytesOf(path))).toBe(true);
    reader.close();
    await using again = await openSqliteStore(path);
    expect(await again.people()).toHaveLength(1);
    expect(traceOf(randomEmbedding(0), bytesOf(path))).toBe(false);
    expect(traceOf(randomEmbedding(1), bytesOf(path))).toBe(true);
  }
});

test("a gallery that another process keeps writing to gives CONFLICT after the time given", async () => {
  const path = await galleryOf("Ada");
  await using store = await openSqliteStore(path, { busyTimeoutMs: 50 });
  const writer = new Database(path);
  writer.exec("BEGIN IMMEDIATE");
  await expect(store.enrol("Bob", MODEL, [face(2)])).rejects.toMatchObject({ code: "CONFLICT" });
  writer.exec("ROLLBACK");
  writer.close();
  await store.enrol("Bob", MODEL, [face(2)]);
});

const bad: [string, ErrorCode, RegExp, (path: string) => void | Promise<void>][] = [
  ["a text file", "UNSUPPORTED_FORMAT", /not an SQLite database/, (path) => writeFileSync(path, "hello ".repeat(999))],
  ["a file of 5 bytes", "UNSUPPORTED_FORMAT", /not an SQLite database/, (path) => writeFileSync(path, "hello")],
  [
    "another program's database",
    "UNSUPPORTED_FORMAT",
    /another program's/,
    (path) => void new Database(path).exec("CREATE TABLE people (id)").close(),
  ],
  [
    "a newer gallery",
    "UNSUPPORTED_FORMAT",
    /version 1, got version 2/,
    (path) => edit(path, "PRAGMA user_version = 2"),
  ],
  ["a gallery without its tables", "UNSUPPORTED_FORMAT", /lacks tables/, (path) => edit(path, "DROP TABLE state")],
  ["a gallery without its state", "UNSUPPORTED_FORMAT", /lacks its state/, (path) => edit(path, "DELETE FROM state")],
  [
    "a gallery cut in half",
    "UNSUPPORTED_FORMAT",
    /damaged/,
    (path) => edit(path, "").then(() => writeFileSync(path, readFileSync(path).subarray(0, statSync(path).size / 2))),
  ],
  [
    "a gallery overwritten from its second page on",
    "UNSUPPORTED_FORMAT",
    /damaged/,
    (path) => edit(path, "").then(() => writeFileSync(path, readFileSync(path).fill(0xa5, 8192))),
  ],
  ["a folder", "IO", /is a folder/, (path) => void mkdirSync(path)],
  ["a pipe", "IO", /not a file/, (path) => void execFileSync("mkfifo", [path])],
  ["a link to nowhere", "IO", /EEXIST/, (path) => symlinkSync(`${path}-nowhere`, path)],
];

async function edit(path: string, sql: string): Promise<void> {
  await using store = await openSqliteStore(path);
  await store.enrol("Ada", MODEL, [face(1), face(2), face(3)]);
  await store[Symbol.asyncDispose]();
  new Database(path).exec(sql).close();
}

test.each(bad)("%s is refused with %s and left as it is", async (_, code, message, make) => {
  const path = newPath();
  await make(path);
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile();
  const before = isFile ? readFileSync(path) : null;
  const error = { code, message: expect.stringMatching(message) };
  await expect(openSqliteStore(path)).rejects.toMatchObject(error);
  if (before) expect(readFileSync(path).equals(before)).toBe(true);
});

test("an absent gallery is NOT_FOUND where it shall not be made, and is not made", async () => {
  const path = join(folder, "absent", "people.gallery");
  await expect(openSqliteStore(path, { create: false })).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: expect.stringContaining(path),
    hint: expect.stringContaining("--gallery"),
  });
  expect(statSync(dirname(path), { throwIfNoEntry: false })).toBeUndefined();
});

test("a file where a folder is meant is IO", async () => {
  const file = newPath();
  writeFileSync(file, "x");
  await expect(openSqliteStore(join(file, "people.gallery"))).rejects.toMatchObject({ code: "IO" });
});

test.each(["", "a\0b", " people.gallery", undefined as unknown as string])("the path %j is refused", async (path) => {
  await expect(openSqliteStore(path)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
});

test.each([-1, 0.5, NaN, 2 ** 31])("waiting for %d ms is refused, and no file is made", async (busyTimeoutMs) => {
  const path = newPath();
  await expect(openSqliteStore(path, { busyTimeoutMs })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  expect(existsSync(path)).toBe(false);
});

test("a driver without its native part is MISSING_TOOL, with the way to build it", async () => {
  const modules = resolve("node_modules");
  const copy = join(folder, "node_modules");
  cpSync(join(modules, "better-sqlite3", "lib"), join(copy, "better-sqlite3", "lib"), { recursive: true });
  cpSync(join(modules, "better-sqlite3", "package.json"), join(copy, "better-sqlite3", "package.json"));
  for (const name of ["bindings", "file-uri-to-path"]) symlinkSync(join(modules, name), join(copy, name));
  const entry = pathToFileURL(join(copy, "better-sqlite3", "lib", "index.js")).href;
  await expect(loadDriver(() => import(entry))).rejects.toMatchObject({
    code: "MISSING_TOOL",
    hint: expect.stringContaining("npm rebuild better-sqlite3"),
  });
});
