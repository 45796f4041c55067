import fc from "fast-check";
import { expect, test } from "vitest";
import { ArcfaceError } from "../../errors.ts";
import { buildTflite, type TfliteSpec } from "../testing/tflite-builder.ts";
import { tfliteCases } from "../testing/tflite-cases.ts";
import { importTflite } from "./import.ts";

const conv = tfliteCases["CONV_2D SAME, stride 2, even size"]!;
const file = buildTflite(conv);
const importSpec = (spec: TfliteSpec) => importTflite(buildTflite(spec), "net.tflite");
const relu = (changes: Partial<TfliteSpec>) => importSpec({ ...tfliteCases.RELU!, ...changes });

/** Runs, or throws UNSUPPORTED_FORMAT: nothing else may happen. */
function importsOrRefuses(bytes: Uint8Array): void {
  try {
    importTflite(bytes, "net.tflite");
  } catch (error) {
    if (!(error instanceof ArcfaceError) || error.code !== "UNSUPPORTED_FORMAT") throw error;
  }
}

test("a file cut short anywhere is refused, or whole enough to be read", () => {
  for (let length = 0; length < file.length; length++) importsOrRefuses(file.subarray(0, length));
});

test("a file cut in half says so", () => {
  expect(() => importTflite(file.subarray(0, file.length / 2), "net.tflite")).toThrow(
    /damaged or cut short: .* at byte/,
  );
});

test("any four bytes may be wrong without a crash or a hang", () => {
  const damage = fc.tuple(fc.nat(file.length - 4), fc.oneof(fc.nat(400), fc.integer()));
  fc.assert(
    fc.property(damage, ([at, value]) => {
      const bytes = file.slice();
      new DataView(bytes.buffer).setInt32(at, value, true);
      importsOrRefuses(bytes);
    }),
    { numRuns: 3000, seed: 7 },
  );
});

test("random bytes behind the identifier are refused", () => {
  const bytes = fc.uint8Array({ minLength: 8, maxLength: 200 });
  fc.assert(
    fc.property(bytes, (noise) => {
      noise.set([84, 70, 76, 51], 4);
      importsOrRefuses(noise);
    }),
    { numRuns: 2000, seed: 8 },
  );
});

test("another identifier is named", () => {
  const bytes = file.slice();
  bytes[7] = 52;
  expect(() => importTflite(bytes, "net.tflite")).toThrow('net.tflite: expected "TFL3" at byte 4, got "TFL4"');
});

test("an operator that is not known is named with its place", () => {
  const operators = [{ code: 16, inputs: [0], outputs: [1] }];
  expect(() => relu({ operators })).toThrow("net.tflite: operator number 16 (node 0) is not supported");
});

test("a custom operator is named by its own name", () => {
  const operators = [{ code: 32, custom: "MediaPipeThing", inputs: [0], outputs: [1] }];
  expect(() => relu({ operators })).toThrow("custom operator MediaPipeThing (node 0) is not supported");
});

test("an operator of a tensor that is not there is refused", () => {
  const operators = [{ code: 19, inputs: [9], outputs: [1] }];
  expect(() => relu({ operators })).toThrow("operator 0 names tensor 9 of 2");
});

test("an operator without its input is refused", () => {
  const operators = [{ code: 19, inputs: [], outputs: [1] }];
  expect(() => relu({ operators })).toThrow("net.tflite: an operator lacks");
});

test("an output that nothing computes is refused", () => {
  expect(() => relu({ operators: [] })).toThrow("net.tflite: tensor y is used before it is computed");
});

test("weights that do not fill their shape are refused", () => {
  const tensors = conv.tensors.with(2, { name: "bias", shape: [5], data: new Float32Array(4) });
  expect(() => importSpec({ ...conv, tensors })).toThrow("tensor bias: expected 20 bytes for float32 [5], got 16");
});

test("a constant of rank 5 beside an image is refused", () => {
  const add = tfliteCases["ADD of one number a channel"]!;
  const tensors = add.tensors.with(1, { name: "k", shape: [1, 1, 1, 1, 4], data: new Float32Array(4) });
  const nodes = [{ code: 19, inputs: [0], outputs: [2] }, ...add.operators];
  expect(() => importSpec({ ...add, tensors, operators: nodes })).toThrow("tensor k [1,1,1,1,4] is not an image");
});

test("a network of quantised values is refused", () => {
  const tensors = [
    { name: "x", shape: [1, 4], type: 9 },
    { name: "y", shape: [1, 4], type: 9 },
  ];
  expect(() => relu({ tensors })).toThrow("expected inputs and outputs of float32, got x of int8");
});

test("sparse weights are refused with what to do", () => {
  const tensors = conv.tensors.with(1, { ...conv.tensors[1]!, name: "w", sparse: true });
  expect(() => importSpec({ ...conv, tensors })).toThrow(
    expect.objectContaining({ code: "UNSUPPORTED_FORMAT", hint: "take the dense file of the same network" }),
  );
});
