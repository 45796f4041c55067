import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { stringify } from "yaml";
import { writeArchiveFile } from "../nn-archive/write.node.ts";
import { makeModel, makeNode, makeTensor, makeValueInfo } from "../onnx/build.ts";
import { encodeModel } from "../onnx/model.ts";
import { archiveFromCard } from "../zoo/archive/archive-card.ts";
import { type Card, type CardOf, parseCard } from "../zoo/cards/card.ts";
import type { Zoo } from "../zoo/open-zoo.node.ts";
import { loadEmbedder, openNodeZoo } from "./compose.node.ts";
import { openHeldModel, openModelFile } from "./local-model.node.ts";

let home = "";
let zoo: Zoo;
const at = (name: string): string => join(home, name);

const card = parseCard(
  {
    slug: "team/means",
    kind: "recognizer",
    title: "Means of the channels",
    licence: { name: "MIT", commercial: true },
    model: {
      source: { path: "means.onnx" },
      input: { name: "x", width: 4, height: 4, color: "RGB", mean: [0, 0, 0], scale: [1, 1, 1] },
      outputs: { embedding: "y" },
    },
    embedding: { size: 3 },
  },
  "test",
);
const onnx = new Uint8Array(
  encodeModel(
    makeModel({
      name: "means",
      nodes: [
        makeNode("GlobalAveragePool", ["x"], ["p"]),
        makeNode("Mul", ["p", "w"], ["m"]),
        makeNode("Flatten", ["m"], ["y"]),
      ],
      inputs: [makeValueInfo("x", ["N", 3, 4, 4])],
      outputs: [makeValueInfo("y", ["N", 3])],
      initializers: [makeTensor("w", [1, 3, 1, 1], Float32Array.of(1, 2, 3))],
    }),
  ),
);

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "arcface-local-"));
  const { model, embedding: _, thresholds: __, ...common } = card as CardOf<"recognizer">;
  const shared = { ...model, source: { path: at("means.onnx") } };
  const stages = { ...common, slug: "team/stages", kind: "detector", stages: { detector: "team/means" } };
  const cards = [{ ...card, model: shared } as Card, parseCard({ ...stages, parser: { name: "cascade" } }, "test")];
  zoo = openNodeZoo({ cacheDir: at("cache"), env: {}, offline: true, cards });
  await writeFile(at("means.onnx"), onnx);
  const parts = await archiveFromCard(card, onnx, { form: "source", fileName: "means.onnx" });
  await writeArchiveFile(at("means.tar.gz"), parts);
  await writeFile(
    at("card.yaml"),
    stringify({ ...card, slug: "team/other", model: { ...card.model, input: { ...card.model!.input, color: "BGR" } } }),
  );
  const { config, files } = structuredClone(parts);
  config.model.metadata.path = "means.superblob";
  config.model.heads = null;
  await writeArchiveFile(at("device.tar"), { config, files: new Map([["means.superblob", files.get("means.onnx")!]]) });
  config.model.metadata.path = "means.onnx";
  await writeArchiveFile(at("headless.tar"), { config, files: new Map([["means.onnx", onnx]]) });
});
afterAll(() => rm(home, { recursive: true, force: true }));

/** An image of one colour. */
const red = { width: 4, height: 4, data: Uint8Array.from({ length: 48 }, (_, i) => (i % 3 === 0 ? 100 : i % 3)) };

async function embed(choice: { model: string; card?: string }): Promise<number[]> {
  await using embedder = await loadEmbedder({ ...choice, cacheDir: at("cache"), env: {} });
  const [embedding] = await embedder.embed([red], { raw: true });
  return [...embedding!];
}

test("an archive runs by its own contract, and what it was unpacked to is gone", async () => {
  await mkdir(at("tmp"));
  vi.stubEnv("TMPDIR", at("tmp"));
  expect(await embed({ model: at("means.tar.gz") })).toEqual([100, 2, 6]);
  vi.unstubAllEnvs();
  // ONNX Runtime keeps notes of its own there.
  expect((await readdir(at("tmp"))).filter((name) => name.startsWith("arcface"))).toEqual([]);
});

test("a card given takes the place of its own, also where that cannot be made", async () => {
  for (const archive of ["means.tar.gz", "headless.tar"])
    expect(await embed({ model: at(archive), card: at("card.yaml") })).toEqual([2, 2, 300]);
  await expect(embed({ model: at("headless.tar") })).rejects.toThrow("No heads defined in the NN Archive.");
});

test("the fingerprint is that of the same ONNX file beside the same card", async () => {
  const options = { cacheDir: at("cache"), env: {} };
  await using archived = await loadEmbedder({ ...options, model: at("means.tar.gz"), card: at("card.yaml") });
  await using file = await loadEmbedder({ ...options, model: at("means.onnx"), card: at("card.yaml") });
  expect(archived.fingerprint).toBe(file.fingerprint);
  expect(archived.fingerprint).toMatch(/^team\/other@[0-9a-f]{16}$/);
});

test("an archive for a device says which it needs", async () => {
  await expect(embed({ model: at("device.tar") })).rejects.toMatchObject({
    code: "UNSUPPORTED_FORMAT",
    message: expect.stringContaining("RVC2"),
  });
});

test("openModelFile takes archives, nets, files and slugs, with a card and without", async () => {
  const archive = await openModelFile(zoo, at("means.tar.gz"));
  expect([archive.card, Buffer.compare(archive.model, onnx)]).toEqual([card, 0]);
  expect((await openModelFile(zoo, at("means.tar.gz"), { card: at("card.yaml") })).card!.slug).toBe("team/other");
  const file = await openModelFile(zoo, at("means.onnx"));
  expect([file.card, Buffer.compare(file.model, onnx), file.name]).toEqual([null, 0, at("means.onnx")]);
  const net = await openModelFile(zoo, "mbf");
  expect(net.card).toMatchObject({
    slug: "arcface/mbf",
    title: "mbf, random weights",
    model: { source: { net: "mbf" }, input: { name: "images", color: "RGB", mean: [127.5, 127.5, 127.5] } },
    embedding: { size: 512 },
  });
  await expect(openModelFile(zoo, at("absent.tar.xz"))).rejects.toMatchObject({ code: "NOT_FOUND" });
  const slug = await openModelFile(zoo, "team/means");
  expect([slug.card!.slug, Buffer.compare(slug.model, onnx)]).toEqual(["team/means", 0]);
  await expect(openModelFile(zoo, "team/stages")).rejects.toThrow("one made of stages");
});

test("slugs and ONNX files are nothing to hold", async () => {
  for (const name of ["team/model", "team/model:v1", "my.onnx", "./iresnet100", "my.json", "toString"])
    expect(await openHeldModel(name)).toBeNull();
});

test("what is wrong with the network of an archive is said of the archive, not of where it was unpacked", async () => {
  const parts = await archiveFromCard(card, onnx, { form: "source", fileName: "means.onnx" });
  const files = new Map([...parts.files, ["means.onnx", new TextEncoder().encode("no network")]]);
  await writeArchiveFile(at("text.tar"), { ...parts, files });
  await expect(embed({ model: at("text.tar") })).rejects.toMatchObject({
    code: "UNSUPPORTED_FORMAT",
    message: expect.stringMatching(/text\.tar: means\.onnx: (?!.*arcface-[A-Za-z0-9]{6}\/)/),
  });
});
