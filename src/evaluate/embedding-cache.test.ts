import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openEmbeddingCache } from "./embedding-cache.node.ts";

const IDENTITY = { recognizer: "9f", detector: "3a", flip: true };
const key = (i: number): string => createHash("sha256").update(`image ${i}`).digest("hex");
const image = (i: number) => ({ embedding: Float32Array.of(i, -i / 3, 1e-30), missed: false });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "arcface-cache-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function fill(count: number): Promise<string> {
  await using cache = await openEmbeddingCache(folder, IDENTITY);
  await Promise.all(Array.from({ length: count }, (_, i) => cache.put(key(i), image(i))));
  return cache.path;
}

test("what is put is there after reopening, bit for bit, missed faces too", async () => {
  await fill(3);
  {
    await using cache = await openEmbeddingCache(folder, IDENTITY);
    await cache.put(key(3), { embedding: new Float32Array(), missed: true });
  }
  await using cache = await openEmbeddingCache(folder, IDENTITY);
  expect(await cache.get(key(1))).toEqual(image(1));
  expect(await cache.get(key(3))).toEqual({ embedding: new Float32Array(), missed: true });
  expect(await cache.get(key(4))).toBeNull();
  expect(cache.size).toBe(4);
});

test("its owner alone may read it", async () => {
  const inner = join(folder, "embeddings");
  await using cache = await openEmbeddingCache(inner, IDENTITY);
  expect([inner, cache.path].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o600]);
});

test("another model or option has a cache of its own, the order of keys does not matter", async () => {
  await fill(1);
  await using other = await openEmbeddingCache(folder, { ...IDENTITY, flip: false });
  await using same = await openEmbeddingCache(folder, { flip: true, detector: "3a", recognizer: "9f" });
  expect([other.size, same.size]).toEqual([0, 1]);
  expect(readdirSync(folder)).toHaveLength(2);
});

test("a record cut at any byte is dropped, and the file goes on behind the whole ones", async () => {
  const path = await fill(2);
  const whole = readFileSync(path);
  const recordLength = (whole.length - 48) / 2;
  for (let cut = 1; cut < recordLength; cut++) {
    writeFileSync(path, whole);
    truncateSync(path, whole.length - cut);
    await using cache = await openEmbeddingCache(folder, IDENTITY);
    expect(cache.size).toBe(1);
    await cache.put(key(1), image(1));
    expect(readFileSync(path)).toEqual(whole);
  }
});

test("a header cut short is written anew", async () => {
  const path = await fill(1);
  truncateSync(path, 20);
  expect(await fill(2)).toBe(path);
  await using cache = await openEmbeddingCache(folder, IDENTITY);
  expect(cache.size).toBe(2);
});

test.each([
  ["rubbish at the end", (path: string) => appendFileSync(path, Buffer.alloc(300, 0xa5)), 3],
  ["zeros at the end", (path: string) => appendFileSync(path, Buffer.alloc(4096)), 3],
  [
    "a flipped bit in the second record",
    (path: string) => {
      const bytes = readFileSync(path);
      bytes[48 + 56 + 40]! ^= 1;
      writeFileSync(path, bytes);
    },
    1,
  ],
])("%s is found out and cut off", async (_, damage, left) => {
  const path = await fill(3);
  damage(path);
  await using cache = await openEmbeddingCache(folder, IDENTITY);
  expect(cache.size).toBe(left);
  expect(statSync(path).size).toBe(48 + 56 * left);
});

test("a file that is something else is left alone", async () => {
  const path = await fill(0);
  writeFileSync(path, "my diary, and nothing that anybody should cut off or write behind");
  await expect(openEmbeddingCache(folder, IDENTITY)).rejects.toThrow(
    expect.objectContaining({ code: "UNSUPPORTED_FORMAT" }),
  );
  expect(readFileSync(path, "utf8")).toContain("my diary");
});

test("a cache folder that is a file is an IO error, a key that is a path an argument's", async () => {
  writeFileSync(join(folder, "file"), "");
  await expect(openEmbeddingCache(join(folder, "file"), IDENTITY)).rejects.toThrow(
    expect.objectContaining({ code: "IO" }),
  );
  await using cache = await openEmbeddingCache(folder, IDENTITY);
  await expect(cache.put("a.jpg", image(1))).rejects.toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  await expect(cache.put(key(1), { embedding: new Float32Array(), missed: false })).rejects.toThrow(
    "1 to 65536 numbers, got 0",
  );
});

test("two at once lose nothing of one another's", async () => {
  {
    await using a = await openEmbeddingCache(folder, IDENTITY);
    await using b = await openEmbeddingCache(folder, IDENTITY);
    await Promise.all(Array.from({ length: 100 }, (_, i) => (i % 2 ? a : b).put(key(i), image(i))));
  }
  await using cache = await openEmbeddingCache(folder, IDENTITY);
  expect(cache.size).toBe(100);
});

test("a full disk is NO_SPACE, and what was put before is kept", async () => {
  // A limit of 1,024 bytes on the file stands in for a disk: room for 17 records and a part of one.
  const limited = spawn(
    "bash",
    ["-c", `ulimit -f 1; trap '' XFSZ; exec node --import tsx --conditions=arcface-source -e '${WRITER}'`],
    { env: { ...process.env, FOLDER: folder } },
  );
  let said = "";
  limited.stdout.on("data", (text) => {
    said += text;
  });
  await new Promise((resolve) => limited.once("close", resolve));
  expect(said).toMatch(/^16\nNO_SPACE$/m);
  await using cache = await openEmbeddingCache(folder, IDENTITY);
  expect(cache.size).toBe(17);
});

const WRITER = `
import("./src/evaluate/embedding-cache.node.ts").then(async ({ openEmbeddingCache }) => {
  const { createHash } = await import("node:crypto");
  const cache = await openEmbeddingCache(process.env.FOLDER, ${JSON.stringify(IDENTITY)});
  for (let i = 0; ; i++) {
    const key = createHash("sha256").update("image " + i).digest("hex");
    await cache.put(key, { embedding: Float32Array.of(i, -i / 3, 1e-30), missed: false });
    console.log(i);
  }
}).catch((error) => console.log(error.code));
`;

test("after kill −9 all that was reported as put is there", async () => {
  const child = spawn("node", ["--import", "tsx", "--conditions=arcface-source", "-e", WRITER], {
    env: { ...process.env, FOLDER: folder },
  });
  let said = "";
  child.stdout.on("data", (text) => {
    said += text;
  });
  while (said.length < 500) await sleep(5);
  child.kill("SIGKILL");
  await new Promise((resolve) => child.once("close", resolve));
  const reported = said.trimEnd().split("\n").length - 1; // the last line may be cut
  await using cache = await openEmbeddingCache(folder, IDENTITY);
  for (let i = 0; i < reported; i++) expect(await cache.get(key(i))).toEqual(image(i));
});
