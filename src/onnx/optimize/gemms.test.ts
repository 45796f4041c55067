import { expect, test } from "vitest";
import { floats, graphOf, node } from "../testing/graphs.ts";
import { expectSameAnswers, opsOf } from "../testing/same-answers.node.ts";
import { gemms } from "./gemms.ts";

const w = floats("w", [5, 3]);

test.each([
  ["a product", [node("MatMul", "x w", "y")], []],
  ["a product and a sum", [node("MatMul", "x w", "p"), node("Add", "p b", "y")], [floats("b", [3])]],
  ["the sum the other way round", [node("MatMul", "x w", "p"), node("Add", "b p", "y")], [floats("b", [1, 3])]],
])("%s becomes one Gemm", async (_, nodes, constants) => {
  const before = graphOf(["n", 5], nodes, [w, ...constants]);
  const after = gemms(before);
  expect(opsOf(after)).toEqual(["Gemm"]);
  await expectSameAnswers(before, after);
});

test("a sum with something else stays behind the Gemm", async () => {
  const before = graphOf([3, 5], [node("MatMul", "x w", "p"), node("Add", "p b", "y")], [w, floats("b", [3, 1])]);
  const after = gemms(before);
  expect(opsOf(after)).toEqual(["Gemm", "Add"]);
  await expectSameAnswers(before, after);
});

test.each([
  ["there are more axes than two", graphOf([2, 4, 5], [node("MatMul", "x w", "y")], [w])],
  ["no matrix is constant", graphOf([5, 5], [node("MatMul", "x x", "y")], [w])],
  ["the constant comes first", graphOf([3, 4], [node("MatMul", "w x", "y")], [w])],
])("not where %s", (_, model) => {
  expect(gemms(model)).toBe(model);
});
