import { elementwise } from "./vjp/elementwise.ts";
import { layout } from "./vjp/layout.ts";
import { matmul } from "./vjp/matmul.ts";
import { normalise } from "./vjp/normalise.ts";
import { pools } from "./vjp/pools.ts";
import { reduce } from "./vjp/reduce.ts";
import { resizing } from "./vjp/resize.ts";
import type { Vjps } from "./vjp/rule.ts";
import { select } from "./vjp/select.ts";
import { windows } from "./vjp/windows.ts";

/** Whole numbers and truths: nothing to derive. */
const none = Object.fromEntries(
  "ArgMax ArgMin Ceil Constant ConstantOfShape Equal Floor Greater GreaterOrEqual Less LessOrEqual Not And Or Xor Range Round Shape Sign Size IsNaN IsInf"
    .split(" ")
    .map((op) => [op, null]),
);

/** How a gradient passes each operator: by its name as in the table `ops`. */
export const vjps: Vjps = {
  ...none,
  ...elementwise,
  ...matmul,
  ...layout,
  ...select,
  ...reduce,
  ...windows,
  ...pools,
  ...resizing,
  ...normalise,
};
