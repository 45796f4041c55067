import { type Attribute, type Dims, makeModel, makeNode, makeTensor, makeValueInfo } from "../build.ts";
import { noise } from "../noise.ts";
import type { ModelProto, NodeProto, TensorProto } from "../schema.ts";

/** A small graph out of short words: `x` is its input, `outputs` (default `y`) its outputs. */
export function graphOf(
  x: Dims,
  nodes: readonly NodeProto[],
  constants: readonly TensorProto[],
  outputs: Readonly<Record<string, Dims>> = { y: [] },
): ModelProto {
  return makeModel({
    name: "test",
    nodes,
    inputs: [makeValueInfo("x", x)],
    outputs: Object.entries(outputs).map(([name, shape]) => makeValueInfo(name, shape)),
    initializers: constants,
  });
}

export const node = (
  op: string,
  inputs: string,
  output: string,
  attributes: Readonly<Record<string, Attribute>> = {},
): NodeProto => makeNode(op, inputs.split(" "), [output], attributes);

export const floats = (name: string, shape: readonly number[], values?: readonly number[]): TensorProto =>
  makeTensor(
    name,
    shape,
    values
      ? Float32Array.from(values)
      : noise(
          shape.reduce((a, b) => a * b, 1),
          name.length,
        ),
  );

/** Constants of a batch normalisation `NAME.scale`, `.shift`, `.mean`, `.var`, and what follows its input's name. */
export function normConstants(name: string, channels: number, { shift = true } = {}): TensorProto[] {
  const numbers = (what: string, seed: number, map: (v: number) => number) =>
    makeTensor(`${name}.${what}`, [channels], noise(channels, seed + name.length).map(map));
  return [
    numbers("scale", 11, (v) => 1 + v / 2),
    numbers("shift", 12, (v) => (shift ? v : 0)),
    numbers("mean", 13, (v) => (shift ? v : 0)),
    numbers("var", 14, (v) => 1 + v / 2),
  ];
}

export const normInputs = (x: string, name: string): string =>
  [x, ...["scale", "shift", "mean", "var"].map((part) => `${name}.${part}`)].join(" ");
