import { expect, test } from "vitest";
import { makeValueInfo } from "./build.ts";
import { decodeModel, describeModel, encodeModel } from "./model.ts";
import { prepareModel } from "./prepare.ts";
import { change } from "./schema.ts";
import { smallNetwork } from "./testing/small-models.ts";
import { buildTflite } from "./testing/tflite-builder.ts";
import { tfliteCases } from "./testing/tflite-cases.ts";

test("a TensorFlow Lite file becomes ONNX for any number of images", () => {
  const { model, notes } = prepareModel(buildTflite(tfliteCases["CONV_2D 1×1, stride 2"]!), "net.tflite");
  expect(notes).toMatchObject({ importedFrom: "tflite", batchFreed: true });
  expect(describeModel(decodeModel(model, "net")).inputs[0]).toEqual({
    name: "x",
    dtype: "float32",
    shape: ["N", 2, "height", "width"],
  });
});

test("small weights are flushed and counted", () => {
  const { model, notes } = prepareModel(encodeModel(smallNetwork({ weight: 1e-40, bias: 1 })), "net.onnx");
  expect(notes.flushed).toEqual({ weights: 2, zeroBefore: 0, nonZeroBelow: 1, denormal: 1 });
  const weights = decodeModel(model, "net").graph!.initializer[0]!.rawData;
  expect(Array.from(weights)).toEqual([0, 0, 0, 0]);
});

test("a model with nothing to change is given back as it came, and preparing again changes nothing", () => {
  const once = prepareModel(encodeModel(smallNetwork()), "net.onnx").model;
  const twice = prepareModel(once, "net.onnx");
  expect(twice.model).toBe(once);
  expect(twice.notes).toMatchObject({ importedFrom: null, batchFreed: false });
});

test("a network of something else than images keeps its batch", () => {
  const model = smallNetwork();
  const input = [makeValueInfo("x", [1, 1, 4])];
  const { notes } = prepareModel(encodeModel(change(model, { graph: change(model.graph!, { input }) })), "net.onnx");
  expect(notes.batchFreed).toBe(false);
});

test("the given bytes are never written to", () => {
  const bytes = Buffer.from(encodeModel(smallNetwork({ weight: 1e-40 })));
  const copy = Buffer.from(bytes);
  prepareModel(bytes, "net.onnx");
  expect(bytes.equals(copy)).toBe(true);
});

test("bytes that are no model are refused", () => {
  expect(() => prepareModel(new TextEncoder().encode("<html>"), "net.onnx")).toThrow(
    "net.onnx: expected an ONNX model, got a web page",
  );
});
