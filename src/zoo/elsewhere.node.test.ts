import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { md5, startHubServer } from "../../test/hub-server.ts";
import { startModelServer } from "../../test/model-server.ts";
import { sha256 } from "./cache/cache.node.ts";
import type { ZooOptions } from "./context.node.ts";
import type { ZooSource } from "./source.ts";
import { packArchive } from "./testing/sample-archive.ts";
import { bytesOf } from "./testing/sample-bytes.ts";
import { createSampleZoo, type SampleZoo } from "./testing/sample-zoo.node.ts";

const NETWORK = bytesOf(20, 5000);
const ARCHIVE = await packArchive(NETWORK);
const SLUG = "else/where:small";

let sample: SampleZoo;
let folder = "";
beforeEach(async () => {
  sample = await createSampleZoo();
  folder = join(sample.folder, "models");
  await mkdir(join(folder, "else"), { recursive: true });
  await writeFile(join(folder, "else/where@small.tar.gz"), ARCHIVE);
});
afterEach(() => sample[Symbol.asyncDispose]());

const open = (options: Partial<ZooOptions> = {}) => sample.open({ sources: [folder], ...options });
const ensure = async (options: Partial<ZooOptions> = {}, slug = SLUG) => (await open(options).ensure([slug])).get(slug);

test("an NN archive in a folder becomes a model with a card", async () => {
  const model = await ensure();
  expect(model?.model).toEqual(Uint8Array.from(NETWORK.toReversed()));
  expect(model).toMatchObject({
    sha256: sha256(ARCHIVE),
    card: { slug: SLUG, kind: "recognizer", embedding: { size: 4 }, model: { input: { color: "BGR", width: 8 } } },
  });
});

test("ARCFACE_SOURCES names folders, too", async () => {
  const env = { ...sample.env, ARCFACE_SOURCES: `/nowhere, ${folder}` };
  expect(await ensure({ sources: [], env })).toMatchObject({ sha256: sha256(ARCHIVE) });
});

test("what came once is known without its source: to card, list, paths, verify, prune and ensure", async () => {
  await ensure();
  await rm(folder, { recursive: true });
  const zoo = sample.open({ offline: true });
  expect((await zoo.card(SLUG)).model?.sha256).toBe(sha256(ARCHIVE));
  expect((await zoo.list()).find(({ card }) => card.slug === SLUG)).toMatchObject({ cached: true });
  expect([...(await zoo.paths(SLUG)).keys()]).toEqual([SLUG]);
  expect(await zoo.verify()).toMatchObject([{ slugs: [SLUG], problem: null }]);
  expect((await zoo.prune()).removed).toEqual([]);
  expect((await zoo.ensure([SLUG])).get(SLUG)?.model?.length).toBe(NETWORK.length);
});

test("a new preparation prepares it again out of its archive", async () => {
  await ensure();
  const prepare = async (bytes: Uint8Array) => ({ model: bytes.slice(0, 9), notes: [] });
  const model = await ensure({ offline: true, sources: [], prepare, prepareVersion: "2" });
  expect(model?.model).toEqual(Uint8Array.from(NETWORK.slice(0, 9)));
});

test("its bytes are pinned when it first comes, and others are INTEGRITY from then on", async () => {
  const { path } = (await ensure())!;
  await writeFile(join(folder, "else/where@small.tar.gz"), await packArchive(bytesOf(21)));
  await writeFile(path!, "damaged");
  await writeFile(path!.replace(/\.v1\.onnx$/, ""), "damaged");
  await expect(ensure()).rejects.toMatchObject({ code: "INTEGRITY" });
});

test("after it was removed the name is open again", async () => {
  await ensure();
  expect(await open().remove(SLUG)).toEqual([SLUG]);
  await expect(sample.open().ensure([SLUG])).rejects.toMatchObject({ code: "NOT_FOUND" });
  const other = await packArchive(bytesOf(21));
  await writeFile(join(folder, "else/where@small.tar.gz"), other);
  expect((await ensure())?.sha256).toBe(sha256(other));
});

test("a card beside an archive says what the archive cannot", async () => {
  const model = { source: { path: "x" }, input: card().model.input, outputs: {} };
  await writeFile(join(folder, "else/where@small.yaml"), JSON.stringify({ ...card(), model }));
  expect((await ensure())?.card).toMatchObject({
    licence: { name: "MIT" },
    thresholds: [{ threshold: 0.3 }],
    model: { input: { name: "images", color: "BGR" } },
  });
});

test("an index on a web server has networks with cards, archives without, and mirrors", async () => {
  await using server = await startModelServer({ "/bare.onnx": NETWORK });
  await using mirror = await startModelServer({ "/zoo/where.tar.gz": ARCHIVE });
  const { source: _, ...model } = card().model;
  const index = {
    [SLUG]: { sha256: sha256(ARCHIVE), byteLength: ARCHIVE.length, files: ["where.tar.gz"] },
    "else/bare": {
      sha256: sha256(NETWORK),
      byteLength: NETWORK.length,
      files: [`${server.url}/bare.onnx`],
      card: { ...card(), slug: "else/bare", model },
    },
  };
  for (const one of [server, mirror]) one.files.set("/zoo/index.json", Buffer.from(JSON.stringify(index)));
  const notices: string[] = [];
  const sources = [`${server.url}/zoo|${mirror.url}/zoo`];
  const options = { sources, onNotice: (notice: string) => notices.push(notice) };
  expect((await ensure(options))?.sha256).toBe(sha256(ARCHIVE));
  expect(notices).toEqual([expect.stringContaining("another mirror is asked")]);
  expect((await ensure(options, "else/bare"))?.card).toMatchObject({ thresholds: [{ threshold: 0.3 }] });
  expect((await ensure({ sources: [], offline: true }, "else/bare"))?.sha256).toBe(sha256(NETWORK));
});

test("a source that cannot be asked is passed over where another has the model, and told; else NETWORK", async () => {
  const gone = await startModelServer();
  await gone[Symbol.asyncDispose]();
  const notices: string[] = [];
  await ensure({ sources: [gone.url, folder], onNotice: (notice) => notices.push(notice) });
  expect(notices).toEqual([expect.stringContaining(`nobody answers there; ${folder} has ${SLUG}`)]);
  await expect(ensure({ sources: [gone.url] }, "else/other")).rejects.toMatchObject({
    code: "NETWORK",
    message: expect.stringMatching(/no model is called else\/other, and not everybody could be asked/),
  });
});

test("a source that is neither a folder nor a web server is INVALID_ARGUMENT", () => {
  expect(() => open({ sources: ["ftp://example.org/models"] })).toThrow(
    expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining("ftp://example.org/models") }),
  );
});

test("a source of one's own that gives other bytes than it said is INTEGRITY", async () => {
  const said = { fileName: "m.tar.gz", sha256: "0".repeat(64), byteLength: null, card: null };
  const source = { name: "liar", find: async () => ({ ...said, fetch: async () => ARCHIVE }) };
  await expect(ensure({ sources: [source] })).rejects.toMatchObject({ code: "INTEGRITY" });
});

test("an index that leads to files of this machine is refused", async () => {
  const pins = { sha256: sha256(ARCHIVE), byteLength: ARCHIVE.length };
  await using server = await startModelServer();
  for (const file of ["file:///etc/passwd", "../../secret.tar.gz", "/etc/passwd"]) {
    const index = JSON.stringify({ "else/other": { ...pins, files: [file] } });
    await writeFile(join(folder, "index.json"), index);
    server.files.set("/index.json", Buffer.from(index));
    await expect(ensure({}, "else/other")).rejects.toMatchObject({ code: "UNSUPPORTED_FORMAT" });
    // On a web server a path leads no further than to that server.
    const code = file.startsWith("file:") ? "UNSUPPORTED_FORMAT" : "NOT_FOUND";
    await expect(ensure({ sources: [server.url] }, "else/other")).rejects.toMatchObject({ code });
  }
});

test("offline, web servers and the hub are not asked, folders are", async () => {
  const asked: string[] = [];
  const far = askedSource(asked);
  await expect(ensure({ sources: [far], hub: far, offline: true })).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect((await ensure({ sources: [far, folder], hub: far, offline: true }))?.sha256).toBe(sha256(ARCHIVE));
  expect(asked).toEqual([]);
});

test("the hub is asked last, and only for whole names of teams whose models do not ship", async () => {
  const asked: string[] = [];
  const hub = askedSource(asked);
  for (const slug of ["else/other", "sample/a:small", "else/other:small", SLUG, "else/other:small:ref"])
    await ensure({ hub }, slug).catch(() => {});
  expect(asked).toEqual(["else/other:small", "else/other:small:ref"]);
});

test("a model of the hub comes as its ONNX, and keeps its ref", async () => {
  await using server = await startHubServer([
    { slug: SLUG, type: "ONNX", isNNArchive: true, files: { "where.tar.gz": ARCHIVE }, hash: md5(ARCHIVE) },
  ]);
  const options = { sources: [], hub: undefined, env: { ...sample.env, ...server.env } } as never;
  expect((await ensure(options))?.sha256).toBe(sha256(ARCHIVE));
  const offline = (await sample.open({ offline: true }).ensure([SLUG])).get(SLUG);
  expect(offline?.model).toEqual(Uint8Array.from(NETWORK.toReversed()));
});

test("a shipped card of a hub's model keeps its licence and thresholds, and learns how it is fed", async () => {
  await sample.writeCard("else/where:small", {
    ...card(),
    model: { ...card().model, source: { hub: { slug: SLUG } } },
  });
  const found = { fileName: "where.tar.gz", sha256: null, byteLength: null, card: null };
  const hub: ZooSource = { name: "the hub", find: async () => ({ ...found, fetch: async () => ARCHIVE }) };
  const expected = { thresholds: [{ threshold: 0.3 }], model: { input: { name: "images", color: "BGR" } } };
  expect((await ensure({ sources: [], hub }))?.card).toMatchObject(expected);
  expect((await ensure({ sources: [], offline: true }))?.card).toMatchObject(expected);
});

test("a version that a ref names has the licence of its model's shipped card, and its own bytes", async () => {
  await sample.writeCard(SLUG, { ...card(), model: { ...card().model, source: { hub: { slug: SLUG } } } });
  const other = await packArchive(bytesOf(22, 4000));
  const files = (archive: Uint8Array) => ({ "where.tar.gz": archive });
  await using server = await startHubServer([
    { slug: SLUG, type: "ONNX", version: "0.2.0", files: files(ARCHIVE) },
    { slug: SLUG, type: "ONNX", version: "0.1.0", files: files(other) },
  ]);
  const options = { sources: [], hub: undefined, env: { ...sample.env, ...server.env }, commercial: true } as never;
  expect((await ensure(options))?.sha256).toBe(sha256(ARCHIVE));
  const [licence, model] = [{ name: "MIT", commercial: true }, { input: { name: "images", color: "BGR" } }];
  const old = await ensure(options, `${SLUG}:0.1.0`);
  expect(old).toMatchObject({ sha256: sha256(other), card: { licence, model } });
  const offline = await ensure({ sources: [], offline: true, commercial: true }, `${SLUG}:0.1.0`);
  expect(offline).toMatchObject({ sha256: sha256(other), card: { licence, model } });
});

test("a version that a ref names keeps its licence's refusal, before anything is fetched", async () => {
  const licence = { name: "research", commercial: false };
  await sample.writeCard(SLUG, { ...card(), licence, model: { ...card().model, source: { hub: { slug: SLUG } } } });
  let fetched = 0;
  const found = { fileName: "where.tar.gz", sha256: null, byteLength: null, card: null };
  const fetch = async () => {
    fetched++;
    return ARCHIVE;
  };
  const hub: ZooSource = { name: "the hub", find: async () => ({ ...found, fetch }) };
  const options = { sources: [], hub, commercial: true };
  await expect(ensure(options, `${SLUG}:0.1.0`)).rejects.toMatchObject({ code: "LICENCE" });
  expect(fetched).toBe(0);
});

test("what was converted for a device is kept, not run, and says what to do", async () => {
  await writeFile(join(folder, "else/where@small.tar.gz"), await packArchive(NETWORK, "model.blob"));
  await expect(ensure()).rejects.toMatchObject({
    code: "UNSUPPORTED_FORMAT",
    message: expect.stringContaining("RVC2"),
    hint: expect.stringContaining("--platform cpu"),
  });
  await expect(ensure({ sources: [], offline: true })).rejects.toMatchObject({ code: "UNSUPPORTED_FORMAT" });
  const forDevice = await ensure({ platform: "RVC2" });
  expect(forDevice?.model).toBeNull();
  expect(sha256(await readFile(forDevice!.path!))).toBe(forDevice?.sha256);
});

test("files by platform do not get into each other's way", async () => {
  const blob = await packArchive(NETWORK, "model.blob");
  await writeFile(join(folder, "else/where@small.RVC2.tar.gz"), blob);
  expect((await ensure({ platform: "RVC2" }))?.sha256).toBe(sha256(blob));
  expect((await ensure())?.sha256).toBe(sha256(ARCHIVE));
  expect((await sample.open().verify()).map(({ slugs }) => slugs)).toEqual([[SLUG], [SLUG]]);
});

test.each<[string, Uint8Array, string]>([
  ["a bare network without a card", bytesOf(22), "UNSUPPORTED_FORMAT"],
  ["a cut archive", ARCHIVE.subarray(0, ARCHIVE.length >> 1), "UNSUPPORTED_FORMAT"],
  ["an empty file", new Uint8Array(0), "UNSUPPORTED_FORMAT"],
])("%s is refused, and leaves nothing", async (_, bytes, code) => {
  await writeFile(join(folder, "else/where@small.tar.gz"), bytes);
  await expect(ensure()).rejects.toMatchObject({ code });
  expect(await readdir(sample.cacheDir, { recursive: true })).toEqual([]);
});

test.each(["../../etc/passwd", "a/../b:c", "else/.."])("%j is asked of nobody", async (slug) => {
  const asked: string[] = [];
  const hub = askedSource(asked);
  await expect(ensure({ sources: [hub], hub }, slug)).rejects.toMatchObject({
    code: expect.stringMatching(/INVALID|NOT_F/),
  });
  expect(asked).toEqual([]);
});

test("an NN archive the user has is added under any name", async () => {
  const path = join(folder, "else/where@small.tar.gz");
  await sample.open().add("my/own:one", path);
  expect((await sample.open({ offline: true }).ensure(["my/own:one"])).get("my/own:one")?.sha256).toBe(sha256(ARCHIVE));
  await writeFile(path, NETWORK);
  await expect(sample.open().add("my/other", path)).rejects.toMatchObject({ code: "NOT_FOUND" });
});

/** Has nothing, and keeps what it was asked for. */
function askedSource(asked: string[]): ZooSource {
  return {
    name: "somebody",
    async find({ slug }) {
      asked.push(slug);
      return null;
    },
  };
}

function card() {
  const input = { name: "x", width: 8, height: 8, color: "RGB", mean: [0, 0, 0], scale: [1, 1, 1] };
  return {
    slug: SLUG,
    kind: "recognizer",
    title: "Elsewhere",
    licence: { name: "MIT", commercial: true },
    model: { source: { path: "x.onnx" }, input, outputs: { embedding: "y" } },
    embedding: { size: 4 },
    thresholds: [{ falseAcceptRate: 0.001, threshold: 0.3, measuredOn: "LFW" }],
  };
}

test("an archive for a device that is added by hand is refused, and leaves nothing", async () => {
  const path = join(folder, "device.tar.gz");
  await writeFile(path, await packArchive(NETWORK, "model.blob"));
  await expect(sample.open().add("my/own:one", path)).rejects.toMatchObject({ code: "UNSUPPORTED_FORMAT" });
  await expect(sample.open().card("my/own:one")).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(await readdir(sample.cacheDir, { recursive: true })).toEqual([]);
});

test("what the hub gave lies once in a cache of our own, and a refused archive not at all", async () => {
  await using server = await startHubServer([
    { slug: SLUG, type: "ONNX", files: { "where.tar.gz": ARCHIVE } },
    { slug: "else/cut:small", type: "ONNX", files: { "cut.tar.gz": ARCHIVE.subarray(0, ARCHIVE.length >> 1) } },
  ]);
  const options = { sources: [], hub: undefined, env: { ...sample.env, ...server.env } } as never;
  await ensure(options);
  await expect(ensure(options, "else/cut:small")).rejects.toMatchObject({ code: "UNSUPPORTED_FORMAT" });
  const files = await readdir(join(sample.cacheDir), { recursive: true });
  expect(files.filter((file) => file.endsWith(".tar.gz"))).toEqual([join("models", sha256(ARCHIVE), "where.tar.gz")]);
});

test("a name with a ref that nobody has is NOT_FOUND; offline, that nobody else was asked is said", async () => {
  const hub: ZooSource = { name: "the hub", find: async () => null };
  const refused = { code: "NOT_FOUND", message: "zoo: no model is called else/other:small:1.0" };
  await expect(ensure({ hub }, "else/other:small:1.0")).rejects.toMatchObject(refused);
  const hint = expect.stringContaining("ARCFACE_OFFLINE");
  await expect(ensure({ hub, offline: true }, "else/other:small:1.0")).rejects.toMatchObject({ ...refused, hint });
});

test("two names of the same bytes: one that is removed leaves the other its file", async () => {
  const path = join(folder, "else/where@small.tar.gz");
  await sample.open().add("my/first", path);
  await sample.open().add("my/second", path);
  expect(await sample.open().remove("my/first")).toEqual(["my/first"]);
  expect((await sample.open({ offline: true }).ensure(["my/second"])).get("my/second")?.sha256).toBe(sha256(ARCHIVE));
  await sample.open().remove("my/second");
  expect(await readdir(join(sample.cacheDir, "cards"), { recursive: true }).catch(() => [])).toEqual([]);
});

test("a random network has no path, takes no file, and a bundle names it", async () => {
  const zoo = sample.open();
  const message = expect.stringContaining("arcface/mbf is made when it is used");
  await expect(zoo.paths("mbf")).rejects.toMatchObject({ code: "INVALID_ARGUMENT", message });
  const adding = zoo.add("mbf", join(folder, "else/where@small.tar.gz"));
  await expect(adding).rejects.toMatchObject({ code: "INVALID_ARGUMENT", message });
  const out = join(sample.folder, "nets.tar");
  expect((await zoo.bundle(["mbf"], out)).slugs).toEqual(["arcface/mbf"]);
  expect(await sample.open({ offline: true }).unbundle(out)).toEqual(["arcface/mbf"]);
});

test("a signal while a random network is made is heard when it is", async () => {
  const stop = new AbortController();
  setImmediate(() => stop.abort());
  await expect(sample.open().ensure(["mbf"], { signal: stop.signal })).rejects.toMatchObject({ code: "CANCELLED" });
});
