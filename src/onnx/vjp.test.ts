import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type GradientCase, gradientCases } from "./vjp/testing/cases.ts";
import { checkVjp } from "./vjp/testing/check-vjp.node.ts";
import { vjps } from "./vjp.ts";

const titled = gradientCases.map((c): [string, GradientCase] => [
  `${c.op}(${c.inputs.map((x) => JSON.stringify(x)).join(", ")}) ${JSON.stringify(c.attributes)}`,
  c,
]);

test.each(titled)("%s has the gradient that central differences say", async (_, gradientCase) => {
  const { gradients, tolerance } = await checkVjp(gradientCase);
  for (const [name, { ours, differences }] of Object.entries(gradients)) {
    expect(ours, name).toBeCloseToTensor(differences, tolerance);
  }
});

/** What the networks here need, and what real files hold besides. */
const NEEDED =
  "Conv BatchNormalization PRelu Relu Sigmoid Add Mul Sub Div Gemm MatMul Flatten Reshape Transpose Slice Concat GlobalAveragePool AveragePool MaxPool ReduceSum ReduceMean ReduceMax Softmax Log Exp Sqrt Pow Cos Acos Clip Where Gather Dropout Resize Identity Neg Abs Min Max Tanh Squeeze Unsqueeze Expand Cast Pad LayerNormalization";

test("every operator that is needed has a rule, and every rule a case", () => {
  const cases = new Set(gradientCases.map(({ op }) => op));
  const rules = Object.keys(vjps).filter((op) => vjps[op]);
  expect(rules.filter((op) => !cases.has(op))).toEqual([]);
  expect(NEEDED.split(" ").filter((op) => !vjps[op])).toEqual([]);
  expect(vjps.Constant).toBeNull();
});

test("docs/training.md lists the operators that have a gradient", () => {
  const text = readFileSync(new URL("../../docs/training.md", import.meta.url), "utf8");
  const listed = /^Abs Acos[\s\S]*?(?=\n\n)/m.exec(text)![0].split(/\s+/);
  const rules = Object.keys(vjps).filter((op) => vjps[op]);
  expect(listed).toEqual(rules.map((op) => op.replace("com.microsoft.", "")).sort());
});
