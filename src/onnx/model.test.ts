import { expect, test } from "vitest";
import { makeTensor } from "./build.ts";
import { decodeModel, describeModel, encodeModel } from "./model.ts";
import { change, createModel, DataLocation, type GraphProto } from "./schema.ts";
import { smallNetwork } from "./testing/small-models.ts";
import { buildTflite } from "./testing/tflite-builder.ts";
import { tfliteCases } from "./testing/tflite-cases.ts";

const text = (value: string) => new TextEncoder().encode(value);
const small = encodeModel(smallNetwork());
const withGraph = (changes: Partial<GraphProto>) => {
  const model = smallNetwork();
  return encodeModel(change(model, { graph: change(model.graph!, changes) }));
};

test.each<[what: string, bytes: Uint8Array, message: string]>([
  ["an empty file", new Uint8Array(), "got an empty file"],
  ["text", text("hello, I am a model\n"), "got text"],
  ["an HTML page", text("\n<!DOCTYPE html><html>404</html>"), "got a web page"],
  ["a Git LFS pointer", text("version https://git-lfs.github.com/spec/v1\n"), "got a Git LFS pointer"],
  ["a zip", text("PK\x03\x04 and so on"), "got a zip archive"],
  ["a gzip", Uint8Array.of(0x1f, 0x8b, 8, 0, 0), "got a gzip archive"],
  ["a JPEG", Uint8Array.of(0xff, 0xd8, 0xff, 0xe0), "got a JPEG image"],
  ["a TFLite file", buildTflite(tfliteCases.RELU!), "got a TensorFlow Lite file"],
  ["a model cut in half", small.subarray(0, small.length / 2), "damaged, cut short or of another kind"],
  ["zeros", new Uint8Array(1000), "damaged, cut short or of another kind"],
  ["a model without a graph", encodeModel(createModel({ irVersion: 8n })), "2 bytes without a graph"],
  ["a graph without outputs", withGraph({ output: [] }), "got a graph without inputs or outputs"],
])("decodeModel tells %s from a model", (_, bytes, message) => {
  expect(() => decodeModel(bytes, "net.onnx")).toThrow(
    expect.objectContaining({ code: "UNSUPPORTED_FORMAT", message: expect.stringContaining(message) }),
  );
  expect(() => decodeModel(bytes, "net.onnx")).toThrow(/^net\.onnx: expected an ONNX model, got /);
});

test("decodeModel refuses random bytes", () => {
  for (let seed = 0; seed < 50; seed++) {
    const bytes = Uint8Array.from(
      { length: 300 },
      (_, i) => Math.imul(i * 7919 + seed * 104729 + 1, 0x9e3779b1) >>> 24,
    );
    expect(() => decodeModel(bytes, "net.onnx")).toThrow("net.onnx: expected an ONNX model");
  }
});

test("decodeModel names the file that weights are kept in", () => {
  const outside = change(makeTensor("w", [1], [1]), {
    dataLocation: DataLocation.EXTERNAL,
    externalData: [{ $typeName: "onnx.StringStringEntryProto", key: "location", value: "net.onnx.data" }],
  });
  expect(() => decodeModel(withGraph({ initializer: [outside] }), "net.onnx")).toThrow(
    "net.onnx: keeps its weights outside, in net.onnx.data",
  );
});

test("decodeModel refuses weights that do not fill their shape", () => {
  const short = change(makeTensor("w", [2], [1, 1]), { dims: [3n] });
  expect(() => decodeModel(withGraph({ initializer: [short] }), "net.onnx")).toThrow(
    "net.onnx: weights w [3]: expected 24 bytes, got 16",
  );
});

test("describeModel gives inputs, outputs and counts", () => {
  expect(describeModel(decodeModel(small, "small"))).toEqual({
    inputs: [{ name: "x", dtype: "float32", shape: [1, 1, 2, 2] }],
    outputs: [{ name: "y", dtype: "float32", shape: [1, 4] }],
    opset: 18,
    nodeCount: 3,
    parameterCount: 4,
    producer: "arcface",
  });
});
