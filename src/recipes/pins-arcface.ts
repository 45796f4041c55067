import type { Recipe } from "../train/recipe.ts";
import { pins } from "./pins.ts";

export const pinsArcface: Recipe = pins("pins-arcface", { kind: "margin", marginList: [1, 0.5, 0], s: 32 });
