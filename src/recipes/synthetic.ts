import type { Recipe } from "../train/recipe.ts";

/** A smoke run of some seconds on pictures that are generated: `arcface train synthetic --data synthetic`. */
export const synthetic: Recipe = {
  name: "synthetic",
  network: { blocks: [1, 1, 1, 1], widths: [8, 16, 24, 32], features: 64 },
  size: 32,
  loss: { kind: "margin", marginList: [1, 0.3, 0], s: 16 },
  batchSize: 32,
  numEpoch: 6,
  lr: 0.1,
  schedule: { kind: "polynomial", power: 2, warmupEpoch: 1 },
};
