import { blocked } from "./ops/blocked.ts";
import { elementwise } from "./ops/elementwise.ts";
import { layout } from "./ops/layout.ts";
import { matmul } from "./ops/matmul.ts";
import { normalise } from "./ops/normalise.ts";
import type { Op } from "./ops/op.ts";
import { quantised } from "./ops/quantised.ts";
import { reduce } from "./ops/reduce.ts";
import { resizing } from "./ops/resize.ts";
import { select } from "./ops/select.ts";
import { sizes } from "./ops/sizes.ts";
import { windows } from "./ops/windows.ts";
import type { NodeProto } from "./schema.ts";

/**
 * Every operator that we know, by its name in the specification; those of other domains as `com.microsoft.FusedConv`.
 * Source: ONNX's and ONNX Runtime's operator documents (Operators.md, ContribOperators.md), opsets 7 to 21.
 */
export const ops: Readonly<Record<string, Op>> = {
  ...elementwise,
  ...windows,
  ...blocked,
  ...normalise,
  ...matmul,
  ...layout,
  ...select,
  ...sizes,
  ...reduce,
  ...resizing,
  ...quantised,
};

/** A node's operator as the table names it. */
export function opName({ opType, domain }: Pick<NodeProto, "opType" | "domain">): string {
  return domain === "" || domain === "ai.onnx" ? opType : `${domain}.${opType}`;
}

/** `null` for an operator that is not in the table. */
export function opOf(node: Pick<NodeProto, "opType" | "domain">): Op | null {
  const name = opName(node);
  return Object.hasOwn(ops, name) ? ops[name]! : null;
}
