import type { PixelFormat } from "../image/to-tensor.ts";
import { unitRows } from "../losses/cosines.ts";
import type { TrainingNet } from "../nets/training/training-net.ts";
import { gradients } from "../onnx/autodiff.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { include } from "../onnx/include.ts";
import type { ModelProto } from "../onnx/schema.ts";
import { mul, num, reshape, sizes, sub, sum } from "../onnx/vjp/words.ts";
import { sizeOf } from "../tensor/tensor.ts";
import type { LearntWeight } from "./learnt-weights.ts";
import { toNetworkInput } from "./network-input.ts";

export type FileNetOptions = {
  /** The graph's input, how it is fed, and the output that is the embedding. */
  readonly input: PixelFormat & { readonly name: string };
  readonly output: string;
  readonly weights: readonly LearntWeight[];
  /** How strongly embeddings are drawn to those of the network as it was; 0: not. */
  readonly anchor?: number;
};

/** What a learnt weight is called in a training graph, apart from names of the graph's own. */
export const parameterName = (weight: string): string => `net.${weight}`;

/**
 * A network out of a file in a training graph. Its batch normalisations, where there are any, use what was measured when
 * it was first trained.
 *
 * @param model its constants are initializers, not nodes.
 * @param images [N, 3, H, W], RGB, (x − 127.5)/127.5, sizes known.
 * @throws {ArcfaceError} as include and gradients: UNSUPPORTED_FORMAT for an operator without a rule, by its name.
 */
export function fileTrainingNet(
  g: GraphBuilder,
  model: ModelProto,
  images: Value,
  { input, output: outputName, weights, anchor = 0 }: FileNetOptions,
): TrainingNet {
  const parameters = weights.map((weight) => {
    const name = parameterName(weight.name);
    return { ...weight, name, value: g.input(name, weight.shape) };
  });
  const byName = new Map(weights.map(({ name }, i) => [name, parameters[i]!.value]));
  const inputs = { [input.name]: toNetworkInput(g, images, input) };
  const put = (prefix: string, values: ReadonlyMap<string, Value>): Value => {
    const made = include(g, model, { inputs, prefix, values: ({ name }) => values.get(name) ?? null })[outputName]!;
    const [count, ...rest] = sizes(made) as [number, ...number[]];
    return reshape(g, made, [count, sizeOf(rest)]);
  };
  const output = put("net", byName);
  const old = anchor > 0 ? put("old", new Map()) : null;
  return {
    output,
    parameters,
    statistics: [],
    masks: [],
    backward(dOutput) {
      const whole = old ? g.add(dOutput, anchorGradient(g, output, old, anchor)) : dOutput;
      const made = gradients(
        g,
        output,
        parameters.map(({ value }) => value),
        { seed: whole },
      );
      return new Map(parameters.map(({ name }, i) => [name, made[i]!]));
    },
  };
}

/** Of anchor · mean over the batch of ‖e − e_old‖², both of length 1. */
function anchorGradient(g: GraphBuilder, embedding: Value, old: Value, anchor: number): Value {
  const scoped = g.scope("anchor");
  const apart = sub(g, unitRows(scoped, embedding), unitRows(scoped.scope("old"), old));
  const squares = sum(g, mul(g, apart, apart), [0, 1], 0);
  const [gradient] = gradients(g, mul(g, squares, num(g, anchor / sizes(embedding)[0]!)), [embedding]);
  return gradient!;
}
