import { expect, test } from "vitest";
import { gradients } from "./autodiff.ts";
import { GraphBuilder } from "./builder.ts";
import { runModel } from "./testing/run-model.node.ts";

const numbers = (...data: number[]) => ({ shape: [data.length], data: Float32Array.from(data) });

test("what reaches a value by several ways is summed", async () => {
  const g = new GraphBuilder();
  const x = g.input("x", [3]);
  // x² + 3x + x·stop(x)
  const loss = g.node("Sum", [
    g.node("Mul", [x, x]),
    g.node("Mul", [x, g.literal([], Float32Array.of(3))]),
    g.node("Mul", [x, g.stopGradient(x)]),
  ]);
  g.output("dx", gradients(g, loss, [x])[0]!);
  expect([...(await runModel(g.toModel("m"), { x: numbers(1, -2, 5) })).dx!]).toEqual([6, -3, 18]);
});

test("leaves may lie inside the graph, a seed weights the loss, and what it does not depend on gets zeros", async () => {
  const g = new GraphBuilder();
  const [x, other, seed] = [g.input("x", [2]), g.input("other", [2, 1]), g.input("seed", [2])];
  const inner = g.node("Exp", [x]);
  const loss = g.node("Mul", [inner, inner]);
  const [dInner, dX, dOther] = gradients(g, loss, [inner, x, other], { seed });
  g.output("inner", dInner!);
  g.output("x'", dX!);
  g.output("other'", dOther!);
  const feeds = { x: numbers(0, Math.log(3)), seed: numbers(1, 10) };
  const answer = await runModel(g.toModel("m"), { ...feeds, other: { shape: [2, 1], data: new Float32Array(2) } });
  expect(answer.inner!).toBeCloseToTensor([2, 60], { atol: 1e-4 });
  // The walk stops at the leaf: nothing gets behind it.
  expect([...answer["x'"]!]).toEqual([0, 0]);
  expect([...answer["other'"]!]).toEqual([0, 0]);
});

test("nothing flows through whole numbers and comparisons", async () => {
  const g = new GraphBuilder();
  const x = g.input("x", [2]);
  const whole = g.node("Cast", [g.node("Cast", [x], { attributes: { to: 7 } })], { attributes: { to: 1 } });
  const above = g.node("Cast", [g.node("Greater", [x, whole])], { attributes: { to: 1 } });
  g.output("dx", gradients(g, g.node("Sum", [whole, above, x]), [x])[0]!);
  expect([...(await runModel(g.toModel("m"), { x: numbers(1.5, 2.5) })).dx!]).toEqual([1, 1]);
});

test("an operator without a rule is told by its node, unless it lies off the path", () => {
  const g = new GraphBuilder();
  const x = g.input("x", [1, 4]);
  const y = g.node("Mish", [x], { name: "head.strange" });
  const loss = g.node("ReduceSum", [y]);
  expect(() => gradients(g, loss, [x])).toThrow("head.strange (Mish): no gradient is known for the operator Mish");
  expect(gradients(g, loss, [y])[0]!.shape).toEqual([1, 4]);
});

test("sizes that vary are refused by name", () => {
  const g = new GraphBuilder();
  const x = g.input("x", ["N", 4]);
  expect(() => gradients(g, g.node("Exp", [x], { name: "e" }), [x])).toThrow(
    "gradient of e: expected a shape of known sizes, got [N, 4]",
  );
});

test("attributes that a rule does not cover are told by the node", () => {
  const g = new GraphBuilder();
  const x = g.input("x", [1, 1, 4, 4]);
  const y = g.node("Resize", [x, null, g.literal([4], Float32Array.of(1, 1, 2, 2))], {
    attributes: { mode: "cubic" },
    name: "up",
  });
  expect(() => gradients(g, y, [x])).toThrow("up (Resize): expected the mode linear or nearest, got cubic");
});
