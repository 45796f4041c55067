import type { LossSpec } from "../../losses/loss.ts";
import type { Recipe } from "../recipe.ts";

export const ARCFACE: LossSpec = { kind: "margin", marginList: [1, 0.3, 0], s: 16 };

export const NETWORK = { blocks: [1, 1, 1, 1], widths: [4, 6, 8, 10], features: 8, dropout: 0.2 };

/** For 24 pictures of 4 people: 3 steps an epoch, 12 in all. */
export const TINY: Recipe = {
  name: "tiny",
  network: NETWORK,
  size: 16,
  loss: ARCFACE,
  batchSize: 8,
  numEpoch: 4,
  lr: 0.1,
  schedule: { kind: "polynomial", power: 2, warmupEpoch: 0.5 },
  frequent: 5,
  verbose: 4,
};
