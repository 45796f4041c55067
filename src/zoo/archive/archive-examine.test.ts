import { expect, test } from "vitest";
import { parseConfig } from "../../nn-archive/config.ts";
import { NNArchive } from "../../nn-archive/nn-archive.ts";
import { makeModel, makeNode, makeValueInfo } from "../../onnx/build.ts";
import { encodeModel } from "../../onnx/model.ts";
import { examineArchive } from "./archive-examine.ts";

const onnx = new Uint8Array(
  encodeModel(
    makeModel({
      name: "test",
      nodes: [makeNode("GlobalAveragePool", ["x"], ["y"])],
      inputs: [makeValueInfo("x", ["N", 3, 4, 4])],
      outputs: [makeValueInfo("y", ["N", 3, 1, 1])],
      initializers: [],
    }),
  ),
);

function archive({ path = "a.onnx", input = {}, output = {}, heads = null as unknown, files = {} } = {}): NNArchive {
  const config = parseConfig(
    {
      config_version: "1.0",
      model: {
        metadata: { name: "a", path },
        inputs: [
          {
            name: "x",
            dtype: "float32",
            input_type: "image",
            shape: [1, 3, 4, 4],
            layout: "NCHW",
            preprocessing: {},
            ...input,
          },
        ],
        outputs: [{ name: "y", dtype: "float32", shape: [1, 3, 1, 1], ...output }],
        heads,
      },
    },
    "a.tar",
  );
  return new NNArchive("a.tar", config, new Map(Object.entries({ [path]: onnx, ...files })));
}

const embeddings = [{ parser: "EmbeddingsParser", outputs: ["y"], metadata: {} }];

test("nothing is to be said of an archive that is right", async () => {
  expect(await examineArchive(archive({ heads: embeddings }))).toEqual({ problems: [], notes: [] });
});

test.each([
  [
    "another name",
    { input: { name: "data" } },
    ["no input data; it has x", "an input x that config.json does not name"],
  ],
  ["another type", { input: { dtype: "uint8" } }, ["input x: config.json says uint8, the network float32"]],
  ["another shape", { input: { shape: [1, 3, 4, 8] } }, ["input x: config.json says [1, 3, 4, 8]"]],
  ["another output", { output: { shape: [1, 4, 1, 1] } }, ["output y: config.json says [1, 4, 1, 1]"]],
  [
    "no such output",
    { heads: [{ ...embeddings[0], outputs: ["z"] }] },
    ["heads[0].outputs names z, which is no output"],
  ],
])("%s than the network has is a problem, told by itself", async (_, changes, want) => {
  const { problems, notes } = await examineArchive(archive({ heads: embeddings, ...changes }));
  expect(problems).toEqual(want.map((text) => expect.stringContaining(text)));
  expect(notes).toEqual([]);
});

test("several problems are all told", async () => {
  const { problems } = await examineArchive(archive({ input: { dtype: "uint8" }, output: { dtype: "int8" } }));
  expect(problems.length).toBe(2);
});

test("a network that is damaged is a problem", async () => {
  const { problems } = await examineArchive(archive({ files: { "a.onnx": onnx.subarray(0, 40) } }));
  expect(problems).toEqual([expect.stringContaining("a.onnx: expected an ONNX model")]);
});

test("a card that is none is a problem; one that cannot be made is not", async () => {
  const text = new TextEncoder().encode("slug: 1");
  const { problems } = await examineArchive(archive({ heads: embeddings, files: { "card.yaml": text } }));
  expect(problems).toEqual([expect.stringContaining("not a model card")]);
  expect(await examineArchive(archive())).toEqual({
    problems: [],
    notes: ["to run it here, give a card (--card): a.tar: No heads defined in the NN Archive."],
  });
});

test.each([
  ["a.blob", "RVC2"],
  ["a.superblob", "RVC2"],
  ["a.dlc", "RVC4"],
])("%s is valid, and says which device it needs", async (path, device) => {
  const { problems, notes } = await examineArchive(archive({ path, heads: embeddings }));
  expect(problems).toEqual([]);
  expect(notes).toEqual([expect.stringContaining(device)]);
});
