import { ArcfaceError } from "../../errors.ts";
import type { Attribute } from "../build.ts";
import type { GraphBuilder, Value } from "../builder.ts";
import { num, reshape } from "../vjp/words.ts";

/** A node of an older opset, and the graph that it goes into. */
export type OldNode = {
  readonly g: GraphBuilder;
  readonly op: string;
  readonly where: string;
  readonly inputs: readonly (Value | null)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly outputs: number;
};

/** What it is in opset 18; a rule that has added nodes itself gives the value that they end in. */
export type NewNode = Pick<OldNode, "op" | "inputs" | "attributes" | "outputs">;
export type Upgrade = (node: OldNode) => Partial<NewNode> | Value;

/** An attribute that became an input: `[name, input, what kind]`. */
type Moved = readonly [attribute: string, input: number, kind: "ints" | "float" | "scalar"];

const moved =
  (...list: readonly Moved[]): Upgrade =>
  ({ g, inputs, attributes }) => {
    const [into, rest] = [[...inputs], { ...attributes }];
    for (const [name, input, kind] of list) {
      const value = rest[name];
      delete rest[name];
      while (value !== undefined && into.length < input) into.push(null);
      if (value !== undefined) into[input] = literal(g, value, kind);
    }
    return { inputs: into, attributes: rest };
  };

function literal(g: GraphBuilder, value: Attribute, kind: Moved[2]): Value {
  if (kind === "float") return num(g, (value as { float: number }).float);
  const list = kind === "scalar" ? [value as number] : (value as readonly number[]);
  // Bounds at the end of int64 are none of a number's.
  const most = Number.MAX_SAFE_INTEGER;
  return g.literal(
    [list.length],
    list.map((n) => Math.max(-most, Math.min(n, most))),
  );
}

/** Over all axes from `axis` (1) on, taken together, until opset 12. */
const flattened: Upgrade = ({ g, op, inputs: [x], attributes }) => {
  const { shape } = x!;
  const axis = ((attributes.axis as number | undefined) ?? 1) % shape.length;
  const first = axis < 0 ? axis + shape.length : axis;
  if (first === shape.length - 1) return { attributes: { axis: first } };
  const flat = g.node("Flatten", [x!], { attributes: { axis: first } });
  return reshape(g, g.node(op, [flat], { attributes: { axis: -1 } }), shape as readonly number[]);
};

const without =
  (...names: readonly string[]): Upgrade =>
  ({ attributes }) => ({
    attributes: Object.fromEntries(Object.entries(attributes).filter(([name]) => !names.includes(name))),
  });

/** Pixels as Upsample and the first Resize placed them. */
const OLD_PLACES = { coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" };
const filter = (mode: Attribute | undefined): string =>
  mode === undefined || mode === "nearest" ? "nearest" : "linear";

const axes = moved(["axes", 1, "ints"]);
const resized: Upgrade = ({ g, inputs: [x, given], attributes: { scales, mode } }) => ({
  op: "Resize",
  inputs: [x!, null, given ?? g.literal([x!.shape.length], Float32Array.from((scales as { floats: number[] }).floats))],
  attributes: { ...OLD_PLACES, mode: filter(mode) },
});

/** ½x·(1 + erf(x/√2)): an operator since opset 20. */
const gelu: Upgrade = ({ g, inputs: [x], attributes, where }) => {
  if (attributes.approximate === "tanh")
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${where}: expected Gelu without an approximation, got tanh`);
  const error = g.node("Erf", [g.node("Mul", [x!, num(g, Math.SQRT1_2)])]);
  return g.node("Mul", [g.node("Mul", [x!, num(g, 0.5)]), g.node("Add", [error, num(g, 1)])]);
};

/** In inference nothing is dropped. */
const dropout: Upgrade = (node) =>
  node.outputs === 1 && !node.inputs[2] ? { op: "Identity", inputs: [node.inputs[0]!], attributes: {} } : node;

const batchNorm: Upgrade = (node) => {
  if (node.attributes.spatial === 0)
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${node.where}: expected statistics a channel, got spatial 0`);
  return { ...without("spatial", "consumed_inputs", "is_test", "momentum")(node), outputs: 1 };
};

/** Sizes given as an empty list are not given. */
const resize: Upgrade = ({ inputs }) => ({ inputs: inputs.map((input) => (input?.shape[0] === 0 ? null : input)) });

const split: Upgrade = (node) => {
  const { inputs, attributes } = { ...node, ...(moved(["split", 1, "ints"])(node) as NewNode) };
  return { inputs, attributes: inputs[1] ? attributes : { ...attributes, num_outputs: node.outputs } };
};

/** By operator: the opsets before which a node of it meant something else, and what it is now. */
export const upgrades: Readonly<Record<string, readonly (readonly [before: number, Upgrade])[]>> = {
  BatchNormalization: [[14, batchNorm]],
  Clip: [[11, moved(["min", 1, "float"], ["max", 2, "float"])]],
  Dropout: [[Number.POSITIVE_INFINITY, dropout]],
  Gelu: [[Number.POSITIVE_INFINITY, gelu]],
  Hardmax: [[13, flattened]],
  LogSoftmax: [[13, flattened]],
  Pad: [[11, moved(["pads", 1, "ints"], ["value", 2, "float"])]],
  ReduceSum: [[13, axes]],
  ...Object.fromEntries(
    ["L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "SumSquare"].map((kind) => [
      `Reduce${kind}`,
      [[18, axes]] as const,
    ]),
  ),
  Resize: [
    [11, resized],
    [Number.POSITIVE_INFINITY, resize],
  ],
  Slice: [[10, moved(["starts", 1, "ints"], ["ends", 2, "ints"], ["axes", 3, "ints"])]],
  Softmax: [[13, flattened]],
  Split: [[18, split]],
  Squeeze: [[13, axes]],
  TopK: [[10, moved(["k", 1, "scalar"])]],
  Unsqueeze: [[13, axes]],
  Upsample: [[10, resized]],
};
