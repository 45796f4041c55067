import { GraphBuilder, type Value } from "../onnx/builder.ts";
import type { ModelProto } from "../onnx/schema.ts";
import { apply, mul, num, reshape, sizes } from "../onnx/vjp/words.ts";
import { sizeOf } from "../tensor/tensor.ts";
import { normParameters } from "./norm-parameters.ts";

export type UpdateOptions = {
  readonly parameters: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly momentum: number;
  readonly weightDecay: number;
  /** Of batch-norms and PReLU slopes; default weightDecay. */
  readonly normWeightDecay?: number | undefined;
  /** Gradients of these parameters are made as long as this together, at most; 0: not. */
  readonly clipGradNorm: number;
  readonly clipped: ReadonlySet<string>;
};

/**
 * One step of stochastic gradient descent, as torch.optim.SGD takes it:
 * v ← momentum·v + clip·gradient + weightDecay·w; w ← w − lr·v.
 *
 * Inputs: `lr` [1]; of each parameter its NAME, `momentum.NAME` and `gradient.NAME`. Outputs: `new.NAME` and
 * `new.momentum.NAME`, which may be written over the inputs, as each is read before; `gradient_norm`, of the clipped ones
 * before they are.
 */
export function buildUpdate(options: UpdateOptions): ModelProto {
  const { parameters, momentum, weightDecay, normWeightDecay = weightDecay, clipGradNorm, clipped } = options;
  const g = new GraphBuilder();
  const lr = g.input("lr", [1]);
  const descent = reshape(g, g.node("Neg", [lr]), [1, 1, 1, 1]);
  const kept = scalar(g, momentum);
  const [decay, normDecay] = [scalar(g, weightDecay), scalar(g, normWeightDecay)];
  const norms = normParameters(parameters);
  const places = parameters.map(({ name, shape }) => {
    const [w, v, gradient] = [name, `momentum.${name}`, `gradient.${name}`].map((input) => g.input(input, shape));
    return { name, w: w!, v: v!, gradient: gradient! };
  });
  const norm = lengthOf(
    g,
    places.filter(({ name }) => clipped.has(name)).map(({ gradient }) => gradient),
  );
  if (norm) g.output("gradient_norm", norm);
  // torch's clip_grad_norm_: never longer, and the 1e-6 is its own
  const factor =
    norm && clipGradNorm > 0
      ? apply(g, "Min", num(g, 1), g.node("Div", [num(g, clipGradNorm), g.add(norm, num(g, 1e-6))]))
      : null;
  for (const { name, w, v, gradient } of places) {
    const taken = factor && clipped.has(name) ? mul(g, gradient, factor) : gradient;
    const [flatW, flatV, flatG] = [w, v, taken].map((value) => rows(g, value)) as [Value, Value, Value];
    const decayed = fused(g, flatV, kept, flatG);
    const velocity = fused(g, flatW, norms.has(name) ? normDecay : decay, decayed);
    const moved = fused(g, velocity, descent, flatW);
    g.output(`new.momentum.${name}`, reshape(g, velocity, sizes(v)));
    g.output(`new.${name}`, reshape(g, moved, sizes(w)));
  }
  return g.toModel("update");
}

/** factor·x + z in one pass. */
function fused(g: GraphBuilder, x: Value, factor: Value, z: Value): Value {
  return g.node("com.microsoft.FusedConv", [x, factor, null, z], { attributes: { kernel_shape: [1, 1] } });
}

const scalar = (g: GraphBuilder, value: number): Value => g.literal([1, 1, 1, 1], Float32Array.of(value));

/** As images of one channel: the first axis is shared out among threads. */
function rows(g: GraphBuilder, x: Value): Value {
  const [first = 1, ...rest] = sizes(x);
  return reshape(g, x, [first, 1, 1, sizeOf(rest)]);
}

function lengthOf(g: GraphBuilder, gradients: readonly Value[]): Value | null {
  if (gradients.length === 0) return null;
  const squares = gradients.map((x) => {
    const row = reshape(g, x, [1, sizeOf(sizes(x))]);
    return g.node("com.microsoft.FusedMatMul", [row, row], { attributes: { transB: 1 } });
  });
  return reshape(g, apply(g, "Sqrt", squares.length === 1 ? squares[0]! : g.node("Sum", squares)), []);
}
