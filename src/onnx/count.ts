import { sizeOf } from "../tensor/tensor.ts";
import { countNotes } from "./count-notes.ts";
import { constantsOf, type Role, rolesOf } from "./count-roles.ts";
import { inferShapes, nameDim } from "./infer.ts";
import { describeModel, type ValueDescription } from "./model.ts";
import { createCall } from "./ops/call.ts";
import type { Shape } from "./ops/dim.ts";
import { elementTypeOf } from "./ops/element-type.ts";
import type { ValueType } from "./ops/op.ts";
import { opName, opOf } from "./ops.ts";
import type { ModelProto, NodeProto, TensorProto } from "./schema.ts";

export type LayerCount = {
  readonly name: string;
  readonly op: string;
  /** Of what is computed, constants apart; `null` where it is not known. */
  readonly inputShapes: readonly (Shape | null)[];
  readonly outputShape: Shape | null;
  /** Of the weights that no layer before used. */
  readonly parameters: number;
  /** 0 for operators without; `null` where a size is not known. */
  readonly macs: number | null;
};

export type ModelCount = {
  readonly parameters: number;
  readonly runningStatistics: number;
  readonly otherConstants: number;
  /** `null` where a size is not known: give inputShapes. */
  readonly macs: number | null;
  /** What the multiply–accumulates are counted for. */
  readonly countedAt: Readonly<Record<string, Shape>>;
  readonly layers: readonly LayerCount[];
  readonly opset: number;
  readonly inputs: readonly ValueDescription[];
  readonly outputs: readonly ValueDescription[];
  readonly producer: string;
  /** Sentences for people: what makes these figures differ from others' of the same network. */
  readonly notes: readonly string[];
};

export type CountOptions = {
  /** Images in one run, where the first dimension varies. Default 1. */
  readonly batch?: number;
  readonly inputShapes?: Readonly<Record<string, Shape>> | undefined;
};

/**
 * Count what a network holds and what one run of it takes.
 *
 * Parameters are weights, biases, PReLU slopes, and batch normalisation's scale and shift, wherever they are kept
 * (initializers, Constant nodes, quantised), each once though it be used twice. The frozen scale of ArcFace's last
 * batch normalisation counts too: the published 65,156,160 of IResNet-100 contains it, as does any sum over PyTorch's
 * `parameters()`. Running means and variances are apart; scales and zero points of quantisation, shapes, anchors and
 * what prepares the image are other constants.
 *
 * Multiply–accumulates are those of convolutions and matrix products (biases, normalisation and activations not).
 *
 * @throws {ArcfaceError} MODEL_MISMATCH where the graph contradicts itself. Unknown operators only make a note.
 */
export function countModel(model: ModelProto, { batch = 1, inputShapes = {} }: CountOptions = {}): ModelCount {
  const { inputs, outputs, opset, producer } = describeModel(model);
  const unknown = new Map<string, number>();
  const shapes = inferShapes(model, {
    inputShapes: { ...batched(inputs, batch), ...inputShapes },
    onUnknown: (op) => unknown.set(op, (unknown.get(op) ?? 0) + 1),
  });
  const constants = constantsOf(model);
  const roles = rolesOf(model, constants, shapes);
  const total = (role: Role | undefined): number =>
    [...constants].reduce((n, [name, tensor]) => (roles.get(name)?.role === role ? n + sizeOfTensor(tensor) : n), 0);
  const parametersOf = new Map<NodeProto, number>();
  for (const [name, { role, node }] of roles) {
    if (role === "parameter")
      parametersOf.set(node, (parametersOf.get(node) ?? 0) + sizeOfTensor(constants.get(name)!));
  }
  const nodes = model.graph?.node.filter(({ opType }) => opType !== "Constant") ?? [];
  const layers = nodes.map((node): LayerCount => {
    const computed = node.input.filter((name) => name !== "" && !constants.has(name));
    return {
      name: node.name || node.output[0]!,
      op: opName(node),
      inputShapes: computed.map((name) => shapes.get(name)?.shape ?? null),
      outputShape: shapes.get(node.output[0]!)?.shape ?? null,
      parameters: parametersOf.get(node) ?? 0,
      macs: macsOf(node, shapes),
    };
  });
  const quantised = [...roles].some(
    ([name, { role }]) => role === "parameter" && /^u?int/.test(elementTypeOf(constants.get(name)!.dataType)),
  );
  const macs = layers.map((layer) => (unknown.has(layer.op) ? 0 : layer.macs));
  return {
    parameters: total("parameter"),
    runningStatistics: total("statistic"),
    otherConstants: total(undefined),
    macs: macs.includes(null) ? null : macs.reduce<number>((sum, n) => sum + n!, 0),
    countedAt: Object.fromEntries(inputs.map(({ name }) => [name, shapes.get(name)?.shape ?? []])),
    layers,
    opset,
    inputs,
    outputs,
    producer,
    notes: countNotes(model, { shapes, unknown, quantised, sized: !macs.includes(null) }),
  };
}

const sizeOfTensor = ({ dims }: TensorProto): number => sizeOf(dims.map(Number));

/** Inputs of any number of images, with that many. */
function batched(inputs: readonly ValueDescription[], batch: number): Record<string, Shape> {
  const free = inputs.filter(({ shape: [first] }) => first !== undefined && (typeof first === "string" || first < 0));
  return Object.fromEntries(
    free.map(({ name, shape }) => [name, shape.map((dim, axis) => (axis === 0 ? batch : nameDim(dim, name, axis)))]),
  );
}

function macsOf(node: NodeProto, shapes: ReadonlyMap<string, ValueType>): number | null {
  const op = opOf(node);
  if (!op) return null;
  if (!op.macs) return 0;
  const output = shapes.get(node.output[0]!);
  const inputs = node.input.map((name) => (name === "" ? null : shapes.get(name)));
  if (!output || inputs.includes(undefined)) return null;
  const known = inputs.map((input) => (input ? { ...input, values: null } : null));
  const macs = op.macs(createCall(op, node, known), output.shape);
  return typeof macs === "number" ? macs : null;
}
