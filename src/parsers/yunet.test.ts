import { expect, test } from "vitest";
import { float32 } from "../tensor/tensor.ts";
import type { Outputs } from "./outputs.ts";
import { parseYunet, yunetRoles } from "./yunet.ts";

/** Heads for a 64×96 input, empty but for the cell at column 3, row 1 of stride 8. */
function syntheticHeads(): Record<string, Outputs[string]> {
  const outputs: Record<string, Outputs[string]> = {};
  for (const stride of [8, 16, 32]) {
    const cells = (64 / stride) * (96 / stride);
    for (const [kind, columns] of [
      ["cls", 1],
      ["obj", 1],
      ["bbox", 4],
      ["kps", 10],
    ] as const) {
      outputs[`${kind}_${stride}`] = float32(new Float32Array(cells * columns), [1, cells, columns]);
    }
  }
  const set = (role: string, values: number[]) =>
    (outputs[role]!.data as Float32Array).set(values, (1 * 8 + 3) * values.length);
  set("cls_8", [0.9]);
  set("obj_8", [0.4]);
  set("bbox_8", [0.5, 0.5, Math.log(2), Math.log(4)]);
  set("kps_8", [0, 0, 1, 0, 0.5, 0.5, 0, 1, 1, 1]);
  return outputs;
}

const size = { width: 64, height: 96, scoreThreshold: 0.5 };
/** float32 of logarithms, then times 8. */
const TOLERANCE = { atol: 1e-5 };

test("parseYunet decodes centre, exponential size and landmarks; the score is the geometric mean", () => {
  const [face, ...others] = parseYunet(syntheticHeads(), size);
  expect(others).toEqual([]);
  // Centre (3.5, 1.5)·8, size (2, 4)·8.
  expect(face!.box).toBeCloseToTensor([20, -4, 36, 28], TOLERANCE);
  expect(face!.landmarks!.flat()).toBeCloseToTensor([24, 8, 32, 8, 28, 12, 24, 16, 32, 16], TOLERANCE);
  expect(face!.score).toBeCloseTo(0.6, 6);
});

test("parseYunet keeps scores within 0–1 where rounding has left the network's outside", () => {
  const outputs = syntheticHeads();
  (outputs.cls_8!.data as Float32Array)[11] = 1.0000001;
  (outputs.obj_8!.data as Float32Array)[11] = 1.0000001;
  expect(parseYunet(outputs, size)[0]!.score).toBe(1);
});

test("parseYunet says which output has another size", () => {
  expect(() => parseYunet(syntheticHeads(), { ...size, width: 96 })).toThrow(
    "yunet: expected output cls_8 of [144, 1], got [1, 96, 1]",
  );
});

test("yunetRoles are OpenCV's names", () => {
  expect(yunetRoles([8, 16])).toEqual(["cls_8", "cls_16", "obj_8", "obj_16", "bbox_8", "bbox_16", "kps_8", "kps_16"]);
});
