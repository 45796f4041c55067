import { expect, test } from "vitest";
import type { Box } from "../geometry/types.ts";
import { float32, type Tensor } from "../tensor/tensor.ts";
import { parsePnet, parseRnet } from "./mtcnn.ts";

/** Values are exact in float32 or multiplied by 12. */
const TOLERANCE = { atol: 1e-5 };

/** A map of 3×5 windows with a face at row 1, column 4, moved by an eighth of its side at the left and the bottom. */
function pnetMap(layout: "NCHW" | "NHWC"): Record<string, Tensor> {
  const at = 1 * 5 + 4;
  const map = (values: number[]) => {
    const channels = values.length;
    const data = new Float32Array(15 * channels);
    for (const [k, value] of values.entries()) data[layout === "NHWC" ? at * channels + k : k * 15 + at] = value;
    return float32(data, layout === "NHWC" ? [1, 3, 5, channels] : [1, channels, 3, 5]);
  };
  return { probability: map([0.25, 0.75]), box: map([0.125, 0, 0, 0.25]) };
}

test.each(["NCHW", "NHWC"] as const)("parsePnet reads a %s map: windows of 12, every 2 pixels", (layout) => {
  const [window, ...others] = parsePnet(pnetMap(layout), { scoreThreshold: 0.6, transposed: false });
  expect(others).toEqual([]);
  expect(window!.box).toBeCloseToTensor([8 + 1.5, 2, 20, 14 + 3], TOLERANCE);
  expect(window!.score).toBe(0.75);
});

test("parsePnet finds its way back from a picture whose x and y were swapped", () => {
  const [window] = parsePnet(pnetMap("NHWC"), { scoreThreshold: 0.6, transposed: true });
  expect(window!.box).toBeCloseToTensor([2 + 1.5, 8, 14, 20 + 3], TOLERANCE);
});

test.each([
  ["NCHW", [1, 2, 3, 2], [1, 4, 3, 2]],
  ["NHWC", [1, 2, 3, 2], [1, 2, 3, 4]],
])("parsePnet tells that a map two windows wide or tall is %s", (layout, shape, boxShape) => {
  const faces = Float32Array.from({ length: 12 }, (_, i) => (layout === "NCHW" ? Number(i >= 6) : i % 2));
  const outputs = { probability: float32(faces, shape), box: float32(new Float32Array(24), boxShape) };
  expect(parsePnet(outputs, { scoreThreshold: 0.6, transposed: false })).toHaveLength(6);
});

test("parsePnet refuses what is no map", () => {
  const probability = float32(new Float32Array(10), [5, 2]);
  expect(() => parsePnet({ probability }, { scoreThreshold: 0.6, transposed: true })).toThrow(
    "pnet: expected output probability of [1, 2, h, w] or [1, h, w, 2], got [5, 2]",
  );
});

test("parseRnet moves each box by its share", () => {
  const boxes: Box[] = [
    [0, 0, 10, 20],
    [100, 100, 200, 200],
  ];
  const outputs = {
    probability: float32(Float32Array.of(0.5, 0.5, 0.25, 0.75), [2, 2]),
    box: float32(Float32Array.of(0.5, 0.25, 0, 0, 0, 0, 0.5, -0.25), [2, 4]),
  };
  expect(parseRnet(outputs, boxes)).toEqual([
    { box: [5, 5, 10, 20], score: 0.5 },
    { box: [100, 100, 250, 175], score: 0.75 },
  ]);
});

test("parseRnet says that it got another number of crops", () => {
  const outputs = { probability: float32(new Float32Array(2), [1, 2]), box: float32(new Float32Array(4), [1, 4]) };
  expect(() => parseRnet(outputs, [])).toThrow("rnet: expected output probability of [0, 2], got [1, 2]");
});
