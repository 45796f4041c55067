import { expect, test } from "vitest";
import { createRandom } from "../tensor/random.ts";
import type { LossSpec } from "./loss.ts";
import { LOSSES } from "./presets.ts";
import { type LossInputs, runLoss } from "./testing/run-loss.node.ts";

const [N, D, C] = [5, 6, 8];
const LABELS = [3, 0, 7, 3, 5];
const TRIPLET = { weight: 1, margin: 0.35 };

const SPECS: [string, LossSpec][] = [
  ...Object.entries(LOSSES),
  ["exact arcface", { ...LOSSES.arcface, gradient: "exact" }],
  ["three centres, filtered", { kind: "margin", s: 16, subCenters: 3, interclassFilteringThreshold: 0.2 }],
  ["the paper's terms", { kind: "margin", s: 8, intra: 1, inter: 1, triplet: TRIPLET }],
];

/** Sums in another order. */
const SAME = { rtol: 2e-4, atol: 2e-4 };

function drawn(seed: number, count: number): number[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => random.normal());
}

function inputsOf({ subCenters = 1 }: LossSpec): LossInputs & { parameters: Record<string, number[]> } {
  return {
    classes: C,
    features: D,
    labels: LABELS,
    embedding: drawn(1, N * D),
    parameters: { "head.weight": drawn(2, C * subCenters * D), "head.bias": drawn(3, C) },
  };
}

/** Rows mirrored at the plane across a fixed direction, which is as good as a rotation. */
function mirrored(rows: ArrayLike<number>): number[] {
  const across = drawn(4, D);
  const square = across.reduce((sum, v) => sum + v * v, 0);
  const out = Array.from(rows);
  for (let at = 0; at < out.length; at += D) {
    const dot = across.reduce((sum, v, i) => sum + v * out[at + i]!, 0);
    for (let i = 0; i < D; i++) out[at + i]! -= ((2 * dot) / square) * across[i]!;
  }
  return out;
}

test.each(SPECS)("%s: turning embeddings and centres together turns the gradients", async (_, spec) => {
  const inputs = inputsOf(spec);
  const parameters = { ...inputs.parameters, "head.weight": mirrored(inputs.parameters["head.weight"]!) };
  const [plain, turned] = [
    await runLoss(spec, inputs),
    await runLoss(spec, { ...inputs, embedding: mirrored(inputs.embedding), parameters }),
  ];
  expect([turned.loss]).toBeCloseToTensor([plain.loss], SAME);
  expect(turned.gradients.embedding!).toBeCloseToTensor(mirrored(plain.gradients.embedding!), SAME);
  expect(turned.gradients["head.weight"]!).toBeCloseToTensor(mirrored(plain.gradients["head.weight"]!), SAME);
});

test.each(SPECS)("%s: classes in another order have their gradients in that order", async (_, spec) => {
  const order = [4, 2, 7, 0, 6, 1, 3, 5];
  const inputs = inputsOf(spec);
  const permuted = (rows: ArrayLike<number>): number[] => {
    const each = rows.length / C;
    return order.flatMap((from) => Array.from(rows).slice(from * each, (from + 1) * each));
  };
  const plain = await runLoss(spec, inputs);
  const moved = await runLoss(spec, {
    ...inputs,
    labels: LABELS.map((label) => order.indexOf(label)),
    parameters: Object.fromEntries(Object.entries(inputs.parameters).map(([name, rows]) => [name, permuted(rows)])),
  });
  expect([moved.loss, moved.accuracy]).toBeCloseToTensor([plain.loss, plain.accuracy], SAME);
  expect(moved.gradients.embedding!).toBeCloseToTensor(plain.gradients.embedding!, SAME);
  expect(moved.gradients["head.weight"]!).toBeCloseToTensor(permuted(plain.gradients["head.weight"]!), SAME);
});

test.each(["exact", "straight-through"] as const)(
  "%s: an embedding on its centre, opposite to it, or of zeros has finite gradients",
  async (gradient) => {
    const centres = drawn(2, C * D);
    const embedding = [1, -1, 0].flatMap((factor) => centres.slice(0, D).map((v) => factor * v));
    const spec: LossSpec = { kind: "margin", gradient, intra: 1, inter: 1, triplet: TRIPLET };
    const parameters = { "head.weight": [...centres.slice(0, D), ...centres.slice(0, (C - 1) * D)] };
    const run = await runLoss(spec, { classes: C, features: D, labels: [0, 0, 0], embedding, parameters });
    expect(Number.isFinite(run.loss)).toBe(true);
    for (const values of Object.values(run.gradients)) expect(values.every(Number.isFinite)).toBe(true);
  },
);

test("a new head of 93,431 classes has ArcFace's loss of a random start, 46.1", async () => {
  // s·sin(m) + ln(C − 1) + s²/(2·512)
  const classes = 93_431;
  const labels = Array.from({ length: 16 }, (_, i) => 5000 * i);
  const run = await runLoss(LOSSES.arcface, { classes, features: 512, labels, embedding: drawn(5, 16 * 512) });
  const expected = 64 * Math.sin(0.5) + Math.log(classes - 1) + 64 ** 2 / (2 * 512);
  // own cosines scatter by 1/√512, times s, over √16 rows
  expect(Math.abs(run.loss - expected)).toBeLessThan((4 * 64) / Math.sqrt(512) / 4);
});

test("accuracy is the share whose own class is nearest, before the margin", async () => {
  const centres = drawn(6, C * D);
  const rows = [3, 0, 7, 2, 5].flatMap((label) => centres.slice(label * D, (label + 1) * D));
  const inputs = { classes: C, features: D, labels: LABELS, embedding: rows, parameters: { "head.weight": centres } };
  expect((await runLoss({ kind: "margin", marginList: [1, 0, 0.9] }, inputs)).accuracy).toBeCloseTo(0.8);
});
