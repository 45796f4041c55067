import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { npyHeader } from "../tensor/npy.ts";
import { embedFolder } from "./embed-folder.node.ts";
import { fakePool } from "./testing/fake-pool.node.ts";

let root: string;
let [source, out] = ["", ""];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "arcface-bulk-"));
  [source, out] = [join(root, "photos"), join(root, "out")];
  mkdirSync(source);
});
afterEach(() => rmSync(root, { recursive: true }));

/** See fakePool. */
function photo(path: string, text: string): void {
  mkdirSync(join(source, path, ".."), { recursive: true });
  writeFileSync(join(source, path), text);
}

function photos(count: number): void {
  for (let i = 0; i < count; i++)
    photo(`${`${i}`.padStart(3, "0")}.jpg`, i % 10 === 9 ? "no picture" : `${i % 4} ${i}`);
}

const linesOf = (path: string): Record<string, unknown>[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));

/** The rows of a file, after its header has been checked. */
function rowsOf(path: string): number[][] {
  const bytes = readFileSync(path);
  const count = (bytes.length - 128) / 16;
  expect(bytes.subarray(0, 128)).toEqual(Buffer.from(npyHeader([count, 4])));
  const numbers = new Float32Array(bytes.buffer.slice(bytes.byteOffset + 128, bytes.byteOffset + bytes.length));
  return Array.from({ length: count }, (_, i) => [...numbers.subarray(4 * i, 4 * i + 4)]);
}

const results = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((name) => name.startsWith("embeddings-") || name === "missed.jsonl")
      .map((name) => [name, readFileSync(join(folder, name)).toString("hex")]),
  );

test("a row and a line for every face, in the photographs' order; what gave none is told with its reason", async () => {
  photo("b/2.jpg", "2 7");
  photo("a.png", "1 5");
  photo("b/none.jpg", "0 0");
  photo("c.webp", "not a picture");
  photo("notes.txt", "not looked at");
  photo(".hidden/x.jpg", "1 1");
  symlinkSync("nowhere", join(source, "gone.jpg"));
  const result = await embedFolder(fakePool(), source, out);
  expect(result).toMatchObject({ photographs: 5, faces: 3, before: 0, out });
  expect(rowsOf(join(out, "embeddings-00000.npy"))).toEqual([
    [5, 6, 7, 8],
    [7, 8, 9, 10],
    [7.1, 8.1, 9.1, 10.1].map(Math.fround),
  ]);
  expect(linesOf(join(out, "embeddings-00000.jsonl")).map(({ photograph }) => photograph)).toEqual([
    "a.png",
    "b/2.jpg",
    "b/2.jpg",
  ]);
  expect(linesOf(result.missedFile).map(({ photograph, code }) => [photograph, code])).toEqual([
    ["b/none.jpg", "NO_FACE"],
    ["c.webp", "UNSUPPORTED_FORMAT"],
    ["gone.jpg", "NOT_FOUND"],
  ]);
});

test("the same again does nothing but what is new, and what could not be read", async () => {
  photos(20);
  symlinkSync("missing.txt", join(source, "050.jpg"));
  await embedFolder(fakePool(), source, out, { perShard: 8 });
  photo("missing.txt", "1 50");
  photo("001b.jpg", "1 99");
  const pool = fakePool();
  const result = await embedFolder(pool, source, out, { perShard: 8 });
  expect(pool.embedded.map((path) => path.slice(source.length + 1))).toEqual(["001b.jpg", "050.jpg"]);
  expect(result).toMatchObject({ photographs: 22, before: 20 });
  expect(linesOf(result.missedFile).some(({ photograph }) => photograph === "050.jpg")).toBe(false);
});

test("a file holds all rows, a file beside it all lines; it is not written over", async () => {
  photos(30);
  const folder = await embedFolder(fakePool(), source, out, { perShard: 8 });
  const file = join(root, "faces.npy");
  const result = await embedFolder(fakePool(), source, file, { perShard: 8 });
  expect(result.faces).toBe(folder.faces);
  const shards = readdirSync(out).filter((name) => name.endsWith(".npy"));
  expect(rowsOf(file)).toEqual(shards.flatMap((name) => rowsOf(join(out, name))));
  expect(linesOf(join(root, "faces.jsonl"))).toHaveLength(result.faces);
  expect(readdirSync(root).sort()).toEqual(["faces.jsonl", "faces.missed.jsonl", "faces.npy", "out", "photos"]);
  await expect(embedFolder(fakePool(), source, file)).rejects.toMatchObject({ code: "CONFLICT" });
  mkdirSync(`${file}.shards`); // as a process leaves it that is killed at the very end
  await expect(embedFolder(fakePool(), source, file)).rejects.toMatchObject({ code: "CONFLICT" });
  expect(readdirSync(root)).not.toContain("faces.npy.shards");
});

test.each([
  ["another network", { recognizer: "fake@2" }, {}],
  ["other faces", {}, { faces: "all" as const }],
  ["mirror images", {}, { flip: true }],
])("embeddings of %s do not mix", async (_, pool, options) => {
  photos(3);
  await embedFolder(fakePool(), source, out);
  await expect(embedFolder(fakePool(pool), source, out, options)).rejects.toMatchObject({ code: "CONFLICT" });
});

test("a folder without photographs, and files of something else, are said", async () => {
  await expect(embedFolder(fakePool(), source, out)).rejects.toMatchObject({ code: "NOT_FOUND" });
  photos(1);
  mkdirSync(out);
  writeFileSync(join(out, "photographs.jsonl"), "{}\n");
  await expect(embedFolder(fakePool(), source, out)).rejects.toMatchObject({ code: "UNSUPPORTED_FORMAT" });
  writeFileSync(join(out, "photographs.jsonl"), "text\n");
  await expect(embedFolder(fakePool(), source, out)).rejects.toMatchObject({ code: "UNSUPPORTED_FORMAT" });
});

test("what is wrong with the networks ends the run; what was finished stays", async () => {
  photos(40);
  const pool = fakePool();
  const failing = {
    ...pool,
    concurrency: 1,
    async embed(...args: Parameters<typeof pool.embed>) {
      if (pool.embedded.length >= 24) throw new Error("broken");
      return pool.embed(...args);
    },
  };
  await expect(embedFolder(failing, source, out, { perShard: 8 })).rejects.toThrow("broken");
  const again = fakePool();
  expect((await embedFolder(again, source, out, { perShard: 8 })).before).toBe(24);
  expect(again.embedded).toHaveLength(16);
});

test("cancelled, it ends, and goes on later", async () => {
  photos(60);
  const controller = new AbortController();
  const onProgress = ({ done }: { done: number }): void => {
    if (done >= 16) controller.abort();
  };
  const cancelled = embedFolder(fakePool({ ms: 5 }), source, out, {
    perShard: 8,
    onProgress,
    signal: controller.signal,
  });
  await expect(cancelled).rejects.toMatchObject({ code: "CANCELLED" });
  const { before, photographs } = await embedFolder(fakePool(), source, out, { perShard: 8 });
  expect(before).toBeGreaterThan(0);
  expect(photographs).toBe(60);
});

test("a line that was not written whole counts for nothing", async () => {
  photos(20);
  await embedFolder(fakePool(), source, out, { perShard: 8 });
  const straight = results(out);
  const finished = join(out, "finished.jsonl");
  const first = readFileSync(finished, "utf8")
    .split("\n")
    .find((line) => line.includes('"shard":0,'));
  writeFileSync(finished, `${first}\n`);
  appendFileSync(finished, '{"shard":1,"fa');
  rmSync(join(out, "embeddings-00001.npy"));
  expect((await embedFolder(fakePool(), source, out, { perShard: 8 })).before).toBe(8);
  expect(results(out)).toEqual(straight);
});

test("killed again and again, nothing is lost or twice", async () => {
  photos(150);
  const straight = join(root, "straight");
  await embedFolder(fakePool(), source, straight, { perShard: 7 });
  const tsx = createRequire(import.meta.url).resolve("tsx/cli");
  const program = fileURLToPath(new URL("./testing/embed-slowly.node.ts", import.meta.url));
  let kills = 0;
  for (let done = 0; done < 20 && kills < 12; ) {
    const child = spawn(process.execPath, [tsx, program, source, out], { detached: true });
    const wanted = Math.min(20, done + 5);
    const timer = setInterval(() => {
      done = lineCount(join(out, "finished.jsonl"));
      if (done >= wanted && done < 20) process.kill(-child.pid!, "SIGKILL");
    }, 2);
    const [, signal] = await once(child, "exit");
    clearInterval(timer);
    if (signal !== "SIGKILL") break;
    kills++;
  }
  expect(kills).toBeGreaterThan(1);
  await embedFolder(fakePool(), source, out, { perShard: 7 });
  expect(results(out)).toEqual(results(straight));
  expect(readdirSync(out).sort()).toEqual(readdirSync(straight).sort());
});

function lineCount(path: string): number {
  try {
    return readFileSync(path, "utf8").split("\n").length - 1;
  } catch {
    return 0;
  }
}
