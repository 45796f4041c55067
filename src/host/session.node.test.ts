import { expect, test } from "vitest";
import { makeModel, makeNode, makeValueInfo } from "../onnx/build.ts";
import { encodeModel } from "../onnx/model.ts";
import { DataType } from "../onnx/schema.ts";
import { smallNetwork } from "../onnx/testing/small-models.ts";
import { float32, type Tensor } from "../tensor/tensor.ts";
import { createSession } from "./session.node.ts";

const small = encodeModel(smallNetwork({ weight: 2, bias: -1 }));
const x = float32(Float32Array.of(0, 1, 2, 3), [1, 1, 2, 2]);

/** y = x, of any element type. */
function identity(type: DataType): Uint8Array {
  return encodeModel(
    makeModel({
      name: "identity",
      nodes: [makeNode("Identity", ["x"], ["y"])],
      inputs: [makeValueInfo("x", ["n"], type)],
      outputs: [makeValueInfo("y", ["n"], type)],
      initializers: [],
    }),
  );
}

test("a session says what goes in and out, and runs", async () => {
  await using session = await createSession(small, "small");
  expect(session.inputs).toEqual([{ name: "x", dtype: "float32", shape: [1, 1, 2, 2] }]);
  expect(session.outputs).toEqual([{ name: "y", dtype: "float32", shape: [1, 4] }]);
  expect(await session.run({ x })).toEqual({ y: float32(Float32Array.of(0, 1, 3, 5), [1, 4]) });
});

test.each<[dtype: Tensor["dtype"], type: DataType, data: Tensor["data"]]>([
  ["float32", DataType.FLOAT, Float32Array.of(-1.5, 2)],
  ["float64", DataType.DOUBLE, Float64Array.of(-1.5, 1e300)],
  ["float16", DataType.FLOAT16, Uint16Array.of(0x3c00, 0xc000)],
  ["int8", DataType.INT8, Int8Array.of(-128, 127)],
  ["uint8", DataType.UINT8, Uint8Array.of(0, 255)],
  ["int32", DataType.INT32, Int32Array.of(-(2 ** 31), 7)],
  ["int64", DataType.INT64, BigInt64Array.of(-(2n ** 63n), 7n)],
  ["bool", DataType.BOOL, Uint8Array.of(0, 1)],
])("%s passes through unchanged", async (dtype, type, data) => {
  await using session = await createSession(identity(type), "identity");
  expect(session.inputs[0]).toEqual({ name: "x", dtype, shape: ["n"] });
  expect(await session.run({ x: { dtype, shape: [2], data } })).toEqual({ y: { dtype, shape: [2], data } });
});

test.each<[what: string, feeds: Record<string, Tensor>, code: string, message: string]>([
  ["another name", { z: x }, "MODEL_MISMATCH", "small: expected inputs x, got z"],
  ["nothing", {}, "MODEL_MISMATCH", "small: expected inputs x, got none"],
  ["one too many", { x, z: x }, "MODEL_MISMATCH", "small: expected inputs x, got x, z"],
  [
    "another shape",
    { x: float32(new Float32Array(9), [1, 1, 3, 3]) },
    "MODEL_MISMATCH",
    "small: expected x to be float32 [1, 1, 2, 2], got float32 [1, 1, 3, 3]",
  ],
  [
    "another type",
    { x: { dtype: "uint8", shape: [1, 1, 2, 2], data: new Uint8Array(4) } },
    "MODEL_MISMATCH",
    "small: expected x to be float32 [1, 1, 2, 2], got uint8 [1, 1, 2, 2]",
  ],
  [
    "an array that is not of the type",
    { x: { dtype: "float32", shape: [1, 1, 2, 2], data: new Float64Array(4) } },
    "INVALID_ARGUMENT",
    "small: x: expected float32 in a Float32Array, got a Float64Array",
  ],
  [
    "too few values",
    { x: { dtype: "float32", shape: [1, 1, 2, 2], data: new Float32Array(3) } },
    "INVALID_ARGUMENT",
    "small: x: expected 4 values for [1, 1, 2, 2], got 3",
  ],
])("feeding %s is refused", async (_, feeds, code, message) => {
  await using session = await createSession(small, "small");
  await expect(session.run(feeds)).rejects.toMatchObject({ code, message });
});

test.each([
  ["an empty file", new Uint8Array()],
  ["text", new TextEncoder().encode("not a model")],
  ["half a model", small.subarray(0, small.length / 2)],
  ["a network of words", identity(DataType.STRING)],
  [
    "an operator that the runtime does not know",
    encodeModel(
      makeModel({
        name: "m",
        nodes: [makeNode("Mystery", ["x"], ["y"])],
        inputs: [makeValueInfo("x", [1])],
        outputs: [makeValueInfo("y", [1])],
        initializers: [],
      }),
    ),
  ],
])("%s is no session", async (_, bytes) => {
  await expect(createSession(bytes, "bad.onnx")).rejects.toMatchObject({
    code: "UNSUPPORTED_FORMAT",
    message: expect.stringMatching(/^bad\.onnx: /),
  });
});

test.each([0, -1, 1.5, NaN])("%d threads are refused", async (threads) => {
  await expect(createSession(small, "small", { threads })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
});

test("runs may overlap, and each gets its own answer", async () => {
  await using session = await createSession(small, "small", { threads: 2 });
  const runs = Array.from({ length: 20 }, (_, i) => session.run({ x: float32(new Float32Array(4).fill(i), x.shape) }));
  const answers = (await Promise.all(runs)).map(({ y }) => y!.data[0]);
  expect(answers).toEqual(Array.from({ length: 20 }, (_, i) => Math.max(0, 2 * i - 1)));
});

test("disposing waits for runs under way, may be repeated, and ends the session", async () => {
  const session = await createSession(small, "small");
  const run = session.run({ x });
  await Promise.all([session[Symbol.asyncDispose](), session[Symbol.asyncDispose]()]);
  expect((await run).y!.shape).toEqual([1, 4]);
  await expect(session.run({ x })).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: "small: run: expected an open session, got one that was disposed",
  });
});
