import { sizeOf } from "../../tensor/tensor.ts";
import { makeTensor } from "../build.ts";
import { change, DataType, type ModelProto, type NodeProto, type TensorProto } from "../schema.ts";

/** The specification's, where a node says none. */
const EPSILON = 1e-5;

/**
 * Batch normalisations by constants, behind a convolution that nothing else reads, go into its weights and bias:
 * w' = w·s, b' = (b − mean)·s + shift, s = scale/√(var + ε).
 */
export function batchNorms(model: ModelProto): ModelProto {
  const { graph } = model;
  if (!graph) return model;
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const maker = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const)));
  const uses = [...graph.node.flatMap(({ input }) => input), ...graph.output.map(({ name }) => name)];
  const folded = new Map<NodeProto, NodeProto | null>();
  const added: TensorProto[] = [];
  for (const norm of graph.node) {
    const conv = norm.opType === "BatchNormalization" ? maker.get(norm.input[0]!) : undefined;
    if (conv?.opType !== "Conv" || norm.output.length > 1 || isTraining(norm)) continue;
    if (uses.filter((name) => name === conv.output[0]).length !== 1) continue;
    const numbers = [conv.input[1]!, ...norm.input.slice(1)].map((name) => floatsOf(constants.get(name)));
    const bias = conv.input[2] ? floatsOf(constants.get(conv.input[2])) : new Float32Array(numbers[1]?.length ?? 0);
    if (!bias || numbers.some((list) => list === null)) continue;
    const [w, scale, shift, mean, variance] = numbers as [Float32Array<ArrayBuffer>, ...Float32Array[]];
    const epsilon = norm.attribute.find(({ name }) => name === "epsilon")?.f ?? EPSILON;
    const s = scale!.map((x, c) => x / Math.sqrt(variance![c]! + epsilon));
    const each = w.length / s.length;
    const y = norm.output[0]!;
    const [weights, offsets] = [`${y}_weights`, `${y}_bias`];
    added.push(
      makeTensor(
        weights,
        constants.get(conv.input[1]!)!.dims.map(Number),
        w.map((x, i) => x * s[Math.floor(i / each)]!),
      ),
      makeTensor(
        offsets,
        [s.length],
        Float32Array.from(s, (x, c) => (bias[c]! - mean![c]!) * x + shift![c]!),
      ),
    );
    folded.set(conv, change(conv, { input: [conv.input[0]!, weights, offsets], output: [y] }));
    folded.set(norm, null);
  }
  if (folded.size === 0) return model;
  const node = graph.node.flatMap((one) => (folded.has(one) ? (folded.get(one) ?? []) : one));
  return change(model, { graph: change(graph, { node, initializer: [...graph.initializer, ...added] }) });
}

/** By its own statistics, or with a number each pixel (until opset 8). */
const isTraining = ({ attribute }: NodeProto): boolean =>
  attribute.some(({ name, i }) => (name === "training_mode" && i !== 0n) || (name === "spatial" && i === 0n));

function floatsOf(tensor: TensorProto | undefined): Float32Array<ArrayBuffer> | null {
  if (tensor?.dataType !== DataType.FLOAT) return null;
  const { rawData, floatData, dims } = tensor;
  if (rawData.length === 0) return floatData.length === sizeOf(dims.map(Number)) ? Float32Array.from(floatData) : null;
  return new Float32Array(new Uint8Array(rawData).buffer);
}
