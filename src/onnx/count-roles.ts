import type { ValueType } from "./ops/op.ts";
import { opOf } from "./ops.ts";
import type { ModelProto, NodeProto, TensorProto } from "./schema.ts";

/** What a constant is to its network; one that is neither shapes, scales or prepares. */
export type Role = "parameter" | "statistic";

/** Every constant of a graph by the name it is used by: initializers, and tensors in Constant nodes. */
export function constantsOf({ graph }: ModelProto): Map<string, TensorProto> {
  const constants = new Map(graph?.initializer.map((tensor) => [tensor.name, tensor]));
  for (const { opType, output, attribute } of graph?.node ?? []) {
    const value = opType === "Constant" ? attribute.find(({ name }) => name === "value")?.t : undefined;
    if (value) constants.set(output[0]!, value);
  }
  return constants;
}

/** Constants keep their role through these. */
const CARRIERS = new Set("Cast DequantizeLinear Flatten Identity Reshape Squeeze Transpose Unsqueeze".split(" "));

/** A bias, or the scale and shift of a batch normalisation, that was spelt out. */
const AFFINE = new Set(["Add", "Div", "Mul", "Sub"]);

/**
 * The roles of constants, and the node that first uses each in it.
 *
 * Beside what the operators' own rules call weights, a number a channel that is added to or multiplied with what a
 * layer with weights computed is a parameter; before the first such layer it prepares the image, and is none.
 */
export function rolesOf(
  { graph }: ModelProto,
  constants: ReadonlyMap<string, TensorProto>,
  shapes: ReadonlyMap<string, ValueType>,
): Map<string, { readonly role: Role; readonly node: NodeProto }> {
  const roles = new Map<string, { role: Role; node: NodeProto }>();
  const maker = new Map(graph?.node.flatMap((node) => node.output.map((name) => [name, node] as const)));
  /** Values that weights took part in. */
  const learnt = new Set<string>();

  /** The constant that a value is, perhaps in another shape or type. */
  function source(name: string | undefined): string | null {
    for (let at = name; at !== undefined; ) {
      if (constants.has(at)) return at;
      const node = maker.get(at);
      at = node && CARRIERS.has(node.opType) ? node.input[0] : undefined;
    }
    return null;
  }
  function give(name: string | undefined, role: Role, node: NodeProto): boolean {
    const constant = source(name);
    if (constant === null) return false;
    if (roles.get(constant)?.role !== "parameter") roles.set(constant, { role, node });
    return true;
  }
  function isPerChannel(name: string | undefined, other: string | undefined): boolean {
    const [own, stretched] = [shapes.get(name ?? "")?.shape, shapes.get(other ?? "")?.shape];
    if (!own || !stretched || stretched.length < 2 || !learnt.has(other!)) return false;
    const channels = stretched.length >= 4 ? 1 : stretched.length - 1;
    const long = own.flatMap((dim, axis) => (dim === 1 ? [] : [axis - own.length + stretched.length]));
    return long.length === 1 && long[0] === channels;
  }

  for (const node of graph?.node ?? []) {
    const op = opOf(node);
    const [a, b] = node.input;
    let weighted = node.input.some((name) => learnt.has(name));
    for (const i of op?.weights ?? []) if (give(node.input[i], "parameter", node)) weighted = true;
    for (const i of op?.statistics ?? []) give(node.input[i], "statistic", node);
    if (AFFINE.has(node.opType)) {
      if (isPerChannel(a, b)) give(a, "parameter", node);
      else if (isPerChannel(b, a)) give(b, "parameter", node);
    }
    if (weighted) for (const name of node.output) learnt.add(name);
  }
  return roles;
}
