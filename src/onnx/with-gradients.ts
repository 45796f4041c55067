import { expected } from "../errors.ts";
import { gradients } from "./autodiff.ts";
import { GraphBuilder, type Value } from "./builder.ts";
import { include } from "./include.ts";
import { describeModel } from "./model.ts";
import type { ModelProto } from "./schema.ts";

export type WithGradientsOptions = {
  /** Inputs and weights, float32, by their names; default: every float32 input. */
  readonly wrt?: readonly string[];
  /** Of which output; default the first. */
  readonly output?: string;
  /** Of inputs whose sizes may vary: gradients are made for known ones. */
  readonly inputShapes?: Readonly<Record<string, readonly number[]>>;
};

/**
 * A model that answers beside its outputs how one of them depends on its inputs and weights: where the new input `seed`, of
 * that output's shape, is c, `gradient.NAME` is ∂(Σ c·output)/∂NAME, in NAME's shape.
 *
 * @param model any whose operators between them have a rule: read from a file, or made.
 * @returns a model of opset 18; some nodes are ONNX Runtime's own.
 * @throws {ArcfaceError} INVALID_ARGUMENT for names that are not there, and sizes that are not known; UNSUPPORTED_FORMAT for
 *   an operator without a rule, by its node; MODEL_MISMATCH where a rule does not cover a node's attributes.
 */
export function withGradients(
  model: ModelProto,
  { wrt: names, output, inputShapes = {} }: WithGradientsOptions = {},
): ModelProto {
  const name = model.graph?.name || "model";
  const { inputs } = describeModel(model);
  const g = new GraphBuilder();
  const leaves = new Map<string, Value>();
  for (const { name: input, dtype, shape: declared } of inputs) {
    const shape = inputShapes[input] ?? declared;
    const known = shape.every((size) => typeof size === "number" && size >= 0);
    if (!known) throw expected(name, `sizes for ${input} [${shape.join(", ")}]`, "ones that vary", "see inputShapes");
    leaves.set(input, g.input(input, shape, dtype as "float32"));
  }
  const wanted = names ?? inputs.filter(({ dtype }) => dtype === "float32").map((input) => input.name);
  const inside = g.scope("model");
  const answers = include(g, model, {
    inputs: Object.fromEntries(leaves),
    prefix: "model",
    values(constant) {
      if (!wanted.includes(constant.name)) return null;
      const value = inside.tensor(constant);
      leaves.set(constant.name, value);
      return value;
    },
  });
  const of = output ?? Object.keys(answers)[0]!;
  const y = answers[of];
  if (!y) throw expected(name, `an output among ${Object.keys(answers).join(", ")}`, of);
  const wrt = wanted.map((one) => {
    const leaf = leaves.get(one);
    if (leaf?.dtype === "float32") return leaf;
    throw expected(name, "names of float32 inputs and weights", leaf ? `${one} of ${leaf.dtype}` : one);
  });
  for (const [own, answer] of Object.entries(answers)) g.output(own, answer);
  const seed = g.input("seed", y.shape as number[]);
  for (const [i, gradient] of gradients(g, y, wrt, { seed }).entries()) g.output(`gradient.${wanted[i]}`, gradient);
  return g.toModel(name);
}
