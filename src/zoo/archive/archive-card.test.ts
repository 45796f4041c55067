import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DATA } from "../../../test/needs.ts";
import { sha256Hex } from "../../bytes/sha256.ts";
import { collect } from "../../bytes/stream.ts";
import type { NNArchiveConfig } from "../../nn-archive/config.ts";
import type { NNArchive } from "../../nn-archive/nn-archive.ts";
import { readArchive } from "../../nn-archive/read.ts";
import { writeArchive } from "../../nn-archive/write.ts";
import { makeModel, makeNode, makeTensor, makeValueInfo } from "../../onnx/build.ts";
import { decodeModel, describeModel, encodeModel } from "../../onnx/model.ts";
import { buildTflite } from "../../onnx/testing/tflite-builder.ts";
import { tfliteCases } from "../../onnx/testing/tflite-cases.ts";
import { type Card, parseCard } from "../cards/card.ts";
import { type ArchiveParts, archiveFromCard, unbake } from "./archive-card.ts";
import { cardFromArchive } from "./archive-card-read.ts";

/** A network that reads an image and answers an embedding of two numbers. */
function network({ shape = [1, 3, 4, 4], channels = 3 }: { shape?: (number | string)[]; channels?: number } = {}) {
  const planar = shape[1] === channels;
  const model = makeModel({
    name: "small",
    nodes: [
      ...(planar ? [] : [makeNode("Transpose", ["data"], ["t"], { perm: [0, 3, 1, 2] })]),
      makeNode("Conv", [planar ? "data" : "t", "w"], ["c"], { kernel_shape: [1, 1] }),
      makeNode("GlobalAveragePool", ["c"], ["p"]),
      makeNode("Flatten", ["p"], ["fc1"]),
    ],
    inputs: [makeValueInfo("data", shape)],
    outputs: [makeValueInfo("fc1", [shape[0]!, 2])],
    initializers: [
      makeTensor("w", [2, channels, 1, 1], Float32Array.of(1, 10, 100, -2, 5, 7).subarray(0, 2 * channels)),
    ],
  });
  return new Uint8Array(encodeModel(model));
}

const input = { name: "data", width: 4, height: 4, color: "RGB", mean: [127.5, 127.5, 127.5], scale: [128, 128, 128] };
const recognizer = {
  kind: "recognizer",
  embedding: { size: 2 },
  thresholds: [{ falseAcceptRate: 1e-3, threshold: 0.3, measuredOn: "LFW" }],
};
const card = (changes: object = {}, of: object = {}, kind: object = recognizer): Card =>
  parseCard(
    {
      slug: "team/small:first",
      title: "Small",
      licence: { name: "MIT", commercial: true },
      model: { source: { path: "/home/somebody/small.onnx" }, input: { ...input, ...changes }, outputs: {} },
      ...kind,
      ...of,
    },
    "test",
  );

/** Through an archive's bytes and back, perhaps with something changed on the way. */
async function archiveOf(
  { config, files }: ArchiveParts,
  change: { config?: (config: NNArchiveConfig) => void; cardless?: boolean } = {},
): Promise<NNArchive> {
  const changed = structuredClone(config);
  change.config?.(changed);
  const kept = new Map([...files].filter(([name]) => !(change.cardless && name === "card.yaml")));
  return readArchive(await collect(writeArchive({ config: changed, files: kept }, { compression: "none" })), "a.tar");
}

type Model = NNArchiveConfig["model"];
const inputOf = ({ model }: NNArchiveConfig): Model["inputs"][number] => model.inputs[0]!;

describe("archiveFromCard", () => {
  test("says a recogniser's contract as DepthAI does, and carries the file byte by byte", async () => {
    const onnx = network();
    const { config, files } = await archiveFromCard(card(), onnx, { form: "source", fileName: "small_r1.onnx" });
    expect(config).toEqual({
      config_version: "1.0",
      model: {
        metadata: { name: "small", path: "small_r1.onnx", precision: "float32" },
        inputs: [
          {
            name: "data",
            dtype: "float32",
            input_type: "image",
            shape: [1, 3, 4, 4],
            layout: "NCHW",
            preprocessing: { mean: [127.5, 127.5, 127.5], scale: [128, 128, 128], dai_type: "RGB888p" },
          },
        ],
        outputs: [{ name: "fc1", dtype: "float32", shape: [1, 2], layout: "NF" }],
        heads: [{ parser: "EmbeddingsParser", outputs: ["fc1"], metadata: {} }],
      },
    });
    expect([...files.keys()]).toEqual(["small_r1.onnx", "card.yaml"]);
    expect(files.get("small_r1.onnx")).toBe(onnx);
  });

  test.each([
    ["BGR888p", { color: "BGR" }, { shape: [1, 3, 4, 4] }],
    ["RGB888i", { layout: "NHWC" }, { shape: [1, 4, 4, 3] }],
    ["GRAY8", { color: "GRAY", mean: [0], scale: [256] }, { shape: ["N", 1, "h", "w"], channels: 1 }],
  ])("dai_type %s comes and goes", async (type, changes, of) => {
    const parts = await archiveFromCard(card(changes), network(of), { form: "source" });
    expect(inputOf(parts.config).preprocessing.dai_type).toBe(type);
    const read = await cardFromArchive(await archiveOf(parts, { cardless: true }), { slug: "local/x" });
    expect(read.model!.input).toEqual(card(changes).model!.input);
  });

  test("a TensorFlow Lite file goes in as the ONNX it becomes, which the card pins", async () => {
    const tflite = Uint8Array.from(buildTflite(tfliteCases["CONV_2D SAME, stride 2, even size"]!));
    const model = {
      ...{ source: { path: "small.tflite" }, sha256: await sha256Hex(tflite), byteLength: tflite.length },
      ...{ input: { ...input, name: "x", width: 8, height: 6 }, outputs: { y: "y" } },
    };
    const stage = card({}, { model }, { kind: "stage" });
    const { config, files } = await archiveFromCard(stage, tflite, { form: "source", fileName: "small.tflite" });
    expect(inputOf(config)).toMatchObject({ name: "x", shape: [1, 3, 6, 8], layout: "NCHW" });
    expect([...files.keys()]).toEqual(["small.onnx", "card.yaml"]);
    const onnx = files.get("small.onnx")!;
    expect(describeModel(decodeModel(onnx, "small.onnx")).outputs).toMatchObject([{ name: "y" }]);
    const own = await cardFromArchive(await archiveOf({ config, files }), { slug: "local/x" });
    expect(own.model).toMatchObject({ sha256: await sha256Hex(onnx), byteLength: onnx.length });
    const other = Uint8Array.from([...tflite, 0]);
    await expect(archiveFromCard(stage, other, { form: "source" })).rejects.toMatchObject({ code: "INTEGRITY" });
  });

  test("the export form is BGR, un-normalised, images → output; its card says so and pins the new file", async () => {
    const { config, files } = await archiveFromCard(card(), network(), { form: "export" });
    expect(inputOf(config)).toMatchObject({
      name: "images",
      preprocessing: { mean: [0, 0, 0], scale: [1, 1, 1], dai_type: "BGR888p" },
    });
    expect(config.model.outputs).toEqual([{ name: "output", dtype: "float32", shape: [1, 2], layout: "NF" }]);
    const graph = decodeModel(files.get("small.onnx")!, "small.onnx").graph!;
    expect(graph.node.map(({ opType }) => opType).slice(0, 4)).toEqual(["Gather", "Sub", "Div", "Conv"]);
    const read = await cardFromArchive(await archiveOf({ config, files }), { slug: "local/x" });
    expect(read.model!.input).toMatchObject({ name: "images", color: "BGR", mean: [0, 0, 0], scale: [1, 1, 1] });
    expect(read).toMatchObject({ slug: "team/small:first", model: { outputs: { embedding: "output" } } });
  });

  test("unbake takes the numbers out again", async () => {
    const { files } = await archiveFromCard(card(), network(), {
      form: "export",
      inputName: "data",
      outputName: "fc1",
    });
    const archive = await archiveOf(await archiveFromCard(card(), network(), { form: "export" }));
    const { config, files: back } = await unbake(
      await cardFromArchive(archive, { slug: "local/x" }),
      archive.model,
      "small.onnx",
    );
    expect(inputOf(config).preprocessing).toEqual({ mean: input.mean, scale: input.scale, dai_type: "RGB888p" });
    const same = await unbake(
      card({ color: "BGR", mean: [0, 0, 0], scale: [1, 1, 1] }),
      files.get("small.onnx")!,
      "small.onnx",
    );
    expect(Buffer.compare(same.files.get("small.onnx")!, network())).toBe(0);
    await expect(unbake(card({ name: "images" }), back.get("small.onnx")!, "small.onnx")).rejects.toThrow(
      "begins with its preprocessing",
    );
  });

  test("precision is the type that most numbers have", async () => {
    const path = join(DATA, "models/w600k_mbf_int8_offlineid.onnx");
    if (!existsSync(path)) return;
    const big = { ...input, name: "input.1", width: 112, height: 112 };
    const int8 = card({}, { model: { source: { path }, input: big, outputs: {} }, embedding: { size: 512 } });
    const { config } = await archiveFromCard(int8, new Uint8Array(readFileSync(path)), { form: "source" });
    expect(config.model.metadata.precision).toBe("int8");
  });

  test.each<[string, Card, RegExp]>([
    ["another input", card({ name: "images" }), /team\/small:first: the network has no input images; it has data/],
    ["another size", card({ width: 8, height: 8 }), /its card says \[1, 3, 8, 8\], the network \[1, 3, 4, 4\]/],
    [
      "another embedding",
      card({}, { embedding: { size: 3 } }),
      /output fc1: its card says \[1, 3\], the network \[1, 2\]/,
    ],
    [
      "another file",
      card({}, { model: { ...card().model, sha256: "0".repeat(64) } }),
      /sha256 0{64}, got [0-9a-f]{64}/,
    ],
    [
      "no network",
      parseCard(
        {
          slug: "team/stages",
          kind: "detector",
          title: "Stages",
          licence: { name: "MIT", commercial: true },
          stages: { detector: "team/one" },
          parser: { name: "cascade" },
        },
        "test",
      ),
      /made of stages/,
    ],
  ])("refuses a card of %s", async (_, of, message) => {
    await expect(archiveFromCard(of, network(), { form: "source" })).rejects.toThrow(message);
  });

  test.each(["../x.onnx", "a/b.onnx", "x.blob", "config.json"])("refuses to call the file %s", async (fileName) => {
    await expect(archiveFromCard(card(), network(), { form: "source", fileName })).rejects.toThrow("a file name.onnx");
  });
});

describe("cardFromArchive", () => {
  test("gives back the card that was put in; a path is that of the file beside it", async () => {
    const of = card({}, { model: { ...card().model, source: { url: "https://example.org/small.onnx" } } });
    const parts = await archiveFromCard(of, network(), { form: "source" });
    expect(await cardFromArchive(await archiveOf(parts), { slug: "local/x" })).toEqual(of);
    const local = await archiveFromCard(card(), network(), { form: "source" });
    const read = await cardFromArchive(await archiveOf(local), { slug: "local/x" });
    expect(read).toEqual({ ...card(), model: { ...card().model, source: { path: "small.onnx" } } });
  });

  test.each<[field: string, (input: Model["inputs"][number], model: Model) => void]>([
    ["model.input.color", (of) => Object.assign(of.preprocessing, { dai_type: "BGR888p" })],
    ["model.input.mean", (of) => Object.assign(of.preprocessing, { mean: [0, 0, 0] })],
    ["model.input.scale", (of) => Object.assign(of.preprocessing, { scale: [128, 128, 127] })],
    ["model.input.width", (of) => Object.assign(of, { shape: [1, 3, 4, 8] })],
    ["model.input.name", (of) => Object.assign(of, { name: "images" })],
    ["embedding.size", (_, model) => Object.assign(model.outputs[0]!, { shape: [1, 3] })],
  ])("a config.json that was changed in %s is refused by name", async (field, change) => {
    const parts = await archiveFromCard(card(), network(), { form: "source" });
    const archive = await archiveOf(parts, { config: (config) => change(inputOf(config), config.model) });
    await expect(cardFromArchive(archive, { slug: "local/x" })).rejects.toThrow(`a.tar: ${field}: card.yaml says`);
  });

  test("a card.yaml that is none, or of another file, is refused", async () => {
    const { config, files } = await archiveFromCard(card(), network(), { form: "source" });
    const withCard = (text: string) =>
      archiveOf({ config, files: new Map([...files, ["card.yaml", new TextEncoder().encode(text)]]) });
    const read = async (text: string) => cardFromArchive(await withCard(text), { slug: "local/x" });
    await expect(read("{")).rejects.toThrow("a.tar: card.yaml: not YAML");
    await expect(read("slug: 1")).rejects.toThrow("a.tar: card.yaml: not a model card");
    await expect(read(" ".repeat(2 << 20))).rejects.toThrow("is no model card");
    const other = new TextDecoder().decode(files.get("card.yaml")!);
    await expect(read(other.replace("path: small.onnx", "path: /etc/passwd"))).rejects.toThrow("model.source.path");
    const pinned = other.replace("model:\n", `model:\n  sha256: "${"0".repeat(64)}"\n`);
    await expect(read(pinned)).rejects.toThrow("with sha256 000");
  });

  type Preprocessing = Partial<Model["inputs"][number]["preprocessing"]>;
  const plain = { color: "RGB", mean: [0, 0, 0], scale: [1, 1, 1] };
  test.each<[string, Preprocessing, object]>([
    ["nothing: RGB, as it is", {}, plain],
    ["reverse_channels true: RGB", { reverse_channels: true }, plain],
    ["reverse_channels false: BGR", { reverse_channels: false }, { ...plain, color: "BGR" }],
    [
      "dai_type against reverse_channels: dai_type",
      { reverse_channels: true, dai_type: "BGR888p" },
      { ...plain, color: "BGR" },
    ],
    [
      "one number for all channels",
      { mean: [127.5], scale: [128] },
      { ...plain, mean: input.mean, scale: input.scale },
    ],
    ["a planar image, said twice", { interleaved_to_planar: false, dai_type: "RGB888p" }, plain],
    ["float16 pixels", { dai_type: "BGRF16F16F16p" }, { ...plain, color: "BGR" }],
  ])("without a card, %s", async (_, preprocessing, want) => {
    const parts = await archiveFromCard(card(), network(), { form: "source" });
    const archive = await archiveOf(parts, {
      cardless: true,
      config: (config) => Object.assign(inputOf(config), { preprocessing }),
    });
    const read = await cardFromArchive(archive, { slug: "local/small" });
    expect(read).toMatchObject({
      slug: "local/small",
      kind: "recognizer",
      title: "small",
      licence: { name: "not stated", commercial: false, note: expect.stringContaining("licences") },
      embedding: { size: 2 },
      model: { source: { path: "small.onnx" }, outputs: { embedding: "fc1" }, input: want },
    });
  });

  test.each<[string, (input: Model["inputs"][number], model: Model) => void, string]>([
    [
      "tensors that are no image",
      (of) => Object.assign(of, { input_type: "raw" }),
      "input data to be an image, got raw",
    ],
    ["bytes", (of) => Object.assign(of, { dtype: "uint8" }), "input data of float32, got uint8"],
    ["an unknown dai_type", (of) => Object.assign(of.preprocessing, { dai_type: "NV12" }), "RGB888p, BGR888p"],
    [
      "a layout against its dai_type",
      (of) => Object.assign(of.preprocessing, { dai_type: "RGB888i" }),
      "expected layout NHWC, as its preprocessing says, got NCHW",
    ],
    [
      "a layout against interleaved_to_planar",
      (of) => Object.assign(of, { preprocessing: { interleaved_to_planar: true } }),
      "expected layout NHWC",
    ],
    ["two means", (of) => Object.assign(of.preprocessing, { mean: [1, 2] }), "mean of 3 numbers, got 2"],
    ["no heads", (_, model) => Object.assign(model, { heads: null }), "No heads defined in the NN Archive."],
    ["two heads", (_, model) => model.heads!.push(model.heads![0]!), "expected one head, got 2"],
    [
      "another parser",
      (_, model) => Object.assign(model.heads![0]!, { parser: "HRNetParser" }),
      "EmbeddingsParser, SCRFDParser, YuNetParser, got HRNetParser",
    ],
    [
      "an embedding of several outputs",
      (_, model) => Object.assign(model.heads![0]!, { outputs: [] }),
      "Embeddings head should have only one output layer",
    ],
  ])("without a card, %s is refused in words", async (_, change, message) => {
    const parts = await archiveFromCard(card(), network(), { form: "source" });
    const archive = await archiveOf(parts, {
      cardless: true,
      config: (config) => change(inputOf(config), config.model),
    });
    await expect(cardFromArchive(archive, { slug: "local/x" })).rejects.toThrow(message);
  });
});

describe.each([
  [
    "scrfd_500m_bnkps.onnx",
    "input.1",
    "RGB",
    "scrfd",
    "SCRFDParser",
    { feat_stride_fpn: [8, 16, 32], num_anchors: 2, anchors: null, max_det: 100 },
  ],
  ["det_500m.onnx", "input.1", "RGB", "scrfd", "SCRFDParser", { feat_stride_fpn: [8, 16, 32], num_anchors: 2 }],
  ["face_detection_yunet_2023mar.onnx", "input", "BGR", "yunet", "YuNetParser", { max_det: 5000 }],
] as const)("a detector, %s", (file, name, color, parser, headParser, metadata) => {
  const path = join(DATA, "models", file);
  const detector = card(
    { name, width: 640, height: 640, color },
    {},
    { kind: "detector", parser: { name: parser, scoreThreshold: 0.6 } },
  );

  test.skipIf(!existsSync(path))("comes and goes with its parser's numbers", async () => {
    const onnx = new Uint8Array(readFileSync(path));
    const parts = await archiveFromCard(detector, onnx, { form: "source" });
    const [head] = parts.config.model.heads!;
    expect(head).toMatchObject({
      parser: headParser,
      metadata: {
        classes: ["Face"],
        n_classes: 1,
        conf_threshold: 0.6,
        iou_threshold: parser === "scrfd" ? 0.4 : 0.3,
        ...metadata,
      },
    });
    const names = describeModel(decodeModel(onnx, file)).outputs.map((output) => output.name);
    expect(head!.outputs).toEqual(names);
    const read = await cardFromArchive(await archiveOf(parts, { cardless: true }), { slug: "local/d" });
    expect(read).toMatchObject({ kind: "detector", parser: { name: parser, scoreThreshold: 0.6 } });
    expect(Object.values(read.model!.outputs)).toEqual(names);
    expect(Object.keys(read.model!.outputs).slice(0, 3)).toEqual(
      parser === "scrfd" ? ["score_8", "score_16", "score_32"] : ["cls_8", "cls_16", "cls_32"],
    );
  });

  test.skipIf(!existsSync(path))(
    "in the export form has the outputs' names that DepthAI's parser looks for",
    async () => {
      const { config } = await archiveFromCard(detector, new Uint8Array(readFileSync(path)), { form: "export" });
      expect(config.model.heads![0]!.outputs).toContain(parser === "scrfd" ? "score_8" : "cls_8");
      expect(config.model.outputs.map((output) => output.name)).toEqual(config.model.heads![0]!.outputs);
    },
  );
});
