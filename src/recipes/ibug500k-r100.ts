import type { Recipe } from "../train/recipe.ts";
import { ms1mv3R100 } from "./ms1mv3-r100.ts";

/**
 * ResNet-100 on IBUG500K: 493,000 people, 11.96 million crops; LFW 99.83, YTF 98.01 as published.
 * Source: Deng et al., arXiv:1801.07698v4, section 4.1: batch 512, ÷10 at epochs 8 and 14, end at 18. The exact counts are not
 * published, so they are not checked.
 */
export const ibug500kR100: Recipe = {
  name: "ibug500k-r100",
  network: "iresnet100",
  loss: { kind: "margin", marginList: [1, 0.5, 0], s: 64, gradient: "exact" },
  batchSize: 128,
  gradientAcc: 4,
  numEpoch: 18,
  lr: ms1mv3R100.lr,
  schedule: { kind: "steps", at: [8, 14], factor: 0.1 },
  momentum: 0.9,
  weightDecay: 5e-4,
  clipGradNorm: 0,
};
