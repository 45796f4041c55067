import { expect, test } from "vitest";
import { encodeModel } from "../model.ts";
import { noise } from "../noise.ts";
import { change, DataType } from "../schema.ts";
import { floats, graphOf, node } from "../testing/graphs.ts";
import { expectSameAnswers, opsOf } from "../testing/same-answers.node.ts";
import { foldConstants } from "./fold-constants.ts";
import { halfWeights } from "./half-weights.ts";

const large = (values?: readonly number[]) =>
  graphOf([2, 64], [node("Gemm", "x w b", "y")], [floats("w", [64, 64], values), floats("b", [64])]);

test("weights are half as large, biases stay, and answers are those of 11 bits", async () => {
  const before = large();
  const after = halfWeights(before);
  expect(opsOf(after)).toEqual(["Cast", "Gemm"]);
  expect(after.graph!.initializer.map(({ dataType }) => dataType)).toEqual([DataType.FLOAT16, DataType.FLOAT]);
  expect(encodeModel(after).length).toBeLessThan(0.55 * encodeModel(before).length);
  // 64 products of numbers below 1, each off by 2⁻¹² of itself at most.
  await expectSameAnswers(before, after, { atol: 4e-3, rtol: 0 });
  await expectSameAnswers(after, foldConstants(after));
});

test("weights that are halves already lose nothing", async () => {
  const before = large([...noise(4096, 3)].map((x) => Math.round(x * 1024) / 1024));
  await expectSameAnswers(before, halfWeights(before));
});

test("older files list what they hold", () => {
  const { graph } = halfWeights(change(large(), { irVersion: 3n }));
  expect(graph!.input.map(({ name }) => name)).toEqual(["x", "w_half"]);
});

test.each([
  ["short ones", graphOf([2, 4], [node("Gemm", "x w", "y")], [floats("w", [4, 4])])],
  ["one too large for them", large([...noise(4095, 3), 70000])],
  ["what is no number", large([...noise(4095, 3), NaN])],
])("%s stay", (_, model) => {
  expect(halfWeights(model)).toBe(model);
});
