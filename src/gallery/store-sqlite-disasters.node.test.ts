import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { afterAll, expect, test } from "vitest";
import { openSqliteStore } from "./store-sqlite.node.ts";
import { randomEmbedding, seeded } from "./testing/embeddings.ts";

const MODEL = "team/model@0123456789abcdef";
const LOOP = fileURLToPath(new URL("./testing/enrol-loop.node.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "arcface-disasters-"));
const mounts: string[] = [];
afterAll(() => {
  for (const point of mounts) spawnSync("umount", [point]);
  rmSync(folder, { recursive: true, force: true });
});

type Loop = {
  readonly child: ChildProcess;
  readonly ended: Promise<{ lines: string[]; errors: string; code: number | null }>;
};

function startLoop(path: string, prefix: string, count: number): Loop {
  const child = spawn(process.execPath, ["--import", "tsx", LOOP, path, prefix, `${count}`]);
  let out = "";
  let errors = "";
  child.stdout.on("data", (chunk) => (out += chunk));
  child.stderr.on("data", (chunk) => (errors += chunk));
  const ended = new Promise<Awaited<Loop["ended"]>>((resolve) =>
    child.on("close", (code) => resolve({ lines: out.split("\n").slice(0, -1), errors, code })),
  );
  return { child, ended };
}

function checkFile(path: string): void {
  const db = new Database(path);
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  expect(db.pragma("foreign_key_check")).toEqual([]);
  db.close();
}

test("a process killed in the middle of enrolling and removing loses nothing it reported, and leaves no half", async () => {
  const path = join(folder, "killed.gallery");
  const random = seeded(11);
  const enrolled = new Set<string>();
  const removed = new Set<string>();
  for (let round = 0; round < 5; round++) {
    const { child, ended } = startLoop(path, `round${round}`, 100_000);
    await new Promise((resolve) => child.stdout!.once("data", resolve));
    await new Promise((resolve) => setTimeout(resolve, random() * 250));
    child.kill("SIGKILL");
    for (const line of (await ended).lines) (line[0] === "+" ? enrolled : removed).add(line.slice(1));

    {
      await using store = await openSqliteStore(path);
      const people = await store.people();
      const names = new Set(people.map((p) => p.name));
      // One may be enrolled or removed that was killed before it could be said: per round at most one.
      const lost = [...enrolled].filter((name) => !removed.has(name) && !names.has(name));
      expect(lost.length).toBeLessThanOrEqual(round + 1);
      for (const name of lost) expect(Number(name.split("-")[1]) % 7).toBe(3);
      expect([...removed].filter((name) => names.has(name))).toEqual([]);
      expect(people.filter((p) => p.templates !== 2)).toEqual([]);
      for (const { personId, embedding, source } of await store.templates()) {
        expect(source).toBe(people.find((p) => p.id === personId)!.name);
        const seed = Number(source!.split("-")[1]);
        expect([seed, 10_000 + seed].some((s) => embedding[0] === randomEmbedding(s)[0])).toBe(true);
      }
    }
    checkFile(path);
  }
  expect(enrolled.size).toBeGreaterThan(20);
});

test("a process killed while it makes a gallery leaves one that opens", async () => {
  const random = seeded(12);
  for (let round = 0; round < 3; round++) {
    const path = join(folder, `young-${round}.gallery`);
    const { child, ended } = startLoop(path, "x", 100_000);
    while (statSync(path, { throwIfNoEntry: false }) === undefined)
      await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setTimeout(resolve, random() * 10));
    child.kill("SIGKILL");
    const { lines } = await ended;
    await using store = await openSqliteStore(path);
    expect((await store.people()).length).toBeGreaterThanOrEqual(lines.filter((line) => line[0] === "+").length);
  }
});

test("processes that make and fill one gallery at once lose nobody", async () => {
  const path = join(folder, "shared.gallery");
  const count = 40;
  const loops = ["a", "b", "c"].map((prefix) => startLoop(path, prefix, count));
  for (const { ended } of loops) expect(await ended).toMatchObject({ code: 0, errors: "" });
  await using store = await openSqliteStore(path);
  const names = ["a", "b", "c"].flatMap((prefix) =>
    Array.from({ length: count }, (_, i) => i)
      .filter((i) => !(i % 7 === 3 && i + 3 < count))
      .map((i) => `${prefix}-${i}`),
  );
  expect((await store.people()).map((p) => p.name)).toEqual(names.sort());
  checkFile(path);
});

/** A small file system of its own, where this user may mount one. */
function mountSmall(size: string): string | null {
  const point = join(folder, `disk-${size}`);
  mkdirSync(point, { recursive: true });
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "none", point]);
  if (status !== 0) return null;
  mounts.push(point);
  return point;
}

const face = (seed: number) => ({ embedding: randomEmbedding(seed), imageSha256: null, source: null });

test("a full disk is NO_SPACE, what was enrolled before stays, and enrolling goes on when there is space", async (context) => {
  const disk = mountSmall("1m");
  if (!disk) return context.skip("mounting a small file system is not permitted");
  const path = join(disk, "people.gallery");
  const enrolled: string[] = [];
  writeFileSync(join(disk, "ballast"), Buffer.alloc(300_000));
  {
    await using store = await openSqliteStore(path);
    const fill = async (): Promise<void> => {
      for (let i = 0; i < 1000; i++) {
        await store.enrol(`person ${i}`, MODEL, [face(i), face(1000 + i)]);
        enrolled.push(`person ${i}`);
      }
    };
    await expect(fill()).rejects.toMatchObject({ code: "NO_SPACE", hint: expect.stringContaining("free some space") });
    expect(enrolled.length).toBeGreaterThan(5);
    expect((await store.people()).map((p) => p.name)).toEqual([...enrolled].sort());
    rmSync(join(disk, "ballast"));
    await store.enrol("Zoe", MODEL, [face(1)]);
  }
  await using again = await openSqliteStore(path);
  expect((await again.people()).map((p) => p.name)).toEqual([...enrolled, "Zoe"].sort());
  expect((await again.people()).filter((p) => p.name !== "Zoe").every((p) => p.templates === 2)).toBe(true);
  await again[Symbol.asyncDispose]();
  checkFile(path);
});

test("a new gallery on a full disk is NO_SPACE, and nothing half stays", async (context) => {
  const disk = mountSmall("256k");
  if (!disk) return context.skip("mounting a small file system is not permitted");
  spawnSync("sh", ["-c", `cat /dev/zero > ${disk}/ballast`]);
  const path = join(disk, "people.gallery");
  await expect(openSqliteStore(path)).rejects.toMatchObject({ code: "NO_SPACE" });
  for (const file of readdirSync(disk)) if (file !== "ballast") expect(statSync(join(disk, file)).size).toBe(0);
  rmSync(join(disk, "ballast"));
  await using store = await openSqliteStore(path);
  expect(await store.people()).toEqual([]);
});

test("a gallery on a read-only file system is IO", async (context) => {
  const disk = mountSmall("2m");
  if (!disk) return context.skip("mounting a small file system is not permitted");
  const path = join(disk, "people.gallery");
  await (await openSqliteStore(path))[Symbol.asyncDispose]();
  execFileSync("mount", ["-o", "remount,ro", disk]);
  await expect(openSqliteStore(path)).rejects.toMatchObject({ code: "IO" });
  await expect(openSqliteStore(join(disk, "new.gallery"))).rejects.toMatchObject({ code: "IO" });
});
