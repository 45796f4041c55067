import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readTar } from "../../bytes/read-tar.ts";
import { collect, streamOf } from "../../bytes/stream.ts";
import { writeTar } from "../../bytes/write-tar.ts";
import { sha256 } from "../cache/cache.node.ts";
import type { ZooOptions } from "../context.node.ts";
import { packArchive } from "../testing/sample-archive.ts";
import { bytesOf } from "../testing/sample-bytes.ts";
import { createSampleZoo, FILES, type SampleZoo } from "../testing/sample-zoo.node.ts";

const A = FILES["package/a.onnx"];

let sample: SampleZoo;
let out = "";
let otherCache = "";
beforeEach(async () => {
  sample = await createSampleZoo();
  out = join(sample.folder, "models.tar");
  otherCache = join(sample.folder, "other");
});
afterEach(() => sample[Symbol.asyncDispose]());

/** The machine without a network. */
const there = (options: Partial<ZooOptions> = {}) => sample.open({ cacheDir: otherCache, offline: true, ...options });

test("a bundle carries a model and its stages to a machine without a network, where they run", async () => {
  const here = await sample.open().ensure(["sample/both"]);
  const bundled = await sample.open().bundle(["sample/both"], out);
  expect(bundled).toMatchObject({ path: out, slugs: ["sample/a", "sample/b", "sample/both"] });
  expect(await there().unbundle(out)).toEqual(bundled.slugs);
  const prepare = () => Promise.reject(new Error("what was prepared is not prepared again"));
  const models = await there({ prepare }).ensure(["sample/both"]);
  expect(models.get("sample/b")).toMatchObject({ model: here.get("sample/b")?.model, notes: ["turned about"] });
  expect((await there().verify()).map(({ problem }) => problem)).toEqual([null, null]);
});

test("what is not cached is fetched for it", async () => {
  await sample.open().bundle(["sample/near"], out);
  expect(await there().unbundle(out)).toEqual(["sample/near"]);
});

test("equal caches make equal bundles, whatever the order", async () => {
  await sample.open().bundle(["sample/a", "sample/near"], out);
  const other = join(sample.folder, "again.tar");
  const elsewhere = sample.open({ cacheDir: join(sample.folder, "third") });
  await elsewhere.bundle(["sample/near", "sample/a"], other);
  expect(sha256(await readFile(other))).toBe(sha256(await readFile(out)));
});

test("models that do not ship come with their cards, and what was added by hand with its bytes", async () => {
  const file = join(sample.folder, "own.tar.gz");
  await writeFile(file, await packArchive(bytesOf(30)));
  await sample.open().add("my/own:one", file);
  const bare = join(sample.folder, "unpinned.onnx");
  await writeFile(bare, bytesOf(31));
  await sample.open().add("sample/unpinned", bare);
  await sample.open().bundle(["my/own:one", "sample/unpinned"], out);
  await there().unbundle(out);
  const models = await there().ensure(["my/own:one", "sample/unpinned"]);
  expect(models.get("my/own:one")?.card).toMatchObject({ slug: "my/own:one", embedding: { size: 4 } });
  expect(models.get("sample/unpinned")?.sha256).toBe(sha256(bytesOf(31)));
});

test("another version of the preparation prepares what a bundle brought, without a network", async () => {
  await sample.open().bundle(["sample/a"], out);
  await there().unbundle(out);
  const prepare = async (bytes: Uint8Array) => ({ model: bytes.slice(0, 5), notes: [] });
  const models = await there({ prepare, prepareVersion: "2" }).ensure(["sample/a"]);
  expect(models.get("sample/a")?.model).toEqual(Uint8Array.from(A.slice(0, 5)));
});

test("a bundle on top of a damaged cache mends it; on top of a good one changes nothing", async () => {
  await sample.open().bundle(["sample/a"], out);
  await there().unbundle(out);
  await there().unbundle(out);
  const [path] = [...(await there().paths("sample/a")).values()];
  await truncate(path!, 10);
  await there().unbundle(out);
  expect((await there().verify()).map(({ problem }) => problem)).toEqual([null]);
});

test("licences are asked about on the other side, by the cards there", async () => {
  await sample.open().bundle(["sample/near"], out);
  const { slug: _, ...card } = await sample.open().card("sample/near");
  await sample.writeCard("sample/near", { ...card, licence: { name: "research", commercial: false } });
  await expect(there({ commercial: true }).unbundle(out)).rejects.toMatchObject({ code: "LICENCE" });
  expect(await readdir(sample.folder)).not.toContain("other");
});

test("nothing to bundle is INVALID_ARGUMENT; a folder in the bundle's place is IO and leaves nothing", async () => {
  await expect(sample.open().bundle([], out)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  await mkdir(out);
  await expect(sample.open().bundle(["sample/a"], out)).rejects.toMatchObject({ code: "IO" });
  expect((await readdir(sample.folder)).filter((name) => name.includes("part-"))).toEqual([]);
});

test("a signal ends both, and leaves nothing", async () => {
  const signal = AbortSignal.abort();
  await expect(sample.open().bundle(["sample/a"], out, { signal })).rejects.toMatchObject({ code: "CANCELLED" });
  await sample.open().bundle(["sample/a"], out);
  await expect(there().unbundle(out, { signal })).rejects.toMatchObject({ code: "CANCELLED" });
  expect(await readdir(sample.folder)).not.toContain("other");
});

test("a bundle that is not there is NOT_FOUND", async () => {
  await expect(there().unbundle(out)).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: expect.stringContaining(out),
  });
});

type Files = [string, Uint8Array][];
const EVIL_SLUG = "../../../evil/x";

/** What somebody may have made of a good bundle. */
const spoils: [string, string, (files: Files) => Files][] = [
  ["other bytes in a file", "INTEGRITY", (files) => files.map(([name, b], i) => [name, i === 1 ? flipped(b) : b])],
  ["a file missing", "UNSUPPORTED_FORMAT", (files) => files.slice(0, -1)],
  ["a file too many", "UNSUPPORTED_FORMAT", (files) => [...files, ["models/x/y", bytesOf(1)]]],
  ["a file that leads out", "UNSUPPORTED_FORMAT", (files) => [...files, ["../../evil", bytesOf(1)]]],
  ["no manifest", "UNSUPPORTED_FORMAT", (files) => files.slice(1)],
  ["nothing", "UNSUPPORTED_FORMAT", () => []],
  ["a manifest that is no JSON", "UNSUPPORTED_FORMAT", (files) => withManifest(files, () => "{")],
  ["a manifest of another kind", "UNSUPPORTED_FORMAT", (files) => withManifest(files, () => "{}")],
  [
    "a name that leads out",
    "UNSUPPORTED_FORMAT",
    (files) => withManifest(files, (text) => text.replace('"slug": "sample/a"', `"slug": "${EVIL_SLUG}"`)),
  ],
  [
    "another model under a shipped name, pinned by its own card",
    "INTEGRITY",
    (files) => {
      const other = bytesOf(40);
      const swapped = withManifest(files, (text) => text.replaceAll(sha256(A), sha256(other)));
      return swapped.map(([name, b]) => [
        name.replaceAll(sha256(A), sha256(other)),
        name.endsWith("a.onnx") ? other : b,
      ]);
    },
  ],
  [
    "another model than its card pins",
    "INTEGRITY",
    (files) => withManifest(files, (text) => text.replace(`"sha256": "${sha256(A)}"`, `"sha256": "${"0".repeat(64)}"`)),
  ],
];

test.each(spoils)("a bundle with %s is %s, and nothing enters the cache", async (_, code, spoil) => {
  await sample.open().bundle(["sample/a"], out);
  await writeFile(out, await collect(streamOf(writeTar(spoil(await unpack(out))))));
  await expect(there().unbundle(out)).rejects.toMatchObject({ code });
  expect(await readdir(sample.folder)).not.toContain("other");
});

test("a cut bundle is UNSUPPORTED_FORMAT", async () => {
  await sample.open().bundle(["sample/a"], out);
  await truncate(out, 50_000);
  await expect(there().unbundle(out)).rejects.toMatchObject({ code: "UNSUPPORTED_FORMAT" });
});

test("a bundle of a newer version says so, and what to do", async () => {
  await sample.open().bundle(["sample/a"], out);
  const newer = withManifest(await unpack(out), (text) => text.replace('"version": 1,', '"version": 2, "more": true,'));
  await writeFile(out, await collect(streamOf(writeTar(newer))));
  await expect(there().unbundle(out)).rejects.toMatchObject({
    code: "UNSUPPORTED_FORMAT",
    message: `${out}: made by a newer arcface: expected a bundle of version 1, got 2`,
    hint: expect.stringContaining("install that arcface"),
  });
});

test("a full disk is NO_SPACE, and keeps the models before it whole", async ({ skip }) => {
  await sample.open().bundle(["sample/a", "sample/b"], out);
  await mkdir(otherCache);
  // Room for the first model, and half of the second.
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=220k", "tmpfs", otherCache]);
  if (mounted.status !== 0) skip("mounting a small disk is not permitted here");
  try {
    await expect(there().unbundle(out)).rejects.toMatchObject({ code: "NO_SPACE" });
    const held = await there().verify();
    expect(held.length).toBeGreaterThan(0);
    expect(held.filter(({ problem }) => problem !== null)).toEqual([]);
  } finally {
    spawnSync("umount", [otherCache]);
  }
});

async function unpack(path: string): Promise<Files> {
  const files: Files = [];
  const stream = new Blob([await readFile(path)]).stream();
  const limits = { maxEntries: 100, maxByteLength: 1 << 30 };
  for await (const file of readTar(stream, { name: path, limits })) files.push([file.path, await file.bytes()]);
  return files;
}

function withManifest([manifest, ...files]: Files, change: (text: string) => string): Files {
  const [name, bytes] = manifest!;
  return [[name, new TextEncoder().encode(change(new TextDecoder().decode(bytes)))], ...files];
}

function flipped(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, i) => (i === 100 ? byte ^ 1 : byte));
}
