import { intOf, intsOf } from "../read.ts";
import { type AttributeProto, change, type NodeProto, type TensorProto } from "../schema.ts";
import { dimsOf, floatsOf } from "./floats.ts";
import { isOp } from "./graph-index.ts";
import type { Rewrite } from "./rewrite.ts";

/** A convolution or fully-connected layer whose weights are constants. */
export type Layer = {
  readonly node: NodeProto;
  /** As in the file: [out, in / group, …] of a Conv, [out, in] (transB) or [in, out] of a Gemm. */
  readonly dims: readonly number[];
  readonly weights: Float32Array<ArrayBuffer>;
  /** One an output channel; zeros where the node has none. */
  readonly bias: Float32Array<ArrayBuffer>;
  readonly outputs: number;
  readonly inputs: number;
  readonly group: number;
  /** Does what is outside of the image reach the result? */
  readonly padded: boolean;
  /**
   * The weights between one output channel and one input channel, `start` to `end` (not included), for all pairs, in the
   * order in which they lie in the file.
   */
  readonly blocks: (visit: (output: number, input: number, start: number, end: number) => void) => void;
  /** Of the weights, if there were as many outputs and inputs. */
  readonly dimsOf: (outputs: number, inputs: number) => readonly number[];
};

/** A node as a layer; null where it is none, or its weights are not float32 constants. */
export function layerOf(node: NodeProto, constants: ReadonlyMap<string, TensorProto>): Layer | null {
  const tensor = constants.get(node.input[1] ?? "");
  const weights = floatsOf(tensor);
  if (!tensor || !weights || weights.length === 0) return null;
  const dims = dimsOf(tensor);
  const conv = isOp(node, "Conv");
  if (!conv && !(isOp(node, "Gemm") && isPlainGemm(node) && dims.length === 2)) return null;
  const transposed = intOf(node, "transB", 0) === 1;
  const outputs = conv || transposed ? dims[0]! : dims[1]!;
  const given = node.input[2] ? floatsOf(constants.get(node.input[2])) : new Float32Array(outputs);
  // A Gemm's may be stretched from one number.
  if (!given || (given.length !== outputs && given.length !== 1)) return null;
  const bias = given.length === outputs ? given : new Float32Array(outputs).fill(given[0]!);
  const group = conv ? intOf(node, "group", 1) : 1;
  const [perGroup, kernel] = conv ? [dims[1]!, weights.length / dims[0]! / dims[1]!] : [0, 1];
  return {
    node,
    dims,
    weights,
    bias,
    outputs,
    inputs: conv ? perGroup * group : transposed ? dims[1]! : dims[0]!,
    group,
    padded: conv && isPadded(node),
    dimsOf(outs, ins) {
      if (conv) return [outs, ins / group, ...dims.slice(2)];
      return transposed ? [outs, ins] : [ins, outs];
    },
    blocks(visit) {
      if (!conv) {
        const [rows, columns] = [dims[0]!, dims[1]!];
        for (let row = 0, i = 0; row < rows; row++) {
          for (let column = 0; column < columns; column++, i++)
            transposed ? visit(row, column, i, i + 1) : visit(column, row, i, i + 1);
        }
        return;
      }
      for (let output = 0, i = 0; output < outputs; output++) {
        const first = Math.floor(output / (outputs / group)) * perGroup;
        for (let input = first; input < first + perGroup; input++, i += kernel) visit(output, input, i, i + kernel);
      }
    },
  };
}

/**
 * The same node with other weights and bias.
 *
 * @param rewrite gets the constants that it reads then.
 */
export function withWeights(
  { node, dims }: Layer,
  weights: Float32Array<ArrayBuffer>,
  bias: Float32Array<ArrayBuffer>,
  rewrite: Rewrite,
): NodeProto {
  const name = node.output[0]!;
  const w = rewrite.constant(`${name}_weights`, dims, weights);
  return change(node, { input: [node.input[0]!, w, rewrite.constant(`${name}_bias`, [bias.length], bias)] });
}

const floatOf = (attribute: readonly AttributeProto[], name: string): number =>
  attribute.find((one) => one.name === name)?.f ?? 1;

const isPlainGemm = (node: NodeProto): boolean =>
  intOf(node, "transA", 0) === 0 && floatOf(node.attribute, "alpha") === 1 && floatOf(node.attribute, "beta") === 1;

function isPadded(node: NodeProto): boolean {
  const auto = node.attribute.find(({ name }) => name === "auto_pad")?.s;
  const kind = auto && auto.length > 0 ? new TextDecoder().decode(auto) : "NOTSET";
  return kind === "NOTSET" ? (intsOf(node, "pads") ?? []).some((pad) => pad !== 0) : kind !== "VALID";
}
