import { ArcfaceError } from "../errors.ts";
import type { Attribute } from "./build.ts";
import type { GraphBuilder, Value } from "./builder.ts";
import { NUMPY_BROADCAST_OPSET, opsetOf } from "./export-form.ts";
import { differ } from "./ops/dim.ts";
import { printShape } from "./ops/op.ts";
import { opName } from "./ops.ts";
import { constantNodes } from "./optimize/constant-nodes.ts";
import { deadNodes } from "./optimize/dead-nodes.ts";
import { tensorTypeOf } from "./read.ts";
import { type AttributeProto, AttributeType, type ModelProto, type NodeProto, type TensorProto } from "./schema.ts";
import { upgrades } from "./upgrade/rules.ts";

export type IncludeOptions = {
  /** What the model's inputs are, by their names; constants that old files list among them are not asked for. */
  readonly inputs: Readonly<Record<string, Value>>;
  /** Something else in place of a constant of the model, as an input that is learnt; `null` leaves it a constant. */
  readonly values?: (constant: TensorProto) => Value | null;
  /** Put before the model's names, with a dot between; needed where the graph has names of its own that it uses. */
  readonly prefix?: string;
};

/**
 * Put a model read from a file into a growing graph. Nodes of older opsets become those of 18; Constant nodes become
 * constants; what no output depends on is left out.
 *
 * @returns the model's outputs, by their names.
 * @throws {ArcfaceError} INVALID_ARGUMENT where an input is not given, MODEL_MISMATCH where it is of another type or
 *   size than the model says; UNSUPPORTED_FORMAT for an operator that is not in the table, graphs inside nodes, or an
 *   opset before 7.
 */
export function include(
  g: GraphBuilder,
  model: ModelProto,
  { inputs, values = () => null, prefix = "" }: IncludeOptions,
): Record<string, Value> {
  const opset = opsetOf(model);
  if (opset < NUMPY_BROADCAST_OPSET)
    throw new ArcfaceError(
      "UNSUPPORTED_FORMAT",
      `model: expected opset ${NUMPY_BROADCAST_OPSET} or later, got ${opset}`,
    );
  const { graph } = deadNodes(constantNodes(model));
  const inside = prefix === "" ? g : g.scope(prefix);
  const known = new Map<string, Value>();
  for (const constant of graph!.initializer) known.set(constant.name, values(constant) ?? inside.tensor(constant));
  for (const info of graph!.input) {
    if (known.has(info.name)) continue;
    const value = inputs[info.name];
    if (!value)
      throw new ArcfaceError("INVALID_ARGUMENT", `model: expected a value for the input ${info.name}, got none`);
    const { shape } = tensorTypeOf(info) ?? { shape: [] };
    const misfit = shape.length !== value.shape.length || shape.some((dim, axis) => misfits(dim, value, axis));
    if (misfit) {
      throw new ArcfaceError(
        "MODEL_MISMATCH",
        `model: expected ${printShape(shape)} for the input ${info.name}, got ${printShape(value.shape)}`,
      );
    }
    known.set(info.name, value);
  }
  for (const node of graph!.node) {
    const made = add(inside, node, opset, known);
    node.output.forEach((name, i) => {
      if (name !== "" && made[i]) known.set(name, made[i]);
    });
  }
  return Object.fromEntries(graph!.output.map(({ name }) => [name, known.get(name)!]));
}

/** −1 is a size that may vary. */
function misfits(dim: number | string, value: Value, axis: number): boolean {
  return dim !== -1 && differ(dim, value.shape[axis]!);
}

function add(g: GraphBuilder, node: NodeProto, opset: number, known: ReadonlyMap<string, Value>): Value[] {
  const name = node.output[0]!;
  const used = node.output.findLastIndex((output) => output !== "") + 1;
  const where = `${node.name || name} (${node.opType})`;
  const old = {
    g,
    op: opName(node),
    where,
    inputs: node.input.map((input) => (input === "" ? null : at(known, input, where))),
    attributes: Object.fromEntries(node.attribute.map((attribute) => [attribute.name, settingOf(attribute, where)])),
    outputs: used,
  };
  const rule = (upgrades[old.op] ?? []).find(([before]) => opset < before)?.[1];
  const made = rule?.(old) ?? {};
  if ("dtype" in made) return [made];
  const { op, inputs, attributes, outputs } = { ...old, ...made };
  return g.nodes(op, inputs, { attributes, outputs, name });
}

function at(known: ReadonlyMap<string, Value>, name: string, where: string): Value {
  const value = known.get(name);
  if (value) return value;
  throw new ArcfaceError("MODEL_MISMATCH", `${where}: expected ${name} to be made before it, got none`);
}

function settingOf({ type, name, i, f, s, t, ints, floats }: AttributeProto, where: string): Attribute {
  if (type === AttributeType.INT) return Number(i);
  if (type === AttributeType.FLOAT) return { float: f };
  if (type === AttributeType.STRING) return new TextDecoder().decode(s);
  if (type === AttributeType.INTS) return ints.map(Number);
  if (type === AttributeType.FLOATS) return { floats: [...floats] };
  if (type === AttributeType.TENSOR && t) return { tensor: t };
  throw new ArcfaceError(
    "UNSUPPORTED_FORMAT",
    `${where}: expected numbers, text or a tensor as ${name}, got ${AttributeType[type]?.toLowerCase()}`,
  );
}
