import { decodeFloat16 } from "../../tensor/float16.ts";
import { sizeOf } from "../../tensor/tensor.ts";
import { makeTensor } from "../build.ts";
import { inferShapes } from "../infer.ts";
import { opName } from "../ops.ts";
import { integersOf, intOf, intsOf } from "../read.ts";
import { change, DataType, type ModelProto, type NodeProto, type TensorProto } from "../schema.ts";
import { dimsOf, floatsOf } from "./floats.ts";

/** The float32 numbers that a node makes of constants, all of which it was given; null where it is not of float32. */
type Fold = (
  node: NodeProto,
  inputs: readonly TensorProto[],
  shape: readonly number[],
) => Float32Array<ArrayBuffer> | null;

const keep: Fold = (_, [x]) => floatsOf(x);

const each =
  (formula: (x: number) => number): Fold =>
  (_, [x]) =>
    floatsOf(x)?.map(formula) ?? null;

/** Element by element over inputs that are stretched to the output's shape. */
const pairwise =
  (formula: (a: number, b: number) => number): Fold =>
  (_, inputs, shape) => {
    const [a, b] = inputs.map(floatsOf);
    if (!a || !b) return null;
    const [placeA, placeB] = inputs.map((tensor) => stretched(dimsOf(tensor), shape));
    return Float32Array.from({ length: sizeOf(shape) }, (_, i) => formula(a[placeA!(i)]!, b[placeB!(i)]!));
  };

const FOLDS: Readonly<Record<string, Fold>> = {
  Cast(node, [x]) {
    if (intOf(node, "to", 0) !== DataType.FLOAT) return null;
    if (x!.dataType === DataType.FLOAT16 && x!.rawData.length > 0) {
      const { buffer } = new Uint8Array(x!.rawData);
      return Float32Array.from(new Uint16Array(buffer), decodeFloat16);
    }
    const integers = integersOf(x!);
    return integers ? Float32Array.from(integers) : floatsOf(x);
  },
  Flatten: keep,
  Reshape: keep,
  Squeeze: keep,
  Unsqueeze: keep,
  Transpose(node, [x], shape) {
    const values = floatsOf(x);
    if (!values) return null;
    const own = dimsOf(x!);
    const order = intsOf(node, "perm") ?? own.map((_, axis) => own.length - 1 - axis);
    const steps = order.map((axis) => sizeOf(own.slice(axis + 1)));
    const place = placeOf(shape, steps);
    return Float32Array.from(values, (_, i) => values[place(i)]!);
  },
  Add: pairwise((a, b) => a + b),
  Sub: pairwise((a, b) => a - b),
  Mul: pairwise((a, b) => a * b),
  Div: pairwise((a, b) => a / b),
  Neg: each((x) => -x),
  Abs: each(Math.abs),
  Sqrt: each(Math.sqrt),
  Reciprocal: each((x) => 1 / x),
};

/**
 * Float32 values that depend on constants alone (weights that an exporter reshapes, transposes, scales, or keeps as
 * float16) become constants. Weights kept as whole numbers (DequantizeLinear) stay as they are.
 */
export function foldConstants(model: ModelProto): ModelProto {
  const { graph } = model;
  if (!graph) return model;
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const isCandidate = ({ domain, opType, input, output }: NodeProto): boolean =>
    Object.hasOwn(FOLDS, opName({ opType, domain })) &&
    output.length === 1 &&
    input.every((name) => constants.has(name));
  if (!graph.node.some(isCandidate)) return model;
  const shapes = inferShapes(model, { onUnknown: () => {} });
  const answers = new Set(graph.output.map(({ name }) => name));
  const made: TensorProto[] = [];
  const node = graph.node.filter((one) => {
    const [y] = one.output;
    const shape = shapes.get(y!)?.shape.filter((dim) => typeof dim === "number");
    if (!isCandidate(one) || answers.has(y!) || shape?.length !== shapes.get(y!)?.shape.length || !shape) return true;
    const inputs = one.input.map((name) => constants.get(name)!);
    const values = FOLDS[opName(one)]!(one, inputs, shape);
    if (values?.length !== sizeOf(shape)) return true;
    const tensor = makeTensor(y!, shape, values);
    constants.set(y!, tensor);
    made.push(tensor);
    return false;
  });
  return made.length === 0
    ? model
    : change(model, { graph: change(graph, { node, initializer: [...graph.initializer, ...made] }) });
}

/** Where the element of a stretched tensor comes from. */
function stretched(own: readonly number[], shape: readonly number[]): (i: number) => number {
  const steps = shape.map((_, axis) => {
    const at = axis - shape.length + own.length;
    return at < 0 || own[at] === 1 ? 0 : sizeOf(own.slice(at + 1));
  });
  return placeOf(shape, steps);
}

/** Of an element of `shape`: its place in an array where a step along each axis is as long as `steps` says. */
function placeOf(shape: readonly number[], steps: readonly number[]): (i: number) => number {
  return (i) => {
    let place = 0;
    for (let axis = shape.length - 1, rest = i; axis >= 0; axis--) {
      place += (rest % shape[axis]!) * steps[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    return place;
  };
}
