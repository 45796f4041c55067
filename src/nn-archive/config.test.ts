import { describe, expect, test } from "vitest";
import { DATA_TYPES, type NNArchiveConfigInput, parseConfig, readConfig } from "./config.ts";
import { arcfaceConfig, scrfdConfig } from "./testing/sample-config.ts";

// biome-ignore lint/suspicious/noExplicitAny: configs are spoilt here on purpose
type Spoil = (config: any) => void;

function spoilt(spoil: Spoil, config: NNArchiveConfigInput = arcfaceConfig()): unknown {
  spoil(config);
  return config;
}

const problemOf = (spoil: Spoil, config?: NNArchiveConfigInput): string => {
  try {
    parseConfig(spoilt(spoil, config), "x.tar");
    return "none";
  } catch (error) {
    expect(error).toMatchObject({ name: "ArcfaceError", code: "UNSUPPORTED_FORMAT" });
    return (error as Error).message.replace("x.tar: config.json: ", "");
  }
};

test.each([
  ["ArcFace's", arcfaceConfig],
  ["SCRFD's", scrfdConfig],
])("%s config keeps the rules", (_, make) => {
  expect(problemOf(() => {}, make())).toBe("none");
});

test("what is left out is filled in: version, precision, layouts in capitals", () => {
  const config = spoilt((c) => {
    delete c.config_version;
    delete c.model.metadata.precision;
    delete c.model.inputs[0].layout;
    c.model.outputs[0].layout = "nf";
    c.model.outputs.push({ name: "other", dtype: "float32", shape: [1, 512] });
  });
  const { config_version, model } = parseConfig(config, "x");
  expect([config_version, model.metadata.precision]).toEqual(["1.0", "float32"]);
  expect([model.inputs[0]!.layout, ...model.outputs.map(({ layout }) => layout)]).toEqual(["NCHW", "NF", "NC"]);
});

describe("a config is refused where", () => {
  const EXTRA = "Extra inputs are not permitted";
  const MISSING = "Field required";

  test.each<[what: string, spoil: Spoil, problem: string]>([
    ["config has another key", (c) => (c.stages = []), `stages: ${EXTRA}`],
    ["model has another key", (c) => (c.model.version = 1), `model.version: ${EXTRA}`],
    ["an input has another key", (c) => (c.model.inputs[0].size = 1), `model.inputs[0].size: ${EXTRA}`],
    ["an output has another key", (c) => (c.model.outputs[0].size = 1), `model.outputs[0].size: ${EXTRA}`],
    [
      "preprocessing has another key",
      (c) => (c.model.inputs[0].preprocessing.std = 1),
      `model.inputs[0].preprocessing.std: ${EXTRA}`,
    ],
    ["there is no model", (c) => delete c.model, `model: ${MISSING}`],
    ["there is no metadata", (c) => delete c.model.metadata, `model.metadata: ${MISSING}`],
    ["the model has no name", (c) => delete c.model.metadata.name, `model.metadata.name: ${MISSING}`],
    ["the model has no path", (c) => delete c.model.metadata.path, `model.metadata.path: ${MISSING}`],
    ["there are no inputs", (c) => delete c.model.inputs, `model.inputs: ${MISSING}`],
    ["there are no outputs", (c) => delete c.model.outputs, `model.outputs: ${MISSING}`],
    ["heads are not mentioned", (c) => delete c.model.heads, `model.heads: ${MISSING}`],
    ["an input has no shape", (c) => delete c.model.inputs[0].shape, `model.inputs[0].shape: ${MISSING}`],
    [
      "an input has no preprocessing",
      (c) => delete c.model.inputs[0].preprocessing,
      `model.inputs[0].preprocessing: ${MISSING}`,
    ],
    ["a head has no parser", (c) => delete c.model.heads[0].parser, `model.heads[0].parser: ${MISSING}`],
    ["a head has no metadata", (c) => delete c.model.heads[0].metadata, `model.heads[0].metadata: ${MISSING}`],
    [
      "the version has no minor",
      (c) => (c.config_version = "1"),
      "config_version: 'config_version' must be in format 'x.y' where x and y are integers",
    ],
    [
      "the version is another",
      (c) => (c.config_version = "2.0"),
      "config_version: Only V1 config is supported at the moment",
    ],
    [
      "a layout repeats a letter",
      (c) => (c.model.inputs[0].layout = "NCHH"),
      "model.inputs[0].layout: Layout must not contain duplicate letters.",
    ],
    [
      "a layout is of another length",
      (c) => (c.model.inputs[0].layout = "NCH"),
      "model.inputs[0].layout: Layout and shape must have the same length.",
    ],
    [
      "N is not first",
      (c) => (c.model.inputs[0].layout = "CNHW"),
      "model.inputs[0].layout: If N (batch size) is included in the layout, it must be first",
    ],
    [
      "an image has no C",
      (c) => (c.model.inputs[0].layout = "NDHW"),
      "model.inputs[0].layout: C letter must be present in layout for image input type.",
    ],
    [
      "an output has a layout without a shape",
      (c) => delete c.model.outputs[0].shape,
      "model.outputs[0].layout: Shape must be defined if layout is defined.",
    ],
    [
      "a mean is no list",
      (c) => (c.model.inputs[0].preprocessing.mean = 127.5),
      "model.inputs[0].preprocessing.mean: Invalid input: expected array, received number",
    ],
    [
      "a shape is empty",
      (c) => (c.model.inputs[0].shape = []),
      "model.inputs[0].shape: Too small: expected array to have >=1 items",
    ],
    [
      "a shape is no whole number",
      (c) => (c.model.inputs[0].shape[1] = 2.5),
      "model.inputs[0].shape[1]: Invalid input: expected int, received number",
    ],
    [
      "the input is of no known kind",
      (c) => (c.model.inputs[0].input_type = "video"),
      'model.inputs[0].input_type: Invalid option: expected one of "image"|"raw"',
    ],
    [
      "a YOLO head does not say what a YOLO head says",
      (c) => (c.model.heads[0] = { parser: "YOLO", metadata: { ...scrfdConfig().model.heads![0]!.metadata } }),
      `model.heads[0].metadata.yolo_outputs: ${MISSING}; model.heads[0].metadata.subtype: ${MISSING}`,
    ],
    [
      "a classification head says it wrongly",
      (c) =>
        (c.model.heads[0] = {
          parser: "ClassificationParser",
          metadata: { classes: ["a"], n_classes: 1, is_softmax: 1 },
        }),
      "model.heads[0].metadata.is_softmax: Invalid input: expected boolean, received number",
    ],
    [
      "it is no object",
      (c) => {
        c.model = [];
      },
      "model: Invalid input: expected object, received array",
    ],
  ])("%s", (_, spoil, problem) => {
    expect(problemOf(spoil)).toBe(problem);
  });

  test("it is nested without end", () => {
    const deep = JSON.parse("[".repeat(100) + "]".repeat(100));
    expect(problemOf((c) => (c.model.heads[0].metadata.deep = deep))).toBe("it is nested more than 64 deep");
  });

  test("several rules are broken: each is named, but not hundreds", () => {
    const problems = problemOf((c) => (c.model.inputs = Array(100).fill({}))).split("; ");
    expect(problems[0]).toBe("model.inputs[0].name: Field required");
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)).toMatch(/^and \d+ more$/);
  });
});

describe("a config is taken where", () => {
  test.each<[what: string, spoil: Spoil]>([
    ["heads are null", (c) => (c.model.heads = null)],
    ["preprocessing is empty", (c) => (c.model.inputs[0].preprocessing = {})],
    [
      "what is optional is null",
      (c) => (c.model.inputs[0].preprocessing = { mean: null, scale: null, dai_type: null }),
    ],
    ["an output has neither shape nor layout", (c) => (c.model.outputs[0] = { name: "output", dtype: "float32" })],
    [
      "a head of a parser unknown here says what it likes",
      (c) => (c.model.heads[0] = { parser: "MyParser", metadata: { a: [1] } }),
    ],
    ["the schema is a later 1.x", (c) => (c.config_version = "1.7")],
    [
      "the deprecated flags are there",
      (c) => (c.model.inputs[0].preprocessing = { reverse_channels: true, interleaved_to_planar: false }),
    ],
    ["an output's letters repeat", (c) => (c.model.outputs[0].layout = "FF")],
  ])("%s", (_, spoil) => {
    expect(problemOf(spoil)).toBe("none");
  });

  test.each(DATA_TYPES)("a tensor is of %s", (dtype) => {
    expect(problemOf((c) => (c.model.inputs[0].dtype = dtype))).toBe("none");
  });
});

test("keys that luxonis-ml passes over in metadata and heads are kept", () => {
  const config = spoilt((c) => {
    c.model.metadata.author = "somebody";
    c.model.heads[0].colour = "red";
    c.model.heads[0].metadata.anything = { goes: [1, null] };
  });
  expect(parseConfig(config, "x")).toEqual(config);
});

test.each([
  ["no text", Uint8Array.of(0xff, 0xfe, 0x7b)],
  ["no JSON", new TextEncoder().encode("{,}")],
  ["nothing", new Uint8Array(0)],
])("bytes that are %s are no config", (_, bytes) => {
  expect(() => readConfig(bytes, "x.tar")).toThrow("x.tar: config.json is not JSON: ");
});
