import { expect, test } from "vitest";
import { floats, graphOf, node } from "../testing/graphs.ts";
import { expectSameAnswers, opsOf } from "../testing/same-answers.node.ts";
import { preluBack, preluForm } from "./prelu-form.ts";

const IMAGE = [2, 3, 4, 5];
const SPELT = ["Relu", "Conv", "Conv", "Add"];

test.each([
  ["slopes of both signs and above 1", floats("s", [3, 1, 1], [-0.5, 0.25, 2.7])],
  ["slopes with a batch axis", floats("s", [1, 3, 1, 1], [0, 1, -3])],
  ["one slope for all", floats("s", [1], [0.3])],
])("%s", async (_, slopes) => {
  const before = graphOf(IMAGE, [node("PRelu", "x s", "y")], [slopes]);
  const after = preluForm(before);
  expect(opsOf(after)).toEqual(SPELT);
  await expectSameAnswers(before, after);
  const back = preluBack(after);
  expect(opsOf(back)).toEqual(["PRelu"]);
  await expectSameAnswers(before, back);
});

test.each([
  ["there is no image", graphOf([2, 3], [node("PRelu", "x s", "y")], [floats("s", [3])])],
  ["a slope belongs to each pixel", graphOf(IMAGE, [node("PRelu", "x s", "y")], [floats("s", [3, 4, 5])])],
  ["slopes are along another axis", graphOf(IMAGE, [node("PRelu", "x s", "y")], [floats("s", [5])])],
  [
    "the graph rounds to whole steps",
    graphOf(
      IMAGE,
      [node("QuantizeLinear", "x one", "q"), node("DequantizeLinear", "q one", "d"), node("PRelu", "d s", "y")],
      [floats("s", [3, 1, 1]), floats("one", [], [0.1])],
    ),
  ],
  ["slopes are computed", graphOf(IMAGE, [node("Neg", "t", "s"), node("PRelu", "x s", "y")], [floats("t", [3, 1, 1])])],
])("not where %s", (_, model) => {
  expect(preluForm(model)).toBe(model);
});

test("what only looks like it stays", () => {
  const spelt = preluForm(graphOf(IMAGE, [node("PRelu", "x s", "y")], [floats("s", [3, 1, 1])]));
  const [factor] = spelt.graph!.initializer;
  factor!.rawData = new Uint8Array(Float32Array.of(0.1, 0.2, 0.3).buffer);
  expect(preluBack(spelt)).toBe(spelt);
});
