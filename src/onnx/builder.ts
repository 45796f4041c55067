import { ArcfaceError, expected } from "../errors.ts";
import { sizeOf } from "../tensor/tensor.ts";
import { type Attribute, type Dims, makeModel, makeNode, makeTensor, makeValueInfo } from "./build.ts";
import { ofConstant } from "./infer.ts";
import { createCall, inferOutputs } from "./ops/call.ts";
import type { Shape } from "./ops/dim.ts";
import { dataTypeOf, type ElementType } from "./ops/element-type.ts";
import type { Call, Known } from "./ops/op.ts";
import { opOf } from "./ops.ts";
import { change, type ModelProto, type NodeProto, type TensorProto, type ValueInfoProto } from "./schema.ts";

/** A value of the graph: its name there, and what is known of it. */
export type Value = { readonly name: string; readonly dtype: ElementType; readonly shape: Shape };

type Attributes = Readonly<Record<string, Attribute>>;
type NodeOptions = {
  readonly attributes?: Attributes;
  readonly name?: string;
  readonly outputs?: number;
  readonly constant?: boolean;
};

type Window = { readonly strides?: readonly number[]; readonly pads?: readonly number[]; readonly group?: number };

/** One node as it was added: what gradients are derived from. */
export type Step = {
  /** As the table names it. */
  readonly op: string;
  /** Attributes with their defaults, and what is known of the inputs. */
  readonly call: Call;
  readonly inputs: readonly (Value | null)[];
  readonly outputs: readonly Value[];
  /** Gradients take its outputs for constants. */
  readonly constant: boolean;
};

/** The graph that scopes of one builder share. */
type Growing = {
  readonly steps: Step[];
  readonly literals: Map<string, Value>;
  readonly nodes: NodeProto[];
  readonly initializers: TensorProto[];
  readonly inputs: ValueInfoProto[];
  readonly outputs: ValueInfoProto[];
  readonly known: Map<string, Known>;
  readonly domains: Set<string>;
};

/**
 * An ONNX graph while it grows. Types and shapes are known as soon as a node is added, by the rules of the table `ops`;
 * a node that breaks them throws at once, by its name.
 */
export class GraphBuilder {
  readonly #graph: Growing;
  readonly #scope: string;

  constructor(graph: Growing = emptyGraph(), scope = "") {
    this.#graph = graph;
    this.#scope = scope;
  }

  /** The same graph, where every name begins with `name.`; scopes nest. */
  scope(name: string): GraphBuilder {
    return new GraphBuilder(this.#graph, this.#named(name));
  }

  /** An input of the graph; a dimension that may vary is its name. */
  input(name: string, shape: Dims, dtype: Exclude<ElementType, "other"> = "float32"): Value {
    this.#graph.inputs.push(makeValueInfo(name, shape, dataTypeOf(dtype)));
    return this.#keep(name, { dtype, shape, values: null });
  }

  /** A constant: floats in a Float32Array, whole numbers (int64) in a list. The data are not copied. */
  constant(name: string, shape: readonly number[], data: Float32Array<ArrayBuffer> | readonly number[]): Value {
    if (data.length !== sizeOf(shape))
      throw expected(this.#named(name), `${sizeOf(shape)} values for [${shape}]`, `${data.length}`);
    return this.tensor(makeTensor(name, shape, data));
  }

  /** A constant of any type, as a file holds it. */
  tensor(tensor: TensorProto): Value {
    const name = this.#named(tensor.name);
    this.#graph.initializers.push(change(tensor, { name }));
    return this.#keep(name, ofConstant(tensor));
  }

  /** A small constant without a name of its own; equal ones are one. */
  literal(shape: readonly number[], data: Float32Array<ArrayBuffer> | readonly number[]): Value {
    const { literals } = this.#graph;
    const key = `${data instanceof Float32Array ? "f" : "i"}[${shape}]${data.join()}`;
    const known = literals.get(key);
    if (known) return known;
    const made = new GraphBuilder(this.#graph).constant(`literal_${literals.size}`, shape, data);
    literals.set(key, made);
    return made;
  }

  /** What the graph answers, under a name of its own. */
  output(name: string, value: Value): Value {
    const output = new GraphBuilder(this.#graph).node("Identity", [value], { name });
    this.#graph.outputs.push(makeValueInfo(name, output.shape, dataTypeOf(numeric(output))));
    return output;
  }

  /** A node of any operator in the table; its first output. */
  node(op: string, inputs: readonly (Value | null)[], options: NodeOptions = {}): Value {
    return this.nodes(op, inputs, options)[0]!;
  }

  /**
   * All outputs of a node of any operator in the table. Without a name it gets the operator's and a number; its first
   * output bears it too.
   *
   * @throws {ArcfaceError} UNSUPPORTED_FORMAT for an operator that is not in the table; INVALID_ARGUMENT for an
   *   attribute that it does not have, or a name that is taken; MODEL_MISMATCH where the inputs do not fit it.
   */
  nodes(
    op: string,
    inputs: readonly (Value | null)[],
    { attributes = {}, name, outputs = 1, constant = false }: NodeOptions = {},
  ): Value[] {
    const first = this.#named(name ?? `${op}_${this.#graph.nodes.length}`);
    const names = Array.from({ length: outputs }, (_, i) => (i === 0 ? first : `${first}:${i}`));
    const [opType, ...domain] = op.split(".").reverse();
    const bare = makeNode(
      opType!,
      inputs.map((input) => input?.name ?? ""),
      names,
      attributes,
    );
    const node = change(bare, { domain: domain.reverse().join(".") });
    const rule = opOf(node);
    if (!rule) throw new ArcfaceError("UNSUPPORTED_FORMAT", `${first}: the operator ${op} is not known`);
    const strange = Object.keys(attributes).find((attribute) => !(attribute in rule.attributes));
    if (strange !== undefined) {
      throw expected(
        `${first} (${op})`,
        `an attribute of ${Object.keys(rule.attributes).join(", ") || "none"}`,
        strange,
      );
    }
    const given = inputs.map((input) => input && this.#graph.known.get(input.name)!);
    const known = inferOutputs(rule, node, given);
    this.#graph.nodes.push(node);
    this.#graph.domains.add(node.domain);
    const made = names.map((own, i) => {
      const output = known[i];
      if (output) return this.#keep(own, output);
      throw expected(`${first} (${op})`, "inputs that its shape follows from", "ones that only a run knows");
    });
    this.#graph.steps.push({ op, call: createCall(rule, node, given), inputs, outputs: made, constant });
    return made;
  }

  /** The same value; gradients take it for a constant. */
  stopGradient(x: Value): Value {
    return this.node("Identity", [x], { constant: true });
  }

  /** The nodes so far, in their order. */
  get steps(): readonly Step[] {
    return this.#graph.steps;
  }

  conv(x: Value, w: Value, { name, ...window }: Window & { readonly name?: string } = {}): Value {
    return this.#call("Conv", [x, w], name, { kernel_shape: w.shape.slice(2) as number[], ...window });
  }

  /** y = scale · (x − mean) / √(var + ε) + shift, as learnt and measured before. */
  batchNorm(
    x: Value,
    [scale, shift, mean, variance]: readonly [Value, Value, Value, Value],
    { epsilon, name }: { readonly epsilon: number; readonly name?: string },
  ): Value {
    return this.#call("BatchNormalization", [x, scale, shift, mean, variance], name, { epsilon: { float: epsilon } });
  }

  /** y = x > 0 ? x : slope · x */
  prelu(x: Value, slope: Value, { name }: { readonly name?: string } = {}): Value {
    return this.#call("PRelu", [x, slope], name);
  }

  add(a: Value, b: Value, { name }: { readonly name?: string } = {}): Value {
    return this.#call("Add", [a, b], name);
  }

  /** y = x · wᵀ + b, where w is [out, in] */
  gemm(x: Value, w: Value, b: Value | null, { name }: { readonly name?: string } = {}): Value {
    return this.#call("Gemm", b ? [x, w, b] : [x, w], name, { transB: 1 });
  }

  /** [N, C, H, W] → [N, C·H·W] */
  flatten(x: Value, { name }: { readonly name?: string } = {}): Value {
    return this.#call("Flatten", [x], name, { axis: 1 });
  }

  /** @throws {ArcfaceError} INVALID_ARGUMENT where nothing is answered. */
  toModel(name: string): ModelProto {
    const { nodes, inputs, outputs, initializers, domains } = this.#graph;
    if (outputs.length === 0) throw expected(name, "a graph with an output", "none");
    const model = makeModel({ name, nodes, inputs, outputs, initializers });
    const [own] = model.opsetImport;
    const others = [...domains]
      .filter((domain) => domain !== "")
      .map((domain) => change(own!, { domain, version: 1n }));
    return change(model, { opsetImport: [...model.opsetImport, ...others] });
  }

  #call(op: string, inputs: readonly Value[], name: string | undefined, attributes: Attributes = {}): Value {
    return this.node(op, inputs, { attributes, ...(name !== undefined && { name }) });
  }

  #named(name: string): string {
    return this.#scope === "" ? name : `${this.#scope}.${name}`;
  }

  #keep(name: string, known: Known): Value {
    if (this.#graph.known.has(name)) throw expected("graph", `a name that is not taken`, name);
    this.#graph.known.set(name, known);
    return { name, dtype: known.dtype, shape: known.shape };
  }
}

function emptyGraph(): Growing {
  return {
    steps: [],
    literals: new Map(),
    nodes: [],
    initializers: [],
    inputs: [],
    outputs: [],
    known: new Map(),
    domains: new Set(),
  };
}

function numeric({ name, dtype }: Value): Exclude<ElementType, "other"> {
  if (dtype === "other") throw expected(name, "an output of numbers", "another type");
  return dtype;
}
