import type { Recipe } from "../train/recipe.ts";
import { glint360kR100 } from "./glint360k-r100.ts";
import { ibug500kR100 } from "./ibug500k-r100.ts";
import { ms1mv3Mbf } from "./ms1mv3-mbf.ts";
import { ms1mv3R100 } from "./ms1mv3-r100.ts";
import { smallArcface, smallCosface, smallSoftmax, smallSubcenter } from "./small.ts";
import { subcenterMs1mv0R50 } from "./subcenter-ms1mv0-r50.ts";
import { synthetic } from "./synthetic.ts";

/** The recipes that ship with the package, by name. */
export const RECIPES: Readonly<Record<string, Recipe>> = Object.fromEntries(
  [
    ms1mv3R100,
    ibug500kR100,
    glint360kR100,
    ms1mv3Mbf,
    subcenterMs1mv0R50,
    smallArcface,
    smallCosface,
    smallSoftmax,
    smallSubcenter,
    synthetic,
  ].map((recipe) => [recipe.name, recipe]),
);
