import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TEST_ENV } from "../../../test/default-models.ts";
import { DATA, needsData } from "../../../test/needs.ts";
import { encodeModel } from "../../onnx/model.ts";
import { smallNetwork } from "../../onnx/testing/small-models.ts";
import { buildTflite } from "../../onnx/testing/tflite-builder.ts";
import { tfliteCases } from "../../onnx/testing/tflite-cases.ts";
import { packArchive } from "../../zoo/testing/sample-archive.ts";
import type { CliContext } from "../command.ts";
import { modelsInfo } from "./models-info.node.ts";

const context: CliContext = {
  progress: { update() {}, stop() {} } as unknown as CliContext["progress"],
  signal: new AbortController().signal,
  note() {},
};

type Document = {
  models: { name: string; parameters: number; macs: number | null; byteLength: number; layers: unknown[] }[];
};

/** What the command answers: as text, and as the document that --json prints. */
async function info(name: string, options: { layers?: boolean; graph?: boolean; size?: string } = {}) {
  const result = await modelsInfo.run([name], options as never, context);
  return {
    text: await modelsInfo.format(result),
    ...(JSON.parse(JSON.stringify(result)) as Document),
  };
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "arcface-info-"));
  process.env.ARCFACE_CACHE = TEST_ENV.ARCFACE_CACHE;
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

test("a net of ours is counted by its name", async () => {
  const { models, text } = await info("mbf");
  expect(models).toMatchObject([{ name: "arcface/mbf", parameters: 2_059_520, macs: 437_520_896 }]);
  expect(text).toContain("  parameters            2,059,520\n");
  expect(text).toContain("  multiply–accumulates  0.438 G (437,520,896) for [1, 3, 112, 112]\n");
  expect(text).toContain("  input                 images: float32 [N, 3, 112, 112]\n");
});

test("the document has the layers always, the text where they are asked for", async () => {
  const path = await file("small.onnx", encodeModel(smallNetwork()));
  const [short, long] = [await info(path), await info(path, { layers: true })];
  expect(short.models[0]!.layers).toHaveLength(3);
  expect(short.models).toEqual(long.models);
  expect(short.text).not.toContain("Reshape");
  expect(long.text.split("\n").slice(-4)).toEqual([
    "  layer  operator  output        parameters  MACs",
    "  c      Conv      [1, 1, 2, 2]           2     4",
    "  r      Relu      [1, 1, 2, 2]           0     0",
    "  y      Reshape   [1, 4]                 0     0",
  ]);
});

test("a TensorFlow Lite file is counted as the network it becomes; its size is its own", async () => {
  const bytes = buildTflite(tfliteCases.RELU!);
  const { models } = await info(await file("relu.tflite", bytes));
  expect(models).toMatchObject([{ parameters: 0, macs: 0, byteLength: bytes.length }]);
});

const SCRFD = "models/det_500m.onnx";
needsData(SCRFD)("a network of any size is counted at the one asked for", async () => {
  expect((await info(`${DATA}/${SCRFD}`)).models[0]!.macs).toBe(null);
  const { models, text } = await info(`${DATA}/${SCRFD}`, { size: "640x480" });
  expect(models[0]!.macs).toBe((733_545_600 * 480) / 640);
  expect(text).toContain("for [1, 3, 480, 640]");
});

test.each<[what: string, name: string, size: string | undefined, code: string, message: string]>([
  [
    "a size that is none",
    "mbf",
    "112",
    "INVALID_ARGUMENT",
    "--size: expected a width and a height, as 640x480, got 112",
  ],
  [
    "a size for a fixed network",
    "mbf",
    "64x64",
    "INVALID_ARGUMENT",
    "mbf: --size is for networks of any size, this one takes [N, 3, 112, 112]",
  ],
  ["a file that is not there", "./none.onnx", undefined, "NOT_FOUND", "none.onnx"],
  ["a slug that is not there", "nobody/nothing", undefined, "NOT_FOUND", "nobody/nothing"],
])("%s is refused", async (_, name, size, code, message) => {
  await expect(info(name, size === undefined ? {} : { size })).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message),
  });
});

test("an archive for a device says which it needs", async () => {
  const path = await file("device.tar.gz", await packArchive(new Uint8Array(9), "model.blob"));
  await expect(info(path)).rejects.toMatchObject({
    code: "UNSUPPORTED_FORMAT",
    message: expect.stringContaining("RVC2 device"),
  });
});

test("--graph prints the graph, a line a node", async () => {
  const path = join(folder, "printed.onnx");
  await writeFile(path, encodeModel(smallNetwork()));
  const { text, models } = await info(path, { graph: true });
  expect(text).toContain("\nr: Relu(c) → r [1, 1, 2, 2]\n");
  expect(models[0]).toHaveProperty("graph");
  expect((await info(path)).models[0]).not.toHaveProperty("graph");
});
