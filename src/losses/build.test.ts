import { expect, test } from "vitest";
import golden from "./golden/losses.json" with { type: "json" };
import type { LossSpec } from "./loss.ts";
import { type LossInputs, runLoss } from "./testing/run-loss.node.ts";

/**
 * float32 against float64. A cosine's rounding (1e-7) is multiplied by s = 64, and by 1/sin θ = 50 where row 0 is 0.02 rad
 * from its centre.
 */
const VALUE = { rtol: 2e-6, atol: 1e-6 };
const GRADIENT = { rtol: 5e-5, atol: 5e-5 };

function inputsOf(spec: LossSpec): LossInputs {
  const k = `${spec.subCenters ?? 1}` as keyof typeof golden.weight;
  return {
    ...golden,
    embedding: golden.embedding[k],
    parameters: { "head.weight": golden.weight[k], "head.bias": golden.bias },
  };
}

const cases = golden.cases.map((one) => [JSON.stringify(one.spec), one] as const);

test.each(cases)("%s agrees with PyTorch: value, accuracy and gradients", async (_, { spec, ...expected }) => {
  const run = await runLoss(spec as unknown as LossSpec, inputsOf(spec as unknown as LossSpec));
  expect([run.loss]).toBeCloseToTensor([expected.loss], VALUE);
  expect([run.accuracy]).toBeCloseToTensor([expected.accuracy], VALUE);
  expect(Object.keys(run.gradients)).toEqual(Object.keys(expected.gradients));
  for (const [name, gradient] of Object.entries(expected.gradients))
    expect(run.gradients[name]!, name).toBeCloseToTensor(gradient, GRADIENT);
});
