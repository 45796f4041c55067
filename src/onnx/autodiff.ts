import { ArcfaceError, expected } from "../errors.ts";
import type { GraphBuilder, Step, Value } from "./builder.ts";
import { isFloat } from "./ops/element-type.ts";
import { sizes, stretch, sumTo } from "./vjp/words.ts";
import { vjps } from "./vjp.ts";

export type GradientOptions = {
  /** ∂/∂loss, of the loss's shape; default 1. */
  readonly seed?: Value;
};

/**
 * Add the nodes that make ∂loss/∂value of some values, by the rules of the table `vjps`.
 *
 * @param loss of any shape: its elements are summed, weighted by `seed`.
 * @param wrt of known sizes; the walk does not go beyond them. What the loss does not depend on gets zeros.
 * @returns one gradient a value, in its shape.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT for an operator between them that no rule is known for; MODEL_MISMATCH
 *   where sizes vary, or a rule does not cover a node's attributes.
 */
export function gradients(
  g: GraphBuilder,
  loss: Value,
  wrt: readonly Value[],
  { seed }: GradientOptions = {},
): Value[] {
  const leaves = new Set(wrt.map(({ name }) => name));
  const path = between(g.steps, leaves);
  const sums = new Map<string, Value[]>([[loss.name, [seed ?? ones(g, loss)]]]);
  const gradientOf = (name: string): Value | null => {
    const parts = sums.get(name);
    if (!parts) return null;
    const total = parts.length === 1 ? parts[0]! : g.node("Sum", parts);
    sums.set(name, [total]);
    return total;
  };
  for (const step of path.steps.reverse()) {
    const gradients = step.outputs.map(({ name }) => gradientOf(name));
    if (gradients.every((d) => d === null)) continue;
    back(g, step, gradients, path.reached).forEach((d, i) => {
      const input = step.inputs[i];
      if (!d || !input || !path.reached.has(input.name)) return;
      const own = sumTo(g, d, known(input));
      sums.set(input.name, [...(sums.get(input.name) ?? []), own]);
    });
  }
  return wrt.map((value) => gradientOf(value.name) ?? stretch(g, g.literal([], new Float32Array(1)), known(value)));
}

/** The steps that lead on from the leaves, and all values that depend on them. */
function between(steps: readonly Step[], leaves: ReadonlySet<string>): { steps: Step[]; reached: Set<string> } {
  const reached = new Set(leaves);
  const on = steps.filter(({ inputs, outputs, constant }) => {
    if (constant || outputs.some(({ name }) => leaves.has(name))) return false;
    if (!inputs.some((input) => input && reached.has(input.name))) return false;
    for (const { name } of outputs) reached.add(name);
    return true;
  });
  return { steps: on, reached };
}

function back(
  g: GraphBuilder,
  { op, call, inputs, outputs }: Step,
  gradients: readonly (Value | null)[],
  reached: ReadonlySet<string>,
): readonly (Value | null)[] {
  const rule = Object.hasOwn(vjps, op) ? vjps[op] : undefined;
  if (rule === null) return [];
  if (!rule) {
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${call.where}: no gradient is known for the operator ${op}`, {
      hint: "train only layers behind it, or simplify the network before it is read",
    });
  }
  const y = outputs[0]!;
  for (const value of [...inputs, ...outputs]) {
    if (value) known(value);
    if (value && isFloat(value.dtype) && value.dtype !== "float32")
      throw call.mismatch("float32, in which gradients are made", value.dtype);
  }
  return rule({
    g,
    call,
    inputs,
    x: inputs as readonly Value[],
    y,
    outputs,
    dy: gradients[0] ?? stretch(g, g.literal([], new Float32Array(1)), sizes(y)),
    gradients,
    wanted: (i) => !!inputs[i] && reached.has(inputs[i].name),
  });
}

function known({ name, shape }: Value): number[] {
  if (shape.every((size) => typeof size === "number")) return shape as number[];
  throw expected(`gradient of ${name}`, "a shape of known sizes", `[${shape.join(", ")}]`, "fix the batch first");
}

function ones(g: GraphBuilder, { shape, name }: Value): Value {
  return stretch(g, g.literal([], Float32Array.of(1)), known({ name, shape, dtype: "float32" }));
}
