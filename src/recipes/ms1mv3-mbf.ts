import type { Recipe } from "../train/recipe.ts";
import { ms1mv3R100 } from "./ms1mv3-r100.ts";

/** MobileFaceNet on MS1MV3. Source: insightface recognition/arcface_torch/configs/ms1mv3_mbf.py. */
export const ms1mv3Mbf: Recipe = { ...ms1mv3R100, name: "ms1mv3-mbf", network: "mbf", numEpoch: 40, weightDecay: 1e-4 };
