import { ArcfaceError } from "../../errors.ts";
import type { Attribute } from "../build.ts";
import type { AttributeProto, NodeProto, TensorProto } from "../schema.ts";
import { type Dim, product, type Shape } from "./dim.ts";
import type { ElementType } from "./element-type.ts";
import { MOST_VALUES } from "./fold.ts";
import { type Call, type DtypeRule, type Known, LONGEST_NAME, type Op } from "./op.ts";

/**
 * The outputs of one node.
 *
 * @param inputs `null` where an optional one is left out.
 * @returns one an output; `null` where its shape cannot be known before the graph runs.
 * @throws {ArcfaceError} MODEL_MISMATCH where the node contradicts its operator's rules.
 */
export function inferOutputs(op: Op, node: NodeProto, inputs: readonly (Known | null)[]): (Known | null)[] {
  const call = createCall(op, node, inputs);
  checkArity(call, op);
  const shapes = op.shapes(call);
  return node.output.map((_, i) => {
    const shape = shapes[i]?.map((dim, axis) => (isLong(dim) ? `${node.output[i]}:${axis}` : dim));
    if (!shape) return null;
    return { dtype: dtypeOf(call, op.dtypes?.[i] ?? 0), shape, values: i === 0 ? valuesOf(call, op, shape) : null };
  });
}

function checkArity(call: Call, op: Op): void {
  const [least, most] = op.inputs;
  const given = call.inputs.filter((input) => input !== null).length;
  if (given < least || call.inputs.length > most) {
    throw call.mismatch(`${least === most ? least : `${least} to ${most}`} inputs`, `${call.inputs.length}`);
  }
  const [fewest, largest] = op.outputs;
  if (call.outputCount < fewest || call.outputCount > largest) {
    throw call.mismatch(`${fewest === largest ? fewest : `${fewest} to ${largest}`} outputs`, `${call.outputCount}`);
  }
}

function dtypeOf(call: Call, rule: DtypeRule): ElementType {
  if (typeof rule === "function") return rule(call);
  return typeof rule === "number" ? call.input(rule).dtype : rule;
}

function valuesOf(call: Call, op: Op, shape: Shape): Known["values"] {
  const size = product(shape);
  if (!op.values || typeof size !== "number" || size > MOST_VALUES) return null;
  const values = op.values(call, shape);
  return values?.some(isLong) ? null : values;
}

const isLong = (dim: Dim): boolean => typeof dim === "string" && dim.length > LONGEST_NAME;

/** One node as the rules of its operator see it. */
export function createCall(op: Op, node: NodeProto, inputs: readonly (Known | null)[]): Call {
  const where = node.name ? `${node.name} (${node.opType})` : `${node.opType} that makes ${node.output[0]}`;
  const given = new Map(node.attribute.map((attribute) => [attribute.name, attribute]));
  const mismatch = (what: string, got: string) =>
    new ArcfaceError("MODEL_MISMATCH", `${where}: expected ${what}, got ${got}`);

  /** What the node says, else the default; a missing one without default is `null`. */
  function read<T>(name: string, ofNode: (attribute: AttributeProto) => T, ofTable: (value: Attribute) => T): T | null {
    const attribute = given.get(name);
    if (attribute) return ofNode(attribute);
    const preset = op.attributes[name] ?? null;
    return preset === null ? null : ofTable(preset);
  }
  function needed<T>(name: string, value: T | null): T {
    if (value === null) throw mismatch(`the attribute ${name}`, "none");
    return value;
  }

  return {
    where,
    inputs,
    outputCount: node.output.length,
    input(index) {
      const input = inputs[index];
      if (!input) throw mismatch(`input ${index + 1}`, "none");
      return input;
    },
    int: (name) =>
      needed(
        name,
        read(
          name,
          ({ i }) => Number(i),
          (value) => value as number,
        ),
      ),
    float: (name) =>
      needed(
        name,
        read(
          name,
          ({ f }) => f,
          (value) => (value as { float: number }).float,
        ),
      ),
    text: (name) =>
      needed(
        name,
        read(
          name,
          ({ s }) => new TextDecoder().decode(s),
          (value) => value as string,
        ),
      ),
    ints: (name) =>
      read(
        name,
        ({ ints }) => ints.map(Number),
        (value) => value as readonly number[],
      ),
    floats: (name) =>
      read(
        name,
        ({ floats }) => [...floats],
        () => [],
      ),
    tensor: (name) => given.get(name)?.t ?? (null as TensorProto | null),
    has: (name) => given.has(name) || (op.attributes[name] ?? null) !== null,
    unknown: (axis) => `${node.output[0]}:${axis}`,
    mismatch,
  };
}
