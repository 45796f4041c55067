import { ArcfaceError } from "../errors.ts";
import { inferOutputs } from "./ops/call.ts";
import { type Dim, differ, type Shape } from "./ops/dim.ts";
import { elementTypeOf } from "./ops/element-type.ts";
import { type Known, LONGEST_NAME, printShape, type ValueType } from "./ops/op.ts";
import { smallValues } from "./ops/small-values.ts";
import { opName, opOf } from "./ops.ts";
import { tensorTypeOf } from "./read.ts";
import { DataType, type ModelProto, type NodeProto, type TensorProto, type ValueInfoProto } from "./schema.ts";

export type InferOptions = {
  /** Sizes for the inputs of this name, in place of those that vary. */
  readonly inputShapes?: Readonly<Record<string, Shape>> | undefined;
  /**
   * Called for an operator that we do not know; its outputs are then what the file itself says of them, or unknown.
   * Default: UNSUPPORTED_FORMAT is thrown.
   */
  readonly onUnknown?: ((op: string, node: NodeProto) => void) | undefined;
};

/**
 * Types and shapes of every value of a graph, from its inputs on.
 *
 * A dimension that may vary is its name in the file, or, where it has none, `input:axis`; computed ones are formulas
 * of these. What depends on pixels, and what follows from an unknown operator, is as the file itself states it, or absent.
 *
 * @throws {ArcfaceError} MODEL_MISMATCH where the graph contradicts itself or the sizes asked for, UNSUPPORTED_FORMAT
 *   for an unknown operator.
 */
export function inferShapes(model: ModelProto, options: InferOptions = {}): Map<string, ValueType> {
  return new Map([...inferKnown(model, options)].map(([name, { dtype, shape }]) => [name, { dtype, shape }]));
}

/** The same, with the elements of what is small and does not depend on pixels. */
export function inferKnown(
  model: ModelProto,
  { inputShapes = {}, onUnknown = refuse }: InferOptions = {},
): Map<string, Known> {
  const { graph } = model;
  const values = new Map<string, Known>();
  if (!graph) return values;
  for (const tensor of graph.initializer) values.set(tensor.name, ofConstant(tensor));
  for (const { values: sparse, dims } of graph.sparseInitializer) {
    if (sparse)
      values.set(sparse.name, { dtype: elementTypeOf(sparse.dataType), shape: dims.map(Number), values: null });
  }
  for (const info of graph.input) {
    // Old files list constants among the inputs.
    const input = values.has(info.name) ? null : ofInput(info, inputShapes[info.name]);
    if (input) values.set(info.name, input);
  }
  const stated = new Map(graph.valueInfo.concat(graph.output).map((info) => [info.name, info]));
  const made = new Set([...values.keys(), ...graph.input.map(({ name }) => name)]);
  for (const node of graph.node) {
    const missing = node.input.find((name) => name !== "" && !made.has(name));
    if (missing !== undefined) {
      throw new ArcfaceError(
        "MODEL_MISMATCH",
        `${node.name || node.opType}: expected ${missing} to be made before it, got none`,
      );
    }
    const outputs = inferNode(node, values, onUnknown) ?? node.output.map((name) => ofStatement(stated.get(name)));
    node.output.forEach((name, i) => {
      if (name === "") return;
      if (made.has(name)) {
        throw new ArcfaceError(
          "MODEL_MISMATCH",
          `${node.name || node.opType}: expected a new name for its output, got ${name}, which is taken`,
        );
      }
      made.add(name);
      const known = outputs[i];
      if (known) values.set(name, known);
    });
  }
  return values;
}

/** `null` where it cannot be worked out. */
function inferNode(
  node: NodeProto,
  values: ReadonlyMap<string, Known>,
  onUnknown: NonNullable<InferOptions["onUnknown"]>,
): (Known | null)[] | null {
  const op = opOf(node);
  if (!op) {
    onUnknown(opName(node), node);
    return null;
  }
  if (node.input.some((name) => name !== "" && !values.has(name))) return null;
  return inferOutputs(
    op,
    node,
    node.input.map((name) => values.get(name) ?? null),
  );
}

function refuse(op: string, { name, output }: NodeProto): never {
  throw new ArcfaceError("UNSUPPORTED_FORMAT", `${name || output[0]}: the operator ${op} is not known`);
}

/** A constant of the graph. */
export function ofConstant(tensor: TensorProto): Known {
  return { dtype: elementTypeOf(tensor.dataType), shape: tensor.dims.map(Number), values: smallValues(tensor) };
}

/** `null` where the file says no shape and none is asked for. */
function ofInput(info: ValueInfoProto, wanted: Shape | undefined): Known | null {
  const stated = ofStatement(info);
  const dtype = stated?.dtype ?? elementTypeOf(tensorTypeOf(info)?.elemType ?? DataType.UNDEFINED);
  if (!wanted) return stated;
  const own = stated?.shape ?? wanted;
  if (wanted.length !== own.length || wanted.some((dim, axis) => differ(dim, own[axis]!))) {
    throw new ArcfaceError("MODEL_MISMATCH", `${info.name}: expected ${printShape(own)}, got ${printShape(wanted)}`);
  }
  return { dtype, shape: wanted, values: null };
}

/** What the file itself says of a value; `null` where that is nothing. */
function ofStatement(info: ValueInfoProto | undefined): Known | null {
  const type = info && tensorTypeOf(info);
  if (info?.type?.value.case !== "tensorType" || !info.type.value.value.shape || !type) return null;
  const shape = type.shape.map((dim, axis) => nameDim(dim, info.name, axis));
  return { dtype: elementTypeOf(type.elemType), shape, values: null };
}

/** What may vary has a name; PyTorch calls dimensions without one `?`, all alike. */
export function nameDim(dim: Dim, value: string, axis: number): Dim {
  const named = typeof dim === "number" ? dim >= 0 : dim !== "?" && dim.length <= LONGEST_NAME;
  return named ? dim : `${value}:${axis}`;
}
