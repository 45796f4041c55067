import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DATA } from "../../test/needs.ts";
import { createSession } from "../host/session.node.ts";
import { makeModel, makeNode, makeTensor, makeValueInfo } from "./build.ts";
import { type BakeOptions, bakePreprocessing, findInput } from "./export-form.ts";
import { takeOutPreprocessing } from "./export-form-take-out.ts";
import { decodeModel, encodeModel } from "./model.ts";
import { noise } from "./noise.ts";
import { tensorTypeOf } from "./read.ts";
import {
  AttributeType,
  createAttribute,
  DataType,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from "./schema.ts";
import { publishedFile } from "./testing/published.node.ts";

/** ImageNet's, so that no two channels are alike and no number is a short float32. */
const IMAGENET = { mean: [123.675, 116.28, 103.53], scale: [58.395, 57.12, 57.375] };
const BGR_TO_RGB = { ...IMAGENET, reverseChannels: true, layout: "NCHW" } as const;

/**
 * Both sides divide in float32, one before the network and one inside it, so that inputs differ by half an ulp. Seen:
 * 2.4e-6 where answers reach 8. A channel or a mean in the wrong place changes them by a hundred times this tolerance.
 */
const ROUNDING = { atol: 1e-5, rtol: 1e-5 };

const files = ["mobilefacenet_foamliu.onnx", "w600k_mbf_int8_offlineid.onnx", "face_detection_yunet_2023mar.onnx"];
const published = publishedFile("faceplugin-face-recognition-js@0.0.1", "package/model/fr_feature.onnx");
const models: [string, Uint8Array][] = [
  ...(published ? [["fr_feature.onnx", published] as [string, Uint8Array]] : []),
  ...files
    .map((file) => join(DATA, "models", file))
    .filter((path) => existsSync(path))
    .map((path): [string, Uint8Array] => [path, readFileSync(path)]),
];

/** What a network answers, all outputs one after the other. */
async function run(model: ModelProto, shape: readonly number[], data: Float32Array | Uint8Array): Promise<number[]> {
  await using session = await createSession(encodeModel(model), "test");
  const dtype = data instanceof Float32Array ? "float32" : "uint8";
  const name = findInput(model).name;
  const outputs = await session.run({ [name]: { dtype, shape: [...shape], data: data as Float32Array } });
  return Object.values(outputs).flatMap(({ data }) => [...(data as Float32Array)]);
}

const pixels = (count: number): Float32Array => noise(count, 7).map((v) => Math.round(Math.abs(v * 255) % 255));
/** NCHW pixels as bake's network wants them: colours reversed, normalised. */
const prepared = (
  raw: Float32Array,
  area: number,
  { mean, scale }: Pick<BakeOptions, "mean" | "scale">,
  order = [2, 1, 0],
): Float32Array =>
  raw.map(
    (_, i) =>
      (raw[order[Math.floor(i / area)]! * area + (i % area)]! - mean[Math.floor(i / area)]!) /
      scale[Math.floor(i / area)]!,
  );

describe.each(models)("%s", (path, bytes) => {
  const model = decodeModel(bytes, path);
  const side = path.includes("yunet") ? 640 : 112;
  const shape = [1, 3, side, side];
  const raw = pixels(3 * side * side);

  test("bake and take out gives the same file and the same numbers", () => {
    const options: BakeOptions[] = [
      BGR_TO_RGB,
      { ...BGR_TO_RGB, reverseChannels: false },
      { mean: [127.5, 127.5, 127.5], scale: [128, 128, 128], reverseChannels: true, layout: "NCHW" },
      { mean: [0, 0, 0], scale: [1, 1, 1], reverseChannels: true, layout: "NCHW", interleavedToPlanar: true },
    ];
    for (const one of options) {
      const { model: alone, ...numbers } = takeOutPreprocessing(bakePreprocessing(model, one))!;
      expect(numbers).toEqual({ interleavedToPlanar: false, ...one });
      expect(Buffer.compare(encodeModel(alone), encodeModel(model))).toBe(0);
    }
  });

  test("baked, it answers to raw BGR as it does to normalised RGB; to a wrong order or mean it does not", async () => {
    const want = await run(model, shape, prepared(raw, side * side, IMAGENET));
    const got = await run(bakePreprocessing(model, BGR_TO_RGB), shape, raw);
    expect(got).toBeCloseToTensor(want, ROUNDING);
    for (const wrong of [
      { ...BGR_TO_RGB, reverseChannels: false },
      { ...BGR_TO_RGB, mean: IMAGENET.mean.toReversed() },
      { ...BGR_TO_RGB, scale: IMAGENET.scale.toReversed() },
    ]) {
      const spoilt = await run(bakePreprocessing(model, wrong), shape, raw);
      expect(() => expect(spoilt).toBeCloseToTensor(want, ROUNDING)).toThrow("values differ");
    }
  });
});

// y = conv(x, w): a network of 3 channels whose answer tells them apart.
const conv = (input: string): NodeProto => makeNode("Conv", [input, "w"], ["y"], { kernel_shape: [1, 1] });
const filter = (channels: number): TensorProto =>
  makeTensor("w", [2, channels, 1, 1], Float32Array.of(1, 10, 100, -2, -20, -200).subarray(0, 2 * channels));

/** A network after some nodes of preprocessing, the last of which makes `z`. */
function withFront(
  nodes: readonly NodeProto[],
  constants: readonly TensorProto[],
  { shape = [1, 3, 2, 2], elemType = DataType.FLOAT, outputs = ["y"], channels = 3, opset = 18 } = {},
): ModelProto {
  const model = makeModel({
    name: "test",
    nodes: [...nodes, conv("z")],
    inputs: [makeValueInfo("x", shape, elemType)],
    outputs: outputs.map((name) => makeValueInfo(name, ["a", "b", "c", "d"])),
    initializers: [filter(channels), ...constants],
  });
  model.opsetImport[0]!.version = BigInt(opset);
  return model;
}

const floats = (name: string, dims: readonly number[], ...values: number[]): TensorProto =>
  makeTensor(name, dims, Float32Array.from(values));
const number = (name: string, value: number): TensorProto => floats(name, [], value);
const mean = floats("m", [1, 3, 1, 1], 123.675, 116.28, 103.53);

describe("takeOutPreprocessing knows", () => {
  type Known = [string, ModelProto, Omit<BakeOptions, "layout"> & { interleavedToPlanar: boolean }];
  const plain = { mean: [0, 0, 0], scale: [1, 1, 1], reverseChannels: false, interleavedToPlanar: false };
  const scalars = [number("a", 127.5), number("k", 0.0078125)];
  const nodes = (...list: [string, string[], object?][]): NodeProto[] =>
    list.map(([op, input, attributes], i) =>
      makeNode(op, input, [i === list.length - 1 ? "z" : `v${i + 1}`], attributes as never),
    );
  const split = makeNode("Split", ["x", "sizes"], ["b", "g", "r"], { axis: 1 });
  const old = makeNode("Split", ["x"], ["b", "g", "r"], { axis: 1, split: [1, 1, 1] });
  const cases: Known[] = [
    [
      "MXNet's Sub and Mul by one number",
      withFront(nodes(["Sub", ["x", "a"]], ["Mul", ["v1", "k"]]), scalars),
      { ...plain, mean: [127.5, 127.5, 127.5], scale: [128, 128, 128] },
    ],
    [
      "Luxonis's Split and Concat, Sub and Mul",
      withFront(
        [
          split,
          makeNode("Concat", ["r", "g", "b"], ["v"], { axis: 1 }),
          makeNode("Sub", ["v", "m"], ["c"]),
          makeNode("Mul", ["c", "s"], ["z"]),
        ],
        [mean, makeTensor("sizes", [3], [1, 1, 1]), floats("s", [1, 3, 1, 1], 1 / 58.395, 1 / 57.12, 1 / 57.375)],
      ),
      { ...plain, ...IMAGENET, reverseChannels: true },
    ],
    [
      "Split as it was before opset 13",
      withFront([old, makeNode("Concat", ["r", "g", "b"], ["z"], { axis: 1 })], [], { opset: 11 }),
      { ...plain, reverseChannels: true },
    ],
    [
      "torchvision's: Div by 255, then mean and deviation",
      withFront(nodes(["Div", ["x", "a"]], ["Sub", ["v1", "b"]], ["Div", ["v2", "c"]]), [
        number("a", 255),
        floats("b", [3, 1, 1], 0.485, 0.456, 0.406),
        floats("c", [3, 1, 1], 0.229, 0.224, 0.225),
      ]),
      { ...plain, ...IMAGENET },
    ],
    [
      "a mean before the reversal: it is told in the network's order",
      withFront(nodes(["Sub", ["x", "m"]], ["Gather", ["v1", "i"], { axis: -3 }]), [
        mean,
        makeTensor("i", [3], [-1, 1, 0]),
      ]),
      { ...plain, mean: IMAGENET.mean.toReversed(), reverseChannels: true },
    ],
    [
      "Add of a negative mean, in either order of operands",
      withFront(nodes(["Add", ["a", "x"]], ["Mul", ["k", "v1"]]), [number("a", -127.5), scalars[1]!]),
      { ...plain, mean: [127.5, 127.5, 127.5], scale: [128, 128, 128] },
    ],
    [
      "two reversals, which are none",
      withFront(nodes(["Gather", ["x", "i"], { axis: 1 }], ["Gather", ["v1", "i"], { axis: 1 }]), [
        makeTensor("i", [3], [2, 1, 0]),
      ]),
      plain,
    ],
    [
      "bytes NHWC: Cast, Transpose, Sub",
      withFront(
        nodes(["Cast", ["x"], { to: 1 }], ["Transpose", ["v1"], { perm: [0, 3, 1, 2] }], ["Sub", ["v2", "m"]]),
        [mean],
        { shape: [1, 2, 2, 3], elemType: DataType.UINT8 },
      ),
      { ...plain, mean: IMAGENET.mean, interleavedToPlanar: true },
    ],
    [
      "constants along the last axis before the Transpose",
      withFront(
        nodes(["Sub", ["x", "l"]], ["Transpose", ["v1"], { perm: [0, 3, 1, 2] }]),
        [floats("l", [3], ...IMAGENET.mean)],
        {
          shape: [1, 2, 2, 3],
        },
      ),
      { ...plain, mean: IMAGENET.mean, interleavedToPlanar: true },
    ],
  ];

  test.each(cases)("%s", async (_, model, want) => {
    const { model: alone, layout, ...got } = takeOutPreprocessing(model)!;
    expect({ ...got, layout }).toEqual({ ...want, layout: "NCHW" });
    // Nothing is left but the network, and it answers as before to what its new contract says.
    expect(alone.graph!.node.map(({ opType }) => opType)).toEqual(["Conv"]);
    expect(alone.graph!.initializer.map(({ name }) => name)).toEqual(["w"]);
    const isBytes = tensorTypeOf(model.graph!.input[0]!)?.elemType === DataType.UINT8;
    const raw = Float32Array.of(0, 17, 255, 3, 128, 64, 33, 200, 99, 1, 250, 77);
    const shape = want.interleavedToPlanar ? [1, 2, 2, 3] : [1, 3, 2, 2];
    const planar = want.interleavedToPlanar ? raw.map((_, i) => raw[(i % 4) * 3 + Math.floor(i / 4)]!) : raw;
    const order = want.reverseChannels ? [2, 1, 0] : [0, 1, 2];
    const before = await run(model, shape, isBytes ? Uint8Array.from(raw) : raw);
    const after = await run(alone, [1, 3, 2, 2], prepared(planar, 4, want, order));
    // Sums of numbers up to 25,500 in float32.
    expect(after).toBeCloseToTensor(before, { atol: 4e-3 });
    // And putting it back in our own form answers as the first did.
    const again = bakePreprocessing(alone, { ...want, layout: "NCHW" });
    expect(await run(again, shape, raw)).toBeCloseToTensor(before, { atol: 4e-3 });
  });

  test("constants that are nodes, which go too", () => {
    const constant = makeNode("Constant", [], ["a"]);
    constant.attribute = [createAttribute({ name: "value", type: AttributeType.TENSOR, t: number("", 127.5) })];
    const { model, mean } = takeOutPreprocessing(withFront([constant, makeNode("Sub", ["x", "a"], ["z"])], []))!;
    expect(mean).toEqual([127.5, 127.5, 127.5]);
    expect(model.graph!.node.map(({ opType }) => opType)).toEqual(["Conv"]);
  });

  test("constants that something else reads, which stay", () => {
    const shared = withFront([makeNode("Sub", ["x", "a"], ["z"])], [number("a", 2)]);
    shared.graph!.node.push(makeNode("Mul", ["y", "a"], ["y2"]));
    shared.graph!.output.push(makeValueInfo("y2", ["a", "b", "c", "d"]));
    const { model } = takeOutPreprocessing(shared)!;
    expect(model.graph!.initializer.map(({ name }) => name)).toEqual(["w", "a"]);
  });
});

describe("takeOutPreprocessing leaves alone", () => {
  const sub = makeNode("Sub", ["x", "m"], ["z"]);
  const cases: [string, ModelProto][] = [
    ["a network without any", withFront([makeNode("Relu", ["x"], ["z"])], [])],
    ["a mean image", withFront([sub], [floats("m", [1, 1, 2, 2], 1, 2, 3, 4)])],
    ["constants along another axis", withFront([sub], [floats("m", [3], 1, 2, 3)], { shape: [1, 3, 2, 3] })],
    ["a constant taken from, not subtracted", withFront([makeNode("Sub", ["m", "x"], ["z"])], [mean])],
    [
      "another order of channels",
      withFront([makeNode("Gather", ["x", "i"], ["z"], { axis: 1 })], [makeTensor("i", [3], [1, 0, 2])]),
    ],
    [
      "a reversal of rows",
      withFront([makeNode("Gather", ["x", "i"], ["z"], { axis: 2 })], [makeTensor("i", [2], [1, 0])]),
    ],
    ["a value that is an output too", withFront([sub], [mean], { outputs: ["y", "z"] })],
    ["an operand that is computed", withFront([makeNode("Mul", ["x", "x"], ["z"])], [])],
    ["a factor of 0", withFront([makeNode("Mul", ["x", "m"], ["z"])], [number("m", 0)])],
    ["a graph whose channels cannot be told", withFront([sub], [number("m", 1)], { shape: [1, 3, 2, 1] })],
    ["operators that broadcast in the old way", withFront([sub], [mean], { opset: 6 })],
    ["a Cast that is not to float32", withFront([makeNode("Cast", ["x"], ["z"], { to: DataType.FLOAT16 })], [])],
  ];
  test.each(cases)("%s", (_, model) => {
    expect(takeOutPreprocessing(model)).toBeNull();
  });

  test("an input that something else reads too", () => {
    const model = withFront([sub], [mean]);
    model.graph!.node.push(makeNode("Relu", ["x"], ["side"]));
    model.graph!.output.push(makeValueInfo("side", [1, 3, 2, 2]));
    expect(takeOutPreprocessing(model)).toBeNull();
  });

  test("what follows the first unknown node: that much is taken out", () => {
    const model = withFront(
      [makeNode("Sub", ["x", "m"], ["v"]), makeNode("Clip", ["v"], ["u"]), makeNode("Sub", ["u", "m"], ["z"])],
      [mean],
    );
    const { model: alone, mean: got } = takeOutPreprocessing(model)!;
    expect(got).toEqual(IMAGENET.mean);
    expect(alone.graph!.node.map(({ opType, input }) => `${opType} ${input[0]}`)).toEqual([
      "Clip x",
      "Sub u",
      "Conv z",
    ]);
  });
});

test("a grey network is baked without reversal, and back", async () => {
  const model = makeModel({
    name: "grey",
    nodes: [conv("x")],
    inputs: [makeValueInfo("x", ["N", 1, "h", "w"])],
    outputs: [makeValueInfo("y", ["N", 2, "h", "w"])],
    initializers: [filter(1)],
  });
  const options = { mean: [10], scale: [4], reverseChannels: false, layout: "NCHW" } as const;
  const baked = bakePreprocessing(model, options);
  expect(await run(baked, [1, 1, 1, 2], Float32Array.of(14, 6))).toEqual([1, -1, 10, -10]);
  const { model: alone, ...numbers } = takeOutPreprocessing(baked)!;
  expect(numbers).toEqual({ ...options, interleavedToPlanar: false });
  expect(Buffer.compare(encodeModel(alone), encodeModel(model))).toBe(0);
});

test("a network of NHWC is baked along its last axis, and back", async () => {
  const transpose = makeNode("Transpose", ["x"], ["t"], { perm: [0, 3, 2, 1] });
  const model = makeModel({
    name: "NHWC",
    nodes: [transpose, conv("t")],
    inputs: [makeValueInfo("x", [1, 1, 1, 3])],
    outputs: [makeValueInfo("y", [1, 2, 1, 1])],
    initializers: [filter(3)],
  });
  const options = { mean: [1, 2, 3], scale: [1, 2, 4], reverseChannels: true, layout: "NHWC" } as const;
  const baked = bakePreprocessing(model, options);
  // b, g, r = 7, 6, 5 → (5 − 1)/1, (6 − 2)/2, (7 − 3)/4
  expect(await run(baked, [1, 1, 1, 3], Float32Array.of(7, 6, 5))).toEqual([124, -248]);
  const { model: alone, ...numbers } = takeOutPreprocessing(baked, { layout: "NHWC" })!;
  expect(numbers).toEqual({ ...options, interleavedToPlanar: false });
  expect(Buffer.compare(encodeModel(alone), encodeModel(model))).toBe(0);
});

test("input and output take other names, those of nodes in subgraphs too, and take them off again", () => {
  const model = withFront([makeNode("Relu", ["x"], ["z"])], []);
  const rename = { x: "images", y: "output" };
  const baked = bakePreprocessing(model, { ...BGR_TO_RGB, rename });
  expect([baked.graph!.input[0]!.name, baked.graph!.output[0]!.name]).toEqual(["images", "output"]);
  const { model: alone } = takeOutPreprocessing(baked, { rename: { images: "x", output: "y" } })!;
  expect(Buffer.compare(encodeModel(alone), encodeModel(model))).toBe(0);
});

test("a model from before IR version 4 lists its constants among the inputs, the new ones too", () => {
  const model = withFront([makeNode("Relu", ["x"], ["z"])], []);
  model.irVersion = 3n;
  model.graph!.input.push(makeValueInfo("w", [2, 3, 1, 1]));
  const baked = bakePreprocessing(model, BGR_TO_RGB);
  const names = baked.graph!.initializer.map(({ name }) => name);
  expect(baked.graph!.input.map(({ name }) => name)).toEqual(["x", ...names]);
  expect(Buffer.compare(encodeModel(takeOutPreprocessing(baked)!.model), encodeModel(model))).toBe(0);
});

test.each<[string, Partial<BakeOptions>, ModelProto, string]>([
  ["other numbers than channels", { mean: [1] }, withFront([], []), "1 or 3 means and as many scales"],
  ["a scale of 0", { scale: [1, 0, 1] }, withFront([], []), "none 0"],
  ["an input that is not there", { inputName: "data" }, withFront([], []), "an input data, got x"],
  [
    "bytes",
    {},
    withFront([], [], { elemType: DataType.UINT8 }),
    "expected float32 to put preprocessing before, got uint8",
  ],
  ["another number of channels", {}, withFront([], [], { shape: [1, 4, 2, 2] }), "NCHW of 3 channels"],
  ["a name that is taken", { rename: { x: "w" } }, withFront([], []), "a new name that is free, got w"],
  ["a name of nothing", { rename: { q: "images" } }, withFront([], []), "an input or output q to rename"],
  ["an old opset", {}, withFront([], [], { opset: 6 }), "opset 7 or later"],
])("bakePreprocessing refuses %s", (_, options, model, message) => {
  expect(() => bakePreprocessing(model, { ...BGR_TO_RGB, ...options })).toThrow(message);
});
