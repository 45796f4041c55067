import type { Recipe } from "../train/recipe.ts";
import { ms1mv3R100 } from "./ms1mv3-r100.ts";

/**
 * ResNet-100 on Glint360K with CosFace: 360,232 people, 17.09 million crops.
 * Source: insightface recognition/arcface_torch/configs/glint360k_r100.py.
 */
export const glint360kR100: Recipe = {
  ...ms1mv3R100,
  name: "glint360k-r100",
  loss: { kind: "margin", marginList: [1, 0, 0.4], s: 64 },
  weightDecay: 1e-4,
  numClasses: 360_232,
  numImage: 17_091_657,
};
