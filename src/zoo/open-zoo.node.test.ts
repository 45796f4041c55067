import { mkdir, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { packTarball } from "../../test/npm-registry.ts";
import { packZip } from "../../test/zip.ts";
import { sha256 } from "./cache/cache.node.ts";
import { loadLocalCard, withModelFile } from "./cards/local-card.node.ts";
import type { ZooProgress } from "./context.node.ts";
import { bytesOf } from "./testing/sample-bytes.ts";
import { createSampleZoo, FILES, prepare, type SampleZoo } from "./testing/sample-zoo.node.ts";

const A = FILES["package/a.onnx"];
const B = FILES["package/b.onnx"];

let sample: SampleZoo;
beforeEach(async () => {
  sample = await createSampleZoo();
});
afterEach(() => sample[Symbol.asyncDispose]());

/** Paths below the cache that a finished cache does not have. */
async function leftovers(): Promise<string[]> {
  const files = await readdir(sample.cacheDir, { recursive: true }).catch(() => []);
  return files.filter((file) => /part-|^lock/.test(file));
}

const entryFile = (bytes: Uint8Array, file: string) => join(sample.cacheDir, "models", sha256(bytes), file);

test("a model is fetched, prepared, kept, and read from the cache the next time", async () => {
  const told: string[] = [];
  const onLicence = ({ slug, licence }: { slug: string; licence: { name: string } }) =>
    told.push(`${slug} ${licence.name}`);
  const first = (await sample.open({ onLicence }).ensure(["sample/a"])).get("sample/a");
  expect(first).toMatchObject({ sha256: sha256(A), notes: ["turned about"] });
  expect(first?.model).toEqual(Uint8Array.from(A.toReversed()));
  expect(await readFile(first?.path ?? "")).toEqual(Buffer.from(A.toReversed()));
  const second = (await sample.open({ onLicence, offline: true }).ensure(["sample/a"])).get("sample/a");
  expect(second?.model).toEqual(first?.model);
  expect(told).toEqual(["sample/a MIT"]);
  expect(sample.registry.downloads.length).toBe(1);
  expect(await leftovers()).toEqual([]);
});

test("a detector made of stages brings them, out of one download", async () => {
  const models = await sample.open().ensure(["sample/both"]);
  expect([...models.keys()].sort()).toEqual(["sample/a", "sample/b", "sample/both"]);
  expect(models.get("sample/both")).toMatchObject({ model: null, sha256: null });
  expect(sample.registry.downloads.length).toBe(1);
});

test("what came along in a tarball is not fetched another day, and its licence is told when it is first used", async () => {
  await sample.open().ensure(["sample/a"]);
  const told: string[] = [];
  await sample.open({ offline: true, onLicence: ({ slug }) => told.push(slug) }).ensure(["sample/b"]);
  expect(told).toEqual(["sample/b"]);
});

test("progress counts the tarball's bytes, then names what is prepared", async () => {
  const seen: ZooProgress[] = [];
  await sample.open({ onProgress: (progress) => seen.push(progress) }).ensure(["sample/a"]);
  const downloads = seen.filter((one) => one.phase === "download");
  expect(downloads.at(-1)).toMatchObject({ name: "sample@1.0.0" });
  expect(downloads.at(-1)?.receivedBytes).toBe(downloads[0]?.totalBytes);
  expect(seen.at(-1)).toEqual({ phase: "prepare", name: "sample/a" });
});

test("a new version of the preparation prepares again, without fetching or telling the licence again", async () => {
  await sample.open().ensure(["sample/a"]);
  const told: string[] = [];
  const other = async (bytes: Uint8Array) => ({ model: bytes.slice(0, 10), notes: [] });
  const zoo = sample.open({
    offline: true,
    prepare: other,
    prepareVersion: "2",
    onLicence: ({ slug }) => told.push(slug),
  });
  expect((await zoo.ensure(["sample/a"])).get("sample/a")?.model).toEqual(Uint8Array.from(A.slice(0, 10)));
  expect(told).toEqual([]);
  expect((await readdir(entryFile(A, ""))).sort()).toEqual(["a.onnx", "a.onnx.v2.onnx", "entry.json"]);
});

test("a file that needs no preparation is kept once", async () => {
  const zoo = sample.open({ prepare: async (bytes) => ({ model: bytes, notes: [] }) });
  expect((await zoo.ensure(["sample/a"])).get("sample/a")?.path).toBe(entryFile(A, "a.onnx"));
  expect(await readdir(entryFile(A, ""))).toEqual(["a.onnx", "entry.json"]);
});

test.each([
  ["sample/none", "NOT_FOUND", "zoo: no model is called sample/none"],
  [
    "sample/missing",
    "NOT_FOUND",
    "sample@1.0.0 holds no file package/missing.onnx, which the card sample/missing names",
  ],
  ["sample/wrong", "INTEGRITY", "sample@1.0.0: expected package/b.onnx with sha256"],
  ["sample/text", "UNSUPPORTED_FORMAT", "text.onnx: not ONNX"],
])("%s is %s", async (slug, code, message) => {
  await expect(sample.open().ensure([slug])).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  expect(await leftovers()).toEqual([]);
});

test("offline, what is not in the cache is NETWORK, and says how to bring it", async () => {
  const error = await sample
    .open({ env: { ...sample.env, ARCFACE_OFFLINE: "1" } })
    .ensure(["sample/a"])
    .catch((e) => e);
  expect(error).toMatchObject({ code: "NETWORK", message: expect.stringContaining(sample.cacheDir) });
  expect(error.hint).toContain("ARCFACE_CACHE");
  expect(sample.registry.downloads).toEqual([]);
});

test("a model that is only an address is fetched when it is named, and its licence told before", async () => {
  const told: string[] = [];
  const onLicence = ({ slug }: { slug: string }) => told.push(`${slug} ${sample.server.requests.length}`);
  const model = (await sample.open({ onLicence }).ensure(["sample/near"])).get("sample/near");
  expect(model?.sha256).toBe(sha256(bytesOf(7)));
  expect(told).toEqual(["sample/near 0"]);
  expect(await readdir(sample.cacheDir)).toEqual(["models"]);
});

test("a zip is fetched once for all who are in it, also those that nobody asked for", async () => {
  const models = await sample.open().ensure(["sample/far"]);
  expect(models.get("sample/far")?.sha256).toBe(sha256(bytesOf(5)));
  expect((await sample.open({ offline: true }).ensure(["sample/farther"])).size).toBe(1);
  expect(sample.server.requests.length).toBe(1);
});

test("a zip with another file in its place is INTEGRITY, and nothing is kept", async () => {
  const other = packZip([{ name: "far.onnx", bytes: bytesOf(9) }]);
  sample.server.files.set("/pack.zip", other);
  await expect(sample.open().ensure(["sample/far"])).rejects.toMatchObject({ code: "INTEGRITY" });
  expect(await readdir(sample.cacheDir)).toEqual([]);
});

test("a download that was cut is gone on from the next time; prune forgets it", async () => {
  sample.server.next = ["cut", "404"];
  await expect(sample.open().ensure(["sample/near"])).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(await readdir(sample.cacheDir)).toEqual(["downloads"]);
  await sample.open().ensure(["sample/near"]);
  expect(sample.server.requests.at(-1)?.range).toMatch(/^bytes=\d+-$/);
  sample.server.next = ["cut", "404"];
  await sample.open().remove("sample/near");
  await sample
    .open()
    .ensure(["sample/near"])
    .catch(() => {});
  await sample.open().prune();
  expect(await readdir(sample.cacheDir)).not.toContain("downloads");
});

test("an address that nobody pinned is not fetched: NOT_FOUND, with the licence and the two ways to use a file", async () => {
  const error = await sample
    .open()
    .ensure(["sample/a", "sample/unpinned"])
    .catch((caught) => caught);
  expect(error).toMatchObject({
    code: "NOT_FOUND",
    message: expect.stringContaining("sample/unpinned is not in the model cache"),
  });
  for (const part of ["/unpinned.onnx", "MIT", "models add", "--model FILE"]) expect(error.hint).toContain(part);
  expect(sample.registry.downloads).toEqual([]);
  expect(sample.server.requests).toEqual([]);
});

test("an address that cannot be reached is NETWORK, with the way by hand", async () => {
  await sample.server[Symbol.asyncDispose]();
  await expect(sample.open().ensure(["sample/near"])).rejects.toMatchObject({
    code: "NETWORK",
    message: expect.stringContaining("nobody answers there"),
    hint: expect.stringContaining("`arcface models add sample/near FILE` once"),
  });
});

test("offline, an address is NETWORK, with the way by hand", async () => {
  const error = await sample
    .open({ offline: true })
    .ensure(["sample/far"])
    .catch((caught) => caught);
  expect(error).toMatchObject({ code: "NETWORK", hint: expect.stringContaining("take far.onnx out of it") });
});

test("a file the user has is added, and checked against the card's pin", async () => {
  const good = join(sample.folder, "good.onnx");
  await writeFile(good, bytesOf(5));
  await sample.open().add("sample/far", good);
  expect((await sample.open().ensure(["sample/far"])).get("sample/far")?.sha256).toBe(sha256(bytesOf(5)));
  await writeFile(good, bytesOf(6));
  await expect(sample.open().add("sample/far", good)).rejects.toMatchObject({ code: "INTEGRITY" });
  await expect(sample.open().add("sample/far", join(sample.folder, "none"))).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
  await expect(sample.open().add("sample/both", good)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
});

test("a pack the user has is added too: a zip, an npm tarball", async () => {
  const [zip, tarball] = [join(sample.folder, "pack.zip"), join(sample.folder, "sample-1.0.0.tgz")];
  await writeFile(zip, sample.server.files.get("/pack.zip")!);
  await writeFile(tarball, await packTarball(FILES));
  expect((await sample.open().add("sample/far", zip)).sha256).toBe(sha256(bytesOf(5)));
  expect((await sample.open().add("sample/b", tarball)).sha256).toBe(sha256(B));
  await expect(sample.open().add("sample/near", zip)).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: expect.stringContaining("holds no file near.onnx"),
  });
});

test("a signal ends the wait of add, remove and prune", async () => {
  const file = join(sample.folder, "far.onnx");
  await writeFile(file, bytesOf(5));
  await mkdir(join(sample.cacheDir, "lock"), { recursive: true });
  const zoo = sample.open();
  const doings = [
    (signal: AbortSignal) => zoo.add("sample/far", file, { signal }),
    (signal: AbortSignal) => zoo.remove("sample/far", { signal }),
    (signal: AbortSignal) => zoo.prune({ signal }),
  ];
  for (const doing of doings) await expect(doing(AbortSignal.timeout(50))).rejects.toMatchObject({ code: "CANCELLED" });
});

test("a card without a pin remembers the file that was added, through prune, until it is removed", async () => {
  const file = join(sample.folder, "mine.onnx");
  await writeFile(file, bytesOf(7));
  await sample.open().add("sample/unpinned", file);
  await sample.open().prune();
  expect((await sample.open().ensure(["sample/unpinned"])).get("sample/unpinned")?.sha256).toBe(sha256(bytesOf(7)));
  expect(await sample.open().remove("sample/unpinned")).toEqual(["sample/unpinned"]);
  await expect(sample.open().ensure(["sample/unpinned"])).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("a damaged prepared file is mended from the published one, and told", async () => {
  const path = (await sample.open().ensure(["sample/a"])).get("sample/a")?.path ?? "";
  await truncate(path, 100);
  const notices: string[] = [];
  const mended = await sample.open({ offline: true, onNotice: (notice) => notices.push(notice) }).ensure(["sample/a"]);
  expect(mended.get("sample/a")?.model).toEqual(Uint8Array.from(A.toReversed()));
  expect(notices).toEqual([expect.stringContaining("sample/a was damaged in the model cache")]);
});

test("where both files are damaged they are fetched again and told; offline that is INTEGRITY", async () => {
  await sample.open().ensure(["sample/a"]);
  for (const file of ["a.onnx", "a.onnx.v1.onnx"]) await writeFile(entryFile(A, file), "damaged");
  await expect(sample.open({ offline: true }).ensure(["sample/a"])).rejects.toMatchObject({ code: "INTEGRITY" });
  const notices: string[] = [];
  const models = await sample.open({ onNotice: (notice) => notices.push(notice) }).ensure(["sample/a"]);
  expect(models.get("sample/a")?.model).toEqual(Uint8Array.from(A.toReversed()));
  expect(notices).toEqual([expect.stringContaining("it is fetched again")]);
});

test.each(["", "{", "[]", '{"prepared":{"file":"../../x","sha256":"","byteLength":0,"version":"1","notes":[]}}'])(
  "an entry.json that says %j is damage, and is mended",
  async (text) => {
    await sample.open().ensure(["sample/a"]);
    await writeFile(entryFile(A, "entry.json"), text);
    expect((await sample.open().verify()).find((entry) => entry.sha256 === sha256(A))?.problem).toEqual(
      expect.any(String),
    );
    expect((await sample.open().ensure(["sample/a"])).get("sample/a")?.sha256).toBe(sha256(A));
    expect((await sample.open().verify()).every(({ problem }) => problem === null)).toBe(true);
  },
);

test("an entry.json that vouches for another file than its folder's is not believed", async () => {
  await sample.open().ensure(["sample/a"]);
  await writeFile(entryFile(A, "a.onnx"), B);
  const published = { file: "a.onnx", sha256: sha256(B), byteLength: B.length };
  await writeFile(entryFile(A, "entry.json"), JSON.stringify({ published }));
  await expect(sample.open({ offline: true }).ensure(["sample/a"])).rejects.toMatchObject({ code: "INTEGRITY" });
});

test("verify reads every file and says which is damaged, and whose it is", async () => {
  await sample.open().ensure(["sample/both"]);
  await writeFile(entryFile(B, "b.onnx.v1.onnx"), "damaged");
  const verified = await sample.open().verify();
  expect(verified.find(({ sha256: id }) => id === sha256(A))).toMatchObject({ slugs: ["sample/a"], problem: null });
  expect(verified.find(({ sha256: id }) => id === sha256(B))).toMatchObject({
    slugs: ["sample/b"],
    problem: expect.stringContaining("b.onnx.v1.onnx has other bytes than were written"),
  });
});

test("prune removes what a killed process left and what no card names, and nothing else", async () => {
  await sample.open().ensure(["sample/a"]);
  const half = join(sample.cacheDir, "models", "f".repeat(64));
  await mkdir(half);
  await writeFile(join(half, "x.onnx"), "half");
  await writeFile(entryFile(A, "a.onnx.part-x1"), "half");
  await writeFile(join(sample.cacheDir, "added.json.part-x1"), "half");
  await rm(join(sample.cardsDir, "sample/b.yaml"));
  const { removed, freedBytes } = await sample.open().prune();
  expect([...removed].sort()).toEqual(
    [half, entryFile(A, "a.onnx.part-x1"), join(sample.cacheDir, "added.json.part-x1"), entryFile(B, "")]
      .map((path) => path.replace(/\/$/, ""))
      .sort(),
  );
  expect(freedBytes).toBeGreaterThan(B.length);
  expect((await sample.open({ offline: true }).ensure(["sample/a"])).get("sample/a")?.model?.length).toBe(A.length);
});

test("list says what can be used without a network, stages included", async () => {
  await sample.open().ensure(["sample/a"]);
  await sample.open().remove("sample/b");
  const cached = (await sample.open().list()).filter((listing) => listing.cached).map(({ card }) => card.slug);
  expect(cached).toEqual(["sample/a", "sample/text"]);
  await sample.open().ensure(["sample/both"]);
  expect((await sample.open().list()).find(({ card }) => card.slug === "sample/both")?.cached).toBe(true);
});

test("paths are those of the files that run; where they are not yet there, that is NOT_FOUND", async () => {
  await expect(sample.open().paths("sample/both")).rejects.toMatchObject({ code: "NOT_FOUND" });
  await sample.open().ensure(["sample/both"]);
  expect([...(await sample.open().paths("sample/both")).values()]).toEqual([
    entryFile(A, "a.onnx.v1.onnx"),
    entryFile(B, "b.onnx.v1.onnx"),
  ]);
});

test("a model of one's own stays where it is, and is prepared once", async () => {
  const file = join(sample.folder, "mine.onnx");
  await writeFile(file, bytesOf(8));
  const card = withModelFile(await sample.open().card("sample/unpinned"), file);
  let prepared = 0;
  const counting = (bytes: Uint8Array, name: string) => {
    prepared++;
    return prepare(bytes, name);
  };
  for (const _ of [1, 2]) {
    const model = (await sample.open({ prepare: counting }).ensure([card])).get("sample/unpinned");
    expect(model?.model).toEqual(Uint8Array.from(bytesOf(8).toReversed()));
  }
  expect(prepared).toBe(1);
  expect(await readdir(entryFile(bytesOf(8), ""))).toEqual(["entry.json", "mine.onnx.v1.onnx"]);
});

test("a model of one's own that is not there, is a folder, is text, or is not the card's", async () => {
  const path = join(sample.folder, "bad.onnx");
  const unpinned = await sample.open().card("sample/unpinned");
  const pinned = await sample.open().card("sample/far");
  const load = (card = unpinned) => sample.open().ensure([withModelFile(card, path)]);
  await expect(load()).rejects.toMatchObject({ code: "NOT_FOUND", message: expect.stringContaining(path) });
  await mkdir(path);
  await expect(load()).rejects.toMatchObject({ code: "IO" });
  await rm(path, { recursive: true });
  await writeFile(path, "no model");
  await expect(load()).rejects.toMatchObject({ code: "UNSUPPORTED_FORMAT" });
  await expect(load(pinned)).rejects.toMatchObject({ code: "INTEGRITY" });
});

test("a model of one's own runs though the cache cannot keep it, and that is told", async () => {
  const file = join(sample.folder, "mine.onnx");
  await writeFile(file, bytesOf(9));
  const card = withModelFile(await sample.open().card("sample/unpinned"), file);
  const notices: string[] = [];
  // A folder where the prepared file is to be: that stops root too.
  await mkdir(entryFile(bytesOf(9), "mine.onnx.v1.onnx"), { recursive: true });
  const zoo = sample.open({ onNotice: (notice) => notices.push(notice) });
  expect((await zoo.ensure([card])).get("sample/unpinned")).toMatchObject({ sha256: sha256(bytesOf(9)), path: null });
  expect(notices.length).toBe(1);
});

test("a cache that is a file is IO, and says which", async () => {
  await writeFile(sample.cacheDir, "a file");
  for (const doing of [
    () => sample.open().ensure(["sample/a"]),
    () => sample.open().list(),
    () => sample.open().prune(),
  ]) {
    await expect(doing()).rejects.toMatchObject({ code: "IO", message: expect.stringContaining(sample.cacheDir) });
  }
});

test("a cache below a file cannot be made: IO, with a way out", async () => {
  await writeFile(join(sample.folder, "file"), "");
  const zoo = sample.open({ cacheDir: join(sample.folder, "file/cache") });
  await expect(zoo.ensure(["sample/a"])).rejects.toMatchObject({
    code: "IO",
    hint: expect.stringContaining("ARCFACE_CACHE"),
  });
});

test("a cut download leaves nothing, and the next one works", async () => {
  sample.registry.mode = "cut";
  await expect(sample.open().ensure(["sample/a"])).rejects.toMatchObject({ code: "NETWORK" });
  expect(await readdir(sample.cacheDir)).toEqual([]);
  sample.registry.mode = "ok";
  expect((await sample.open().ensure(["sample/a"])).size).toBe(1);
});

test("a signal cancels a download, and the lock is free again", async () => {
  sample.registry.mode = "slow";
  const controller = new AbortController();
  const zoo = sample.open({ onProgress: ({ phase }) => phase === "download" && controller.abort() });
  await expect(zoo.ensure(["sample/a"], { signal: controller.signal })).rejects.toMatchObject({ code: "CANCELLED" });
  expect(await readdir(sample.cacheDir)).toEqual([]);
});

test("a signal ends the wait for a lock, for a file of one's own too", async () => {
  const path = join(sample.folder, "mine.onnx");
  await writeFile(path, bytesOf(9));
  await mkdir(join(sample.cacheDir, "lock"), { recursive: true });
  const controller = new AbortController();
  const zoo = sample.open({ onProgress: ({ phase }) => phase === "wait" && controller.abort() });
  const card = withModelFile(await zoo.card("sample/unpinned"), path);
  await expect(zoo.ensure([card], { signal: controller.signal })).rejects.toMatchObject({ code: "CANCELLED" });
});

test("a card of one's own may name a file in a published package", async () => {
  const card = await loadLocalCard(join(sample.cardsDir, "sample/a.yaml"));
  const zoo = sample.open({ cards: [{ ...card, slug: "my/a" }] });
  expect((await zoo.ensure(["my/a"])).get("my/a")?.sha256).toBe(sha256(A));
});
