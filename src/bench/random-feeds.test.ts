import { expect, test } from "vitest";
import type { ValueInfo } from "../host/host.ts";
import type { NetworkInput } from "../host/network.ts";
import { randomFeeds } from "./random-feeds.ts";

const image = (shape: readonly (number | string)[], dtype: ValueInfo["dtype"] = "float32"): ValueInfo => ({
  name: "x",
  dtype,
  shape,
});
const card: NetworkInput = {
  name: "x",
  width: 4,
  height: 2,
  color: "RGB",
  layout: "NCHW",
  mean: [127.5, 127.5, 127.5],
  scale: [127.5, 127.5, 127.5],
  dynamic: true,
  stride: 1,
};

test("without a card the bytes go in as they are, the same each time", () => {
  const { x } = randomFeeds("net", [image(["N", 3, 2, 2])], { batch: 2 });
  expect(x!.shape).toEqual([2, 3, 2, 2]);
  const values = [...(x!.data as Float32Array)];
  expect(values.every((value) => Number.isInteger(value) && value >= 0 && value <= 255)).toBe(true);
  expect(new Set(values).size).toBeGreaterThan(10);
  expect(randomFeeds("net", [image(["N", 3, 2, 2])], { batch: 2 })).toEqual({ x });
});

test("a card's mean, scale and size are kept", () => {
  const { x } = randomFeeds("net", [image(["N", 3, -1, -1])], { batch: 1, input: card });
  expect(x!.shape).toEqual([1, 3, 2, 4]);
  expect(Math.max(...(x!.data as Float32Array).map(Math.abs))).toBeLessThanOrEqual(1);
});

test.each([
  ["uint8", Uint8Array],
  ["float16", Uint16Array],
  ["int64", BigInt64Array],
  ["int8", Int8Array],
] as const)("%s is fed as its own kind of array", (dtype, array) => {
  const { x } = randomFeeds("net", [image([1, 3, 2, 2], dtype)], { batch: 1 });
  expect(x!.data).toBeInstanceOf(array);
  expect(x!.data.length).toBe(12);
});

test("where channels are last, the size is that of the axes before", () => {
  const size = { width: 6, height: 5 };
  const { x } = randomFeeds("net", [image(["N", "H", "W", 3])], { batch: 1, size });
  expect(x!.shape).toEqual([1, 5, 6, 3]);
});

test.each([
  ["another batch", [1, 3, 2, 2], { batch: 8 }, "MODEL_MISMATCH", "net: it takes batches of 1, not of 8"],
  ["no size", ["N", 3, "H", "W"], { batch: 1 }, "INVALID_ARGUMENT", "net: input x [N, 3, H, W] may be of any size"],
  [
    "a size where there is one",
    [1, 3, 2, 2],
    { batch: 1, size: { width: 3, height: 3 } },
    "INVALID_ARGUMENT",
    "net: expected images of its own size, [1, 3, 2, 2], got 3×3",
  ],
] as const)("%s is refused", (_, shape, options, code, message) => {
  expect(() => randomFeeds("net", [image(shape)], options)).toThrow(expect.objectContaining({ code, message }));
});
