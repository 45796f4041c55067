import { expect, test } from "vitest";
import { iresnet } from "../nets/iresnet.ts";
import { noise } from "../onnx/noise.ts";
import { startState } from "./state.ts";
import { buildStep } from "./step.ts";
import { createStepper, type Micro } from "./stepper.node.ts";

const [classes, batch, size] = [6, 4, 16];
const batches = [1, 2, 3].map(
  (seed): Micro => ({
    images: noise(batch * 3 * size * size, seed),
    labels: BigInt64Array.from({ length: batch }, (_, i) => BigInt((seed + i) % classes)),
  }),
);

/** What one update of these batches takes off every parameter at lr 1: their mean gradient. */
async function meanGradient(taken: readonly Micro[]) {
  const graph = buildStep({
    net: (net, x) => iresnet(net, x, { blocks: [1, 1, 1, 1], widths: [4, 6, 8, 10], features: 8 }),
    loss: { kind: "margin", s: 8 },
    classes,
    batch,
    gradientAcc: taken.length,
    size,
  });
  const state = startState(graph);
  const plain = { momentum: 0, weightDecay: 0, clipGradNorm: 0, seed: 0, threads: 1, sampleRate: 1 };
  await using stepper = await createStepper({ ...plain, graph, state, imagesShape: [batch, 3, size, size], classes });
  // The second update must begin its sums anew.
  await stepper.update(taken, 0);
  await stepper.update(taken, 1);
  return new Map(
    graph.parameters.map(({ name, initial }) => {
      const after = state.parameters.get(name)!.data as Float32Array;
      return [name, Float64Array.from(after, (x, i) => initial[i]! - x)] as const;
    }),
  );
}

test("an update of three batches goes by the mean of their gradients", async () => {
  const together = await meanGradient(batches);
  const each = await Promise.all(batches.map((one) => meanGradient([one])));
  for (const [name, gradient] of together) {
    const mean = gradient.map((_, i) => each.reduce((sum, one) => sum + one.get(name)![i]! / 3, 0));
    // As of step.test.ts's gradients: means that run meanwhile are subtracted in another order. Weights near 1 hold 6e-8.
    const largest = Math.max(...mean.map(Math.abs));
    expect(gradient, name).toBeCloseToTensor(mean, { atol: 1e-3 * largest + 1e-6 });
  }
});
