import { expect, test } from "vitest";
import { float32 } from "../tensor/tensor.ts";
import type { Outputs } from "./outputs.ts";
import { parseScrfd, scrfdRoles } from "./scrfd.ts";

type Form = { strides: number[]; anchors: number; kps: boolean; batched?: boolean };

/** Heads of zeros for a 64×128 (w×h) input but for one anchor: the cell at column 1, row 2 of stride 16. */
function syntheticHeads(
  { strides, anchors, kps, batched = false }: Form,
  score = 0.9,
): Record<string, Outputs[string]> {
  const outputs: Record<string, Outputs[string]> = {};
  for (const stride of strides) {
    const count = Math.floor(64 / stride) * Math.floor(128 / stride) * anchors;
    const head = (columns: number) => new Float32Array(count * columns);
    const [scores, boxes, points] = [head(1), head(4), head(10)];
    if (stride === 16) {
      const anchor = (2 * 4 + 1) * anchors + (anchors - 1);
      scores[anchor] = score;
      boxes.set([0.5, 1, 1.5, 2], 4 * anchor);
      points.set([0, 0, 1, 0, 0.5, 0.5, 0, 1, 1, 1], 10 * anchor);
    }
    const shape = (columns: number) => (batched ? [1, count, columns] : [count, columns]);
    outputs[`score_${stride}`] = float32(scores, shape(1));
    outputs[`bbox_${stride}`] = float32(boxes, shape(4));
    if (kps) outputs[`kps_${stride}`] = float32(points, shape(10));
  }
  return outputs;
}

const three = [8, 16, 32];
const five = [8, 16, 32, 64, 128];
const size = { width: 64, height: 128, scoreThreshold: 0.5 };

// The cell's corner is at (16, 32); distances are in strides of 16.
const BOX = [8, 16, 40, 64];
const POINTS = [16, 32, 32, 32, 24, 40, 16, 48, 32, 48];
/** The synthetic numbers are exact in float32; 0.9 alone is not. */
const TOLERANCE = { atol: 1e-6 };

test.each<[string, Form]>([
  ["9 outputs, 2 anchors", { strides: three, anchors: 2, kps: true }],
  ["9 outputs with a batch dimension", { strides: three, anchors: 2, kps: true, batched: true }],
  ["15 outputs, 1 anchor", { strides: five, anchors: 1, kps: true }],
])("parseScrfd decodes %s", (_, form) => {
  const [face, ...others] = parseScrfd(syntheticHeads(form), size);
  expect(others).toEqual([]);
  expect(face!.box).toBeCloseToTensor(BOX, TOLERANCE);
  expect(face!.landmarks!.flat()).toBeCloseToTensor(POINTS, TOLERANCE);
  expect(face!.score).toBeCloseTo(0.9, 6);
});

test.each<[string, Form]>([
  ["6 outputs", { strides: three, anchors: 2, kps: false }],
  ["10 outputs", { strides: five, anchors: 1, kps: false }],
])("parseScrfd decodes %s, which have no landmarks", (_, form) => {
  const [face] = parseScrfd(syntheticHeads(form), size);
  expect(face!.box).toBeCloseToTensor(BOX, TOLERANCE);
  expect(face).not.toHaveProperty("landmarks");
});

test("parseScrfd takes a score of exactly the threshold, and none below", () => {
  const outputs = syntheticHeads({ strides: three, anchors: 2, kps: true }, 0.75);
  expect(parseScrfd(outputs, { ...size, scoreThreshold: 0.75 })).toHaveLength(1);
  expect(parseScrfd(outputs, { ...size, scoreThreshold: 0.7500001 })).toHaveLength(0);
});

test("parseScrfd answers the best first", () => {
  const outputs = syntheticHeads({ strides: three, anchors: 2, kps: true }, 0.6);
  (outputs.score_32!.data as Float32Array)[3] = 0.8;
  expect(parseScrfd(outputs, size).map(({ score }) => score)).toBeCloseToTensor([0.8, 0.6], TOLERANCE);
});

test.each([
  [6, 3, ["score", "bbox"]],
  [9, 3, ["score", "bbox", "kps"]],
  [10, 5, ["score", "bbox"]],
  [15, 5, ["score", "bbox", "kps"]],
])("scrfdRoles orders %i outputs as InsightFace: kind by kind, strides upwards", (count, strides, kinds) => {
  expect(scrfdRoles(count)).toEqual(kinds.flatMap((kind) => five.slice(0, strides).map((s) => `${kind}_${s}`)));
});

test("scrfdRoles says which numbers of outputs there are", () => {
  expect(() => scrfdRoles(8)).toThrow("scrfd: expected 6, 9, 10 or 15 outputs, got 8");
});

test("parseScrfd says which output has another size", () => {
  const outputs = syntheticHeads({ strides: three, anchors: 1, kps: true });
  expect(() => parseScrfd(outputs, size)).toThrow("scrfd: expected output score_8 of [256, 1], got [128, 1]");
});

test("parseScrfd says which output is missing", () => {
  const { bbox_16: _, ...outputs } = syntheticHeads({ strides: three, anchors: 2, kps: true });
  expect(() => parseScrfd(outputs, size)).toThrow("scrfd: expected output bbox_16 of [64, 4], got none");
  expect(() => parseScrfd({}, size)).toThrow("scrfd: expected outputs score_8 …");
});

test("parseScrfd refuses scores that are NaN rather than seeing no face", () => {
  const outputs = syntheticHeads({ strides: three, anchors: 2, kps: true }, Number.NaN);
  expect(() => parseScrfd(outputs, size)).toThrow("scrfd: expected scores in score_16, got NaN at 19");
});
