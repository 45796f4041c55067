import { expect, test } from "vitest";
import { encodeFloat16 } from "../../tensor/float16.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { NNData } from "./nn-data.ts";
import { StorageOrder, TensorDataType, TensorInfo } from "./tensor-info.ts";

const floats = (shape: number[], ...data: number[]): Tensor => ({
  dtype: "float32",
  shape,
  data: Float32Array.from(data),
});
const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

test("an embedding comes back as [1, 512] of float32, in memory of its own", () => {
  const embedding = floats([1, 512], ...count(512));
  const message = new NNData().addTensor("output", embedding);
  const read = message.getTensor("output");
  expect(read).toEqual(embedding);
  (read.data as Float32Array).fill(0);
  expect(message.getTensor("output")).toEqual(embedding);
});

test("layers keep the order in which they were added, and begin at multiples of 64 bytes in one piece of memory", () => {
  const message = new NNData()
    .addTensor("a", [1, 2, 3])
    .addTensor("b", floats([2, 2], 4, 5, 6, 7))
    .addTensor("c", floats([1, 2, 2], 8, 9, 10, 11))
    .addTensor("d", { dtype: "uint8", shape: [1, 1, 1, 65], data: new Uint8Array(65).fill(9) })
    .addTensor("e", { dtype: "int8", shape: [1], data: Int8Array.of(-1) });
  expect(message.getAllLayerNames()).toEqual(["a", "b", "c", "d", "e"]);
  const facts = message.getAllLayers().map(({ order, dims, strides, offset, dataType }) => ({
    order,
    dims,
    strides,
    offset,
    dataType,
  }));
  expect(facts).toEqual([
    { order: "C", dims: [3], strides: [4], offset: 0, dataType: "FP32" },
    { order: "NC", dims: [2, 2], strides: [8, 4], offset: 64, dataType: "FP32" },
    { order: "CHW", dims: [1, 2, 2], strides: [16, 8, 4], offset: 128, dataType: "FP32" },
    { order: "NCHW", dims: [1, 1, 1, 65], strides: [65, 65, 65, 1], offset: 192, dataType: "U8F" },
    { order: "C", dims: [1], strides: [1], offset: 320, dataType: "I8" },
  ]);
  expect(message.getData().length).toBe(321);
  expect(message.getFirstTensor()).toEqual(floats([3], 1, 2, 3));
  expect(message.getTensor("c").data).toEqual(Float32Array.of(8, 9, 10, 11));
  expect(message.hasLayer("c")).toBe(true);
  expect(message.getTensorInfo("nothing")).toBeNull();
});

test("a thousand layers are added without copying all before each time", () => {
  const message = new NNData();
  for (const i of count(1000)) message.addTensor(`${i}`, [i]);
  expect(count(1000).every((i) => message.getTensor(`${i}`).data[0] === i)).toBe(true);
});

test.each([
  ["uint8", Uint8Array.of(0, 255), "U8F", "int32", [0, 255]],
  ["bool", Uint8Array.of(0, 1), "U8F", "int32", [0, 1]],
  ["int8", Int8Array.of(-128, 127), "I8", "int32", [-128, 127]],
  ["int32", Int32Array.of(-7, 2 ** 31 - 1), "INT", "int32", [-7, 2 ** 31 - 1]],
  ["int64", BigInt64Array.of(-7n, 7n), "INT", "int32", [-7, 7]],
  ["uint16", Uint16Array.of(0, 65535), "INT", "int32", [0, 65535]],
  ["float16", Uint16Array.from([0.5, -65504], encodeFloat16), "FP16", "float32", [0.5, -65504]],
  ["float32", Float32Array.of(0.1, -3), "FP32", "float32", [Math.fround(0.1), -3]],
  ["float64", Float64Array.of(0.1, -3), "FP64", "float64", [0.1, -3]],
] as const)("%s is kept as it should be, read as it is and dequantised", (dtype, data, type, readAs, values) => {
  const message = new NNData().addTensor("x", { dtype, shape: [2], data });
  expect(message.getLayerDatatype("x")).toBe(type);
  expect(message.getTensorDatatype("x")).toBe(type);
  const read = message.getTensor("x");
  expect([read.dtype, [...(read.data as Float32Array)]]).toEqual([readAs, values]);
  const dequantized = message.getTensor("x", true);
  expect(dequantized.dtype).toBe(type === "FP64" ? "float64" : "float32");
  expect([...(dequantized.data as Float32Array)]).toEqual(values.map((v) => (type === "FP64" ? v : Math.fround(v))));
});

test("whole numbers that INT does not hold are refused", () => {
  const large = { dtype: "int64", shape: [1], data: BigInt64Array.of(2n ** 31n) } as const;
  expect(() => new NNData().addTensor("x", large)).toThrow(
    "tensor x: expected whole numbers of 32 bits, got 2147483648",
  );
});

test("dequantised is (value − qpZp)·qpScale", () => {
  const info = new TensorInfo({ name: "q", dataType: "U8F", dims: [3], quantization: true, qpScale: 0.5, qpZp: 128 });
  const message = new NNData({ data: Uint8Array.of(0, 128, 255), tensors: [info] });
  expect(message.getTensor("q").data).toEqual(Int32Array.of(0, 128, 255));
  expect(message.getTensor("q", true)).toEqual(floats([3], -64, 0, 63.5));
  expect(message.getFirstTensor(true)).toEqual(floats([3], -64, 0, 63.5));
});

test("rows with gaps are followed, from an odd offset on", () => {
  const data = new Uint8Array(3 + 2 * 8);
  const view = new DataView(data.buffer);
  for (const [at, value] of [
    [3, 1],
    [5, 2],
    [11, 3],
    [13, 4],
  ] as const)
    view.setUint16(at, encodeFloat16(value), true);
  const info = new TensorInfo({ name: "x", dataType: "FP16", dims: [2, 2], strides: [8, 2], offset: 3 });
  expect(info.getTensorSize()).toBe(12);
  expect(new NNData({ data, tensors: [info] }).getTensor("x")).toEqual(floats([2, 2], 1, 2, 3, 4));
});

test("axes come in the order that is asked for", () => {
  const message = new NNData().addTensor("x", floats([2, 3, 4], ...count(24)));
  const hwc = message.getTensor("x", "HWC");
  expect(hwc.shape).toEqual([3, 4, 2]);
  for (const [c, h, w] of [
    [0, 0, 0],
    [1, 2, 3],
    [1, 0, 2],
    [0, 2, 1],
  ] as const)
    expect(hwc.data[h * 8 + w * 2 + c]).toBe(c * 12 + h * 4 + w);
  expect(message.getTensor("x", "NHWC").shape).toEqual([1, 3, 4, 2]);
  expect(message.getTensor("x", "CHW")).toEqual(message.getTensor("x"));
});

test("axes of 1 may be left out, others may not", () => {
  const message = new NNData().addTensor("x", floats([1, 2, 1, 3], ...count(6)));
  expect(message.getTensor("x", "WCH")).toEqual(floats([3, 2, 1], 0, 3, 1, 4, 2, 5));
  expect(() => message.getTensor("x", "NC")).toThrow("tensor x as NC: expected an order with W, got none");
});

test("what is missing is said with what there is", () => {
  const message = new NNData().addTensor("a", [1]).addTensor("b", [2]);
  expect(() => message.getTensor("output")).toThrow("NNData: expected a layer output, the message has a, b");
  expect(() => message.getLayerDatatype("x")).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
  expect(() => new NNData().getFirstTensor()).toThrow("NNData: expected a layer, the message has none");
  expect(() => message.addTensor("s", floats([], 1))).toThrow("tensor s: expected 1 to 4 axes, got 0");
  expect(() => message.addTensor("s", floats([1, 1, 1, 1, 1], 1))).toThrow("tensor s: expected 1 to 4 axes, got 5");
  expect(() => message.addTensor("s", floats([1, 1], 1), "CHW")).toThrow("2 axes");
});

test("a layer that does not lie within its data is refused", () => {
  const info = new TensorInfo({ name: "x", dataType: "FP32", dims: [4], offset: 8 });
  const message = new NNData({ data: new Uint8Array(20), tensors: [info] });
  expect(() => message.getTensor("x")).toThrow("tensor x: expected bytes 8 to 24, the message has 20");
});

test("an empty layer is empty", () => {
  const message = new NNData().addTensor("none", floats([0, 6])).addTensor("x", [1]);
  expect(message.getTensor("none")).toEqual(floats([0, 6]));
  expect(message.getTensor("x").data[0]).toBe(1);
});

test("the numbers are DepthAI's", () => {
  expect(TensorInfo.StorageOrder).toBe(StorageOrder);
  expect(TensorInfo.StorageOrder.NCHW).toBe(0x4321);
  for (const [name, code] of Object.entries(StorageOrder)) {
    const nibbles = [...name].reduce((sum, letter) => sum * 16 + " WHCN".indexOf(letter), 0);
    expect(code, name).toBe(nibbles);
  }
  expect(TensorDataType).toEqual({ FP16: 0, U8F: 1, INT: 2, FP32: 3, I8: 4, FP64: 5 });
});
