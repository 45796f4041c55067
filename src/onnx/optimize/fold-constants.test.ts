import { expect, test } from "vitest";
import { makeTensor } from "../build.ts";
import { createTensor, DataType } from "../schema.ts";
import { floats, graphOf, node } from "../testing/graphs.ts";
import { expectSameAnswers, opsOf } from "../testing/same-answers.node.ts";
import { foldConstants } from "./fold-constants.ts";

const half = (name: string, shape: number[], bits: number[]) =>
  createTensor({
    name,
    dims: shape.map(BigInt),
    dataType: DataType.FLOAT16,
    rawData: new Uint8Array(Uint16Array.from(bits).buffer),
  });

test.each([
  ["Transpose", [node("Transpose", "w", "v", { perm: [2, 0, 1] })], [floats("w", [3, 4, 2])]],
  ["Transpose without an order", [node("Transpose", "w", "v")], [floats("w", [4, 3, 2])]],
  ["Reshape", [node("Reshape", "w to", "v")], [floats("w", [24]), makeTensor("to", [3], [2, -1, 4])]],
  ["Unsqueeze", [node("Unsqueeze", "w axes", "v")], [floats("w", [3, 4]), makeTensor("axes", [1], [0])]],
  [
    "a chain",
    [node("Sqrt", "w", "a"), node("Neg", "a", "b"), node("Abs", "b", "v")],
    [floats("w", [2, 3, 4], Array(24).fill(2))],
  ],
  [
    "sums that stretch",
    [node("Add", "w u", "a"), node("Mul", "a u", "v")],
    [floats("w", [2, 1, 4]), floats("u", [3, 1])],
  ],
  [
    "Sub and Div",
    [node("Sub", "w u", "a"), node("Div", "a one", "v")],
    [floats("w", [3, 4]), floats("u", [4]), floats("one", [], [3])],
  ],
  [
    "a Cast from half precision",
    [node("Cast", "w", "v", { to: DataType.FLOAT })],
    [half("w", [2, 2], [0x3c00, 0xc000, 0x3555, 1])],
  ],
  ["a Cast from whole numbers", [node("Cast", "w", "v", { to: DataType.FLOAT })], [makeTensor("w", [3], [1, -2, 3])]],
])("%s", async (_, nodes, constants) => {
  // Shape and values both come out.
  const before = graphOf([1], [...nodes, node("Identity", "v", "values"), node("Mul", "v x", "y")], constants, {
    y: [],
    values: [],
  });
  const after = foldConstants(before);
  expect(opsOf(after)).toEqual(["Identity", "Mul"]);
  await expectSameAnswers(before, after, { atol: 1e-7, rtol: 1e-6 });
});

test.each([
  ["it depends on the input", [node("Neg", "x", "y")], []],
  ["the graph answers it", [node("Neg", "w", "y"), node("Neg", "x", "z")], [floats("w", [2])]],
  [
    "weights are kept as whole numbers",
    [node("DequantizeLinear", "q s", "w"), node("Mul", "x w", "y")],
    [
      createTensor({ name: "q", dims: [2n], dataType: DataType.INT8, rawData: Uint8Array.of(1, 2) }),
      floats("s", [], [0.5]),
    ],
  ],
  ["the operator is another", [node("Sin", "w", "v"), node("Mul", "x v", "y")], [floats("w", [2])]],
  [
    "the type becomes another",
    [node("Cast", "w", "v", { to: DataType.DOUBLE }), node("Cast", "v", "y", { to: DataType.INT32 })],
    [floats("w", [2])],
  ],
])("not where %s", (_, nodes, constants) => {
  const model = graphOf([2], nodes, constants);
  expect(foldConstants(model)).toBe(model);
});
