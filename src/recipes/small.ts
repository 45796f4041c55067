import type { LossSpec } from "../losses/loss.ts";
import type { Recipe } from "../train/recipe.ts";

/**
 * For two processor cores and some minutes: a set of some 70 people with 80 crops each. A quarter of ResNet-18's widths, one
 * block a stage in place of two, features to match, and half the image's side.
 */
function small(name: string, loss: LossSpec, more: Partial<Recipe> = {}): Recipe {
  return {
    name,
    network: { blocks: [1, 1, 1, 1], widths: [16, 32, 64, 128], features: 128 },
    size: 56,
    loss,
    batchSize: 64,
    numEpoch: 16,
    lr: 0.1,
    schedule: { kind: "polynomial", power: 2, warmupEpoch: 1 },
    weightDecay: 5e-4,
    frequent: 20,
    ...more,
  };
}

// Scale, margin and rate: the best of four of each on people held back (docs/results.md).
export const smallArcface: Recipe = small("small-arcface", { kind: "margin", marginList: [1, 0.4, 0], s: 16 });
export const smallCosface: Recipe = small("small-cosface", { kind: "margin", marginList: [1, 0, 0.3], s: 32 });
export const smallSoftmax: Recipe = small("small-softmax", { kind: "softmax" }, { lr: 0.2 });
export const smallSubcenter: Recipe = small("small-subcenter", {
  kind: "margin",
  marginList: [1, 0.4, 0],
  s: 16,
  subCenters: 3,
});
