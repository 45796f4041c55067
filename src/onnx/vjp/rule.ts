import type { GraphBuilder, Value } from "../builder.ts";
import type { Call } from "../ops/op.ts";

/** One node on the way back: everything a gradient is made of. */
export type Backward = {
  readonly g: GraphBuilder;
  /** The node's attributes, with defaults, and what was known of its inputs. */
  readonly call: Call;
  /** Its inputs; `null` where an optional one is left out. */
  readonly inputs: readonly (Value | null)[];
  /** The same, for rules that need them all. */
  readonly x: readonly Value[];
  /** Its first output, and all of them. */
  readonly y: Value;
  readonly outputs: readonly Value[];
  /** ∂loss/∂y of the first output, and of all; `null` where the loss does not depend on one. */
  readonly dy: Value;
  readonly gradients: readonly (Value | null)[];
  /** Is this input's gradient asked for? Costly ones look. */
  wanted(input: number): boolean;
};

/**
 * ∂loss/∂input of each input; `null` or absent: the loss does not depend on it, or its gradient is not wanted. A gradient
 * may have the stretched shape of an output: it is summed down to the input's by the caller.
 */
export type Vjp = (node: Backward) => readonly (Value | null)[];

/** By the operator's name; `null`: no gradient flows through it. */
export type Vjps = Readonly<Record<string, Vjp | null>>;
