import type { Recipe } from "../train/recipe.ts";

/**
 * ResNet-100 on MS1MV3, RetinaFace-aligned: 93,431 people, 5.18 million crops; LFW 99.83 as published.
 * Source: insightface recognition/arcface_torch/configs/{base,ms1mv3_r100}.py, on 8 GPUs with 128 crops each.
 */
export const ms1mv3R100: Recipe = {
  name: "ms1mv3-r100",
  network: "iresnet100",
  loss: { kind: "margin", marginList: [1, 0.5, 0], s: 64, gradient: "straight-through" },
  batchSize: 128,
  gradientAcc: 8,
  numEpoch: 20,
  lr: 0.1,
  schedule: { kind: "polynomial", power: 1, warmupEpoch: 0 },
  momentum: 0.9,
  weightDecay: 5e-4,
  clipGradNorm: 5,
  numClasses: 93_431,
  numImage: 5_179_510,
};
