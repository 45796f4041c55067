import type { GraphBuilder, Value } from "../../onnx/builder.ts";
import { ints, reshape, sizes, sum } from "../../onnx/vjp/words.ts";

/**
 * The passes over large activations [N, C, H, W] that training is made of. What they cost, and why these:
 * docs/decisions/training-graphs.md.
 */

type Affine = {
  /** [C] */
  readonly scale: Value;
  /** [C]; absent: 0. */
  readonly shift?: Value | undefined;
  /** Of the output's shape; written over where it is used for the last time. */
  readonly z?: Value | undefined;
  readonly relu?: boolean;
  /** 1 where the result is at least 0, else 0. */
  readonly step?: boolean;
};

/** scale·x + shift + z, a channel at a time, in one pass: a depthwise 1×1 convolution with all that ONNX Runtime adds. */
export function affine(g: GraphBuilder, x: Value, { scale, shift, z, relu = false, step = false }: Affine): Value {
  const C = sizes(x)[1]!;
  const attributes = {
    kernel_shape: [1, 1],
    group: C,
    ...(relu && { activation: "Relu" }),
    ...(step && { activation: "HardSigmoid", activation_params: { floats: [1e30, 1] } }),
  };
  const w = reshape(g, scale, [C, 1, 1, 1]);
  const rest = z ? [shift ?? null, z] : shift ? [shift] : [];
  return g.node("com.microsoft.FusedConv", [x, w, ...rest], { attributes });
}

/**
 * The same values, but not before `others` are there: what is only for an output would else be made at the end, and all that
 * it needs be kept until then.
 *
 * @param x [C]
 */
export function after(g: GraphBuilder, x: Value, others: readonly Value[]): Value {
  if (others.length === 0) return x;
  const nothing = others.map((other) => {
    const flat = reshape(g, other, [sizes(other).reduce((a, b) => a * b, 1)]);
    return g.node("Slice", [flat, ints(g, [0]), ints(g, [0]), ints(g, [0])]);
  });
  return g.node("Concat", [...nothing, x], { attributes: { axis: 0 } });
}

/** Σ x over all but the channels: [C]. */
export function channelSum(g: GraphBuilder, x: Value): Value {
  const { N, C, P } = planes(x);
  if (P === 1) return sum(g, reshape(g, x, [N, C]), [0], 0);
  const ones = g.literal([1, P], new Float32Array(P).fill(1));
  return overBatch(g, g.gemm(ones, reshape(g, x, [N * C, P]), null), N, C);
}

/** Σ x·y over all but the channels: [C]. */
export function channelDot(g: GraphBuilder, x: Value, y: Value): Value {
  const { N, C, P } = planes(x);
  const rows = (v: Value) => reshape(g, v, [N * C, 1, P]);
  const product = g.node("com.microsoft.FusedMatMul", [rows(x), rows(y)], { attributes: { transB: 1 } });
  return overBatch(g, product, N, C);
}

function overBatch(g: GraphBuilder, x: Value, N: number, C: number): Value {
  return N === 1 ? reshape(g, x, [C]) : sum(g, reshape(g, x, [N, C]), [0], 0);
}

function planes(x: Value): { N: number; C: number; P: number } {
  const [N, C, ...size] = sizes(x);
  return { N: N!, C: C!, P: size.reduce((a, b) => a * b, 1) };
}
