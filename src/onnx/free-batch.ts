import { type Dims, makeTensor, makeValueInfo } from "./build.ts";
import { integersOf, intOf, intsOf, tensorTypeOf } from "./read.ts";
import { change, DataType, type ModelProto, type NodeProto, type TensorProto, type ValueInfoProto } from "./schema.ts";

/** What is known of the graph on the way through it. Values are batched where their first axis is the batch. */
type Walk = {
  /** The number of axes of a batched value; undefined for one that is not. */
  readonly rank: (name: string | undefined) => number | undefined;
  readonly constant: (name: string | undefined) => TensorProto | undefined;
  /** The integers of a constant; null where it is none, or of another type. */
  readonly integers: (name: string | undefined) => number[] | null;
  /** Put a new constant in the place of a node's input. */
  readonly replace: (node: NodeProto, at: number, values: readonly number[]) => void;
};

/**
 * The rank of a node's output if it treats each image by itself and keeps the batch in front; null where it does not.
 * Its first input is batched.
 */
type Rule = (node: NodeProto, walk: Walk, rank: number) => number | null;

const keep: Rule = ({ input }, walk, rank) => (input.slice(1).every((name) => isConstant(name, walk)) ? rank : null);

/** Constants broadcast from the last axis on; none may have an extent along the batch. */
const broadcast: Rule = ({ input }, walk, rank) => {
  const fits = input.every((name) => {
    const dims = walk.constant(name)?.dims;
    return dims ? dims.length < rank || (dims.length === rank && dims[0] === 1n) : walk.rank(name) === rank;
  });
  return fits ? rank : null;
};

const reduce: Rule = (node, walk, rank) => {
  const axes = intsOf(node, "axes") ?? walk.integers(node.input[1]);
  if (!axes?.length || axes.some((axis) => axis === 0 || axis === -rank)) return null;
  return intOf(node, "keepdims", 1) === 1 ? rank : rank - axes.length;
};

const rules: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(
    [
      "Abs",
      "AveragePool",
      "BatchNormalization",
      "Clip",
      "Conv",
      "Dropout",
      "Elu",
      "Exp",
      "GlobalAveragePool",
      "HardSigmoid",
      "HardSwish",
      "Identity",
      "InstanceNormalization",
      "LeakyRelu",
      "MaxPool",
      "Neg",
      "Relu",
      "Sigmoid",
      "Sqrt",
      "Tanh",
    ].map((op) => [op, keep]),
  ),
  ...Object.fromEntries(["Add", "Div", "Max", "Min", "Mul", "PRelu", "Sub"].map((op) => [op, broadcast])),
  ...Object.fromEntries(["ReduceMax", "ReduceMean", "ReduceSum"].map((op) => [op, reduce])),
  Concat: (node, walk, rank) => {
    const axis = intOf(node, "axis", 0);
    return axis !== 0 && axis !== -rank && node.input.every((name) => walk.rank(name) === rank) ? rank : null;
  },
  Flatten: (node) => (intOf(node, "axis", 1) === 1 ? 2 : null),
  Gemm: (node, walk, rank) => {
    const [, weights, bias] = node.input;
    const dims = walk.constant(bias)?.dims;
    const biasFits = !bias || (dims && (dims.length < 2 || dims[0] === 1n));
    return rank === 2 && intOf(node, "transA", 0) === 0 && isConstant(weights, walk) && biasFits ? 2 : null;
  },
  // Of channels, say: a list of places leaves the other axes as they are.
  Gather: (node, walk, rank) => {
    const axis = intOf(node, "axis", 0);
    return axis !== 0 && axis !== -rank && walk.constant(node.input[1])?.dims.length === 1 ? rank : null;
  },
  MatMul: ({ input }, walk, rank) => (walk.constant(input[1])?.dims.length === 2 ? rank : null),
  Pad: ({ input }, walk, rank) => {
    const pads = walk.integers(input[1]);
    return pads?.[0] === 0 && pads[rank] === 0 ? rank : null;
  },
  Reshape: (node, walk) => {
    const sizes = walk.integers(node.input[1]);
    if (!sizes || (sizes[0] !== 1 && sizes[0] !== 0) || intOf(node, "allowzero", 0) !== 0) return null;
    // 0 copies the input's own first axis.
    if (sizes[0] === 1) walk.replace(node, 1, [0, ...sizes.slice(1)]);
    return sizes.length;
  },
  Resize: (node, walk, rank) => {
    const axes = intsOf(node, "axes");
    return axes?.every((axis) => axis > 0) && keep(node, walk, rank) ? rank : null;
  },
  Softmax: (node, _, rank) => ([0, -rank].includes(intOf(node, "axis", -1)) ? null : rank),
  Transpose: (node, _, rank) => (intsOf(node, "perm")?.[0] === 0 ? rank : null),
};

function isConstant(name: string | undefined, walk: Walk): boolean {
  return name === "" || walk.constant(name) !== undefined;
}

/**
 * Let a network that was saved for one image take any number of them: its first axis becomes `N`.
 *
 * @returns null where an input or output does not begin with 1, or some node does not treat each image by itself
 * as far as we know; the given model stays as it is.
 */
export function freeBatch(model: ModelProto): ModelProto | null {
  const { graph } = model;
  if (!graph) return null;
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const inputs = graph.input.filter(({ name }) => !constants.has(name));
  const freeInputs = inputs.map(withFreeBatch);
  const freeOutputs = graph.output.map(withFreeBatch);
  if (freeInputs.length === 0 || [...freeInputs, ...freeOutputs].includes(null)) return null;

  const ranks = new Map(inputs.map((info) => [info.name, tensorTypeOf(info)!.shape.length]));
  const added: TensorProto[] = [];
  const walk: Walk = {
    rank: (name) => ranks.get(name ?? ""),
    constant: (name) => constants.get(name ?? ""),
    integers: (name) => {
      const tensor = constants.get(name ?? "");
      return tensor ? integersOf(tensor) : null;
    },
    replace(node, at, values) {
      const name = `${node.output[0]}:any batch`;
      added.push(makeTensor(name, [values.length], values));
      node.input[at] = name;
    },
  };

  const nodes: NodeProto[] = [];
  for (const original of graph.node) {
    const node = change(original, { input: [...original.input] });
    nodes.push(node);
    const value = node.attribute.find(({ name }) => name === "value")?.t;
    if (node.opType === "Constant" && value) {
      constants.set(node.output[0]!, value);
      continue;
    }
    const batched = node.input.find((name) => walk.rank(name) !== undefined);
    // Only the operands of commutative nodes may come in either order.
    const first = rules[node.opType] === broadcast ? batched : node.input[0];
    const rank = walk.rank(first);
    const outRank = rank === undefined || node.domain !== "" ? null : (rules[node.opType]?.(node, walk, rank) ?? null);
    if (outRank === null) return null;
    ranks.set(node.output[0]!, outRank);
  }
  if (graph.output.some(({ name }) => walk.rank(name) === undefined)) return null;

  // value_info repeats the old sizes, and nothing needs it.
  return change(model, {
    graph: change(graph, {
      node: nodes,
      input: graph.input.map((info) => (constants.has(info.name) ? info : withFreeBatch(info)!)),
      output: freeOutputs as ValueInfoProto[],
      initializer: [...graph.initializer, ...added],
      valueInfo: [],
    }),
  });
}

function withFreeBatch(info: ValueInfoProto): ValueInfoProto | null {
  const type = tensorTypeOf(info);
  if (type?.shape[0] !== 1 || type.shape.length < 2 || type.elemType !== DataType.FLOAT) return null;
  const dims: Dims = ["N", ...type.shape.slice(1).map((dim, axis) => (dim === -1 ? `${info.name} ${axis + 1}` : dim))];
  return makeValueInfo(info.name, dims, type.elemType);
}
