import { expect, test } from "vitest";
import type { Dims } from "../build.ts";
import type { NodeProto, TensorProto } from "../schema.ts";
import { floats, graphOf, node, normConstants, normInputs } from "../testing/graphs.ts";
import { expectSameAnswers, opsOf } from "../testing/same-answers.node.ts";
import { batchNormsOn } from "./batch-norms.ts";
import { residualShifts } from "./residual-shifts.ts";

const IMAGE = [2, 4, 8, 8];
const pad = { pads: [1, 1, 1, 1] };
const norm = (x: string, name: string, y: string) => node("BatchNormalization", normInputs(x, name), y);
const conv = (inputs: string, y: string, attributes = {}) => node("Conv", inputs, y, { ...pad, ...attributes });
const w = (name: string, out = 4) => floats(name, [out, 4, 3, 3]);

/** Three residual blocks, each with a normalisation before its first convolution; the second's halves the image. */
const blocks = (first: string) => [
  norm(first, "n", "a1"),
  conv("a1 w1", "a2"),
  node("Relu", "a2", "a3"),
  conv("a3 w2 b2", "a4"),
  node("Add", `a4 ${first}`, "a"),
  norm("a", "nn", "b1"),
  conv("b1 w3", "b2_"),
  conv("b2_ w4", "b4", { strides: [2, 2] }),
  node("Conv", "a v", "b5", { strides: [2, 2] }),
  node("Add", "b4 b5", "b"),
  norm("b", "nnn", "c1"),
  conv("c1 w5", "c2"),
  node("Relu", "c2", "c3"),
  conv("c3 w6", "c4"),
  node("Add", "b c4", "c"),
];
const CONSTANTS = [
  ...["w1", "w2", "w3", "w4", "w5", "w6"].map((name) => w(name)),
  floats("b2", [4]),
  floats("v", [4, 4, 1, 1]),
  ...["n", "nn", "nnn"].flatMap((name) => normConstants(name, 4)),
];

test("the trunk carries the shifts, and all normalisations go into the convolutions behind", async () => {
  const before = graphOf(IMAGE, [conv("x w0", "x0"), ...blocks("x0"), node("Relu", "c", "y")], [w("w0"), ...CONSTANTS]);
  expect(opsOf(batchNormsOn(before))).toEqual(opsOf(before));
  const shifted = residualShifts(before);
  expect(opsOf(shifted)).toEqual(opsOf(before));
  await expectSameAnswers(before, shifted, { atol: 1e-4, rtol: 1e-5 });
  const after = batchNormsOn(shifted);
  expect(opsOf(after)).not.toContain("BatchNormalization");
  await expectSameAnswers(before, after, { atol: 1e-4, rtol: 1e-5 });
});

test("the first stays where the trunk begins with an activation", async () => {
  const before = graphOf(IMAGE, [node("Relu", "x", "x0"), ...blocks("x0"), node("Relu", "c", "y")], CONSTANTS);
  const after = batchNormsOn(residualShifts(before));
  expect(opsOf(after).filter((op) => op === "BatchNormalization")).toHaveLength(1);
  await expectSameAnswers(before, after, { atol: 1e-4, rtol: 1e-5 });
});

const block = [norm("x0", "n", "a1"), conv("a1 w1", "a2"), node("Add", "a2 x0", "y")];
const head = conv("x w0", "x0");

test.each<[string, NodeProto[], TensorProto[], Record<string, Dims>?]>([
  [
    "an activation reads the trunk, too",
    [head, ...block.slice(0, 2), node("Relu", "x0", "r"), node("Add", "a2 r", "y")],
    [],
  ],
  ["a padded convolution does", [head, ...block.slice(0, 2), conv("x0 w2", "r"), node("Add", "a2 r", "y")], [w("w2")]],
  [
    "what is added is no convolution",
    [head, ...block.slice(0, 2), node("Relu", "a2", "r"), node("Add", "r x0", "y")],
    [],
  ],
  ["the graph answers the trunk", [head, ...block.slice(0, 2), node("Identity", "a2", "y")], [], { y: [], x0: [] }],
  ["nothing pads", [head, norm("x0", "n", "a1"), node("Conv", "a1 w1", "y")], []],
])("not where %s", (_, nodes, constants, outputs = { y: [] }) => {
  const model = graphOf(IMAGE, nodes, [w("w0"), w("w1"), ...constants, ...normConstants("n", 4)], outputs);
  expect(residualShifts(model)).toBe(model);
});

test("not where a factor is next to nothing, so that the shift would be large", () => {
  const constants = normConstants("n", 4);
  const scale = floats("n.scale", [4], [1, 1, 1e-6, 1]);
  const model = graphOf(IMAGE, [head, ...block], [w("w0"), w("w1"), scale, ...constants.slice(1)]);
  expect(residualShifts(model)).toBe(model);
});
