import { ArcfaceError } from "../../errors.ts";
import { type Attribute, makeNode, makeTensor } from "../build.ts";
import type { NodeProto, TensorProto } from "../schema.ts";
import { type Layout, permutationTo, toNchw, transpose } from "./layout.ts";
import { constantValues, type TfliteModel, type TfliteTensor } from "./model.ts";

type Attributes = Readonly<Record<string, Attribute>>;
type Weights = { readonly shape: readonly number[]; readonly data: Float32Array<ArrayBuffer> };

/** The ONNX graph while it grows: which value holds which tensor, in which layout. */
export interface ImportGraph {
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
  /** May height and width differ from what the file says? */
  readonly resizable: boolean;
  tensor(index: number): TfliteTensor;
  /** The name of the value that holds a tensor in a layout; a Transpose or an initializer appears where needed. */
  value(index: number, layout: Layout): string;
  /** The layout a tensor was computed in; constants have none. */
  layoutOf(index: number): Layout | null;
  /** @throws {ArcfaceError} UNSUPPORTED_FORMAT where the tensor is computed, or is no float. */
  weights(index: number): Weights;
  /** A constant list of whole numbers (sizes, axes, pads); null where the tensor is computed or absent. */
  integers(index: number | undefined): readonly number[] | null;
  /** Let a constant (perhaps float16 or quantised) stand for a computed tensor. */
  alias(index: number, constant: number): void;
  addWeights(name: string, shape: readonly number[], data: Float32Array<ArrayBuffer> | readonly number[]): string;
  /** A node whose output is a value of its own, without a tensor. */
  emit(op: string, inputs: readonly string[], attributes?: Attributes): string;
  /** A node that computes a tensor. */
  define(index: number, layout: Layout, op: string, inputs: readonly string[], attributes?: Attributes): void;
  unsupported(what: string): ArcfaceError;
}

/** @param resizable makes the height and width of the inputs free. */
export function createGraph(model: TfliteModel, resizable: boolean): ImportGraph {
  const { tensors, outputs, name: file } = model;
  const nodes: NodeProto[] = [];
  const initializers: TensorProto[] = [];
  const values = new Map<string, string>();
  const layouts = new Map<number, Layout>();
  const aliases = new Map<number, number>();
  const names = uniqueNames(tensors);
  let fresh = 0;

  const unsupported = (what: string) => new ArcfaceError("UNSUPPORTED_FORMAT", `${file}: ${what}`);
  const resolve = (index: number): TfliteTensor => {
    const tensor = tensors[index];
    if (!tensor) throw unsupported("an operator lacks an input that it needs");
    return tensor;
  };
  const constantOf = (index: number): TfliteTensor | null => {
    const tensor = resolve(aliases.get(index) ?? index);
    return tensor.bytes ? tensor : null;
  };

  /** Graph outputs are plain and other images NCHW under the tensor's own name; the other layout has a suffix. */
  function nameOf(index: number, layout: Layout): string {
    const own = resolve(index).shape.length === 4 && !outputs.includes(index) ? "nchw" : "plain";
    return layout === own ? names[index]! : `${names[index]}:${layout === "nchw" ? "nchw" : "nhwc"}`;
  }

  function addWeights(
    name: string,
    shape: readonly number[],
    data: Float32Array<ArrayBuffer> | readonly number[],
  ): string {
    initializers.push(makeTensor(name, shape, data));
    return name;
  }

  function weights(index: number): Weights {
    const tensor = constantOf(index);
    if (!tensor) throw unsupported(`tensor ${resolve(index).name} is computed where only constants are supported`);
    const data = constantValues(tensor, file);
    if (!(data instanceof Float32Array)) throw unsupported(`tensor ${tensor.name} of ${tensor.type} is no float`);
    return { shape: tensor.shape, data };
  }

  function addConstant(index: number, layout: Layout): string {
    const { shape, data } = weights(index);
    if (layout === "plain") return addWeights(nameOf(index, layout), shape, data);
    if (shape.length > 4) throw unsupported(`tensor ${names[index]} [${shape}] is not an image`);
    // Lower ranks broadcast against NHWC: [C] becomes [1, 1, 1, C], then [1, C, 1, 1].
    const padded = [...Array<number>(4 - shape.length).fill(1), ...shape];
    return addWeights(`${names[index]}:nchw`, toNchw(padded), transpose(data, padded, permutationTo("nchw")));
  }

  const graph: ImportGraph = {
    nodes,
    initializers,
    resizable,
    unsupported,
    weights,
    addWeights,
    tensor: resolve,
    layoutOf: (index) => layouts.get(index) ?? null,
    integers(index) {
      const tensor = index === undefined || index < 0 ? null : constantOf(index);
      const data = tensor && constantValues(tensor, file);
      return data instanceof Float32Array ? null : data;
    },
    alias: (index, constant) => void aliases.set(index, constant),
    value(index, layout) {
      const key = `${index} ${layout}`;
      const known = values.get(key);
      if (known !== undefined) return known;
      const tensor = resolve(index);
      if (constantOf(index)) {
        values.set(key, addConstant(index, layout));
      } else {
        const have = layouts.get(index);
        if (!have) throw unsupported(`tensor ${tensor.name} is used before it is computed`);
        if (tensor.shape.length !== 4) throw unsupported(`tensor ${tensor.name} [${tensor.shape}] is not an image`);
        graph.define(index, layout, "Transpose", [graph.value(index, have)], { perm: permutationTo(layout) });
      }
      return values.get(key)!;
    },
    emit(op, inputs, attributes) {
      const name = `${op}:${fresh++}`;
      nodes.push(makeNode(op, inputs, [name], attributes));
      return name;
    },
    define(index, layout, op, inputs, attributes) {
      const name = nameOf(index, layout);
      nodes.push(makeNode(op, inputs, [name], attributes));
      values.set(`${index} ${layout}`, name);
      if (!layouts.has(index)) layouts.set(index, layout);
    },
  };

  for (const index of model.inputs) {
    const layout = resolve(index).shape.length === 4 ? "nchw" : "plain";
    if (outputs.includes(index)) throw unsupported(`input ${names[index]} is an output too`);
    values.set(`${index} ${layout}`, names[index]!);
    layouts.set(index, layout);
  }
  return graph;
}

/** Names may repeat in a file, and a graph's values must not. */
function uniqueNames(tensors: readonly TfliteTensor[]): string[] {
  const seen = new Set<string>();
  return tensors.map(({ name, index }) => {
    const unique = seen.has(name) ? `${name}:${index}` : name;
    seen.add(unique);
    return unique;
  });
}
