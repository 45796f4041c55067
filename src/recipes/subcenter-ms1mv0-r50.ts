import type { Recipe } from "../train/recipe.ts";

/**
 * ResNet-50 with three centres a person on MS1MV0, half of whose labels are wrong; `arcface clean` then drops what is far from
 * the dominant centre.
 * Source: insightface recognition/subcenter_arcface/sample_config.py, and the schedule of arXiv:1801.07698v4, section 4.1.
 */
export const subcenterMs1mv0R50: Recipe = {
  name: "subcenter-ms1mv0-r50",
  network: "iresnet50",
  loss: { kind: "margin", marginList: [1, 0.5, 0], s: 64, subCenters: 3, gradient: "exact" },
  batchSize: 128,
  gradientAcc: 4,
  numEpoch: 18,
  lr: 0.1,
  schedule: { kind: "steps", at: [8, 14], factor: 0.1 },
  momentum: 0.9,
  weightDecay: 5e-4,
  clipGradNorm: 0,
};
