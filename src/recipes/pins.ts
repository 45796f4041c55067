import type { LossSpec } from "../losses/loss.ts";
import type { Recipe } from "../train/recipe.ts";

/** Small enough for two processor cores and some minutes: a set of about 70 people with 80 pictures each. */
export function pins(name: string, loss: LossSpec): Recipe {
  return {
    name,
    network: { blocks: [1, 1, 1, 1], widths: [16, 32, 64, 128], features: 128 },
    size: 56,
    loss,
    batchSize: 64,
    numEpoch: 20,
    lr: 0.1,
    schedule: { kind: "polynomial", power: 2, warmupEpoch: 1 },
    frequent: 20,
  };
}
