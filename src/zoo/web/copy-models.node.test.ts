import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sha256 } from "../cache/cache.node.ts";
import type { Card } from "../cards/card.ts";
import { parseCard } from "../cards/card.ts";
import type { ZooModel } from "../context.node.ts";
import { createFolderSource } from "../sources/folder.node.ts";
import { copyModels } from "./copy-models.node.ts";

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "arcface-copy-")), "public", "models");
});
afterEach(() => rm(join(folder, "..", ".."), { recursive: true, force: true }));

const PREPARED = new TextEncoder().encode("as it runs");
const PUBLISHED = sha256(new TextEncoder().encode("as published"));

const card = (slug: string, more: object = {}): Card =>
  parseCard(
    {
      slug,
      kind: "detector",
      title: "A detector",
      licence: { name: "MIT", commercial: true },
      parser: { name: "blazeface" },
      ...more,
    },
    slug,
  );
const model = (slug: string): ZooModel => ({
  card: card(slug, {
    model: {
      sha256: PUBLISHED,
      source: { path: "/home/me/secret.onnx" },
      input: { name: "x", width: 8, height: 8, color: "RGB", mean: [0, 0, 0], scale: [1, 1, 1] },
      outputs: { scores: "s" },
    },
  }),
  model: PREPARED,
  sha256: PUBLISHED,
  path: null,
  notes: [],
});
const staged: ZooModel = {
  card: card("team/cascade", { stages: { detector: "team/one:small" }, parser: { name: "cascade" } }),
  model: null,
  sha256: null,
  path: null,
  notes: [],
};

const readIndex = async () =>
  JSON.parse(await readFile(join(folder, "index.json"), "utf8")) as Record<string, Record<string, unknown>>;

test("networks, as they run, and cards are there for a web server; where a file was on this machine is not told", async () => {
  const files = await copyModels(
    folder,
    new Map([
      ["team/one:small", model("team/one:small")],
      ["team/cascade", staged],
    ]),
  );
  const name = `team/one@small.${sha256(PREPARED).slice(0, 16)}.onnx`;
  expect(files).toEqual([{ name: "team/one:small", path: join(folder, name), byteLength: PREPARED.length }]);
  expect(new Uint8Array(await readFile(join(folder, name)))).toEqual(PREPARED);
  const index = await readIndex();
  expect(index["team/one:small"]).toMatchObject({ sha256: sha256(PREPARED), preparedFrom: PUBLISHED, files: [name] });
  expect(JSON.stringify(index)).not.toContain("secret");
  expect(index["team/cascade"]).toEqual({ card: staged.card });
});

test("a folder of models is a source for Node, too", async () => {
  await copyModels(
    folder,
    new Map([
      ["team/one:small", model("team/one:small")],
      ["team/cascade", staged],
    ]),
  );
  const source = createFolderSource(folder);
  const found = await source.find({ slug: "team/one:small", platform: "cpu" });
  expect(found).toMatchObject({ sha256: sha256(PREPARED), card: { parser: { name: "blazeface" } } });
  expect(await found!.fetch()).toEqual(PREPARED);
  // A card without a file is nothing that a source can hand over.
  expect(await source.find({ slug: "team/cascade", platform: "cpu" })).toBeNull();
});

test("what is there is not written again; what was cut short is", async () => {
  const models = new Map([["team/one", model("team/one")]]);
  const [file] = await copyModels(folder, models);
  const before = await stat(file!.path);
  await copyModels(folder, models);
  expect((await stat(file!.path)).ino).toBe(before.ino);
  await writeFile(file!.path, PREPARED.subarray(0, 3));
  await copyModels(folder, models);
  expect(new Uint8Array(await readFile(file!.path))).toEqual(PREPARED);
});

test("a second copy adds to the folder, and is the same whatever the order", async () => {
  await copyModels(folder, new Map([["team/one", model("team/one")]]));
  await copyModels(folder, new Map([["team/another", model("team/another")]]));
  const text = await readFile(join(folder, "index.json"), "utf8");
  expect(Object.keys(await readIndex())).toEqual(["team/another", "team/one"]);
  await copyModels(folder, new Map([["team/one", model("team/one")]]));
  expect(await readFile(join(folder, "index.json"), "utf8")).toBe(text);
});

test("ONNX Runtime's files replace those of another version in the index", async () => {
  await mkdir(folder, { recursive: true });
  const old = { sha256: PUBLISHED, byteLength: 1, files: ["ort/old.wasm"] };
  await writeFile(join(folder, "index.json"), JSON.stringify({ "onnxruntime-web@1.0.0/old.wasm": old }));
  await copyModels(folder, new Map(), { runtimes: ["wasm"] });
  expect((await readdir(join(folder, "ort"))).toSorted()).toEqual([
    "ort-wasm-simd-threaded.mjs",
    "ort-wasm-simd-threaded.wasm",
  ]);
  for (const [name, entry] of Object.entries(await readIndex())) {
    expect(name).toMatch(/^onnxruntime-web@1\.30\.0\/ort-wasm-simd-threaded\.(mjs|wasm)$/);
    const [file] = entry.files as string[];
    expect(sha256(await readFile(join(folder, file!)))).toBe(entry.sha256);
  }
});

test("an index.json that is none of ours is refused and left as it is", async () => {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "index.json"), "[1, 2]");
  await expect(copyModels(folder, new Map([["team/one", model("team/one")]]))).rejects.toMatchObject({
    code: "UNSUPPORTED_FORMAT",
  });
  expect(await readdir(folder)).toEqual(["index.json"]);
});

test("a folder that cannot be made is refused; a cancelled copy leaves no index", async () => {
  await mkdir(join(folder, ".."), { recursive: true });
  await writeFile(folder, "a file");
  const models = new Map([["team/one", model("team/one")]]);
  await expect(copyModels(folder, models)).rejects.toMatchObject({ code: "IO" });
  await rm(folder);
  await expect(copyModels(folder, models, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: "CANCELLED",
  });
  await expect(stat(join(folder, "index.json"))).rejects.toMatchObject({ code: "ENOENT" });
});
