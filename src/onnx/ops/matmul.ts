import type { Attribute } from "../build.ts";
import { broadcast, type Dim, differ, product, type Shape } from "./dim.ts";
import { type Call, type Op, printShape } from "./op.ts";

const one: Attribute = { float: 1 };

/** numpy's matmul: [… M, K] · [… K, N]; a vector is a row on the left and a column on the right. */
export function matMulShape(call: Call, a: Shape, b: Shape): Shape {
  const fail = () => call.mismatch("matrices whose inner sizes agree", `${printShape(a)} and ${printShape(b)}`);
  if (a.length === 0 || b.length === 0) throw fail();
  const [left, right] = [a.length === 1 ? [1, ...a] : a, b.length === 1 ? [...b, 1] : b];
  const stacks = broadcast(left.slice(0, -2), right.slice(0, -2));
  if (!stacks || differ(left.at(-1)!, right.at(-2)!)) throw fail();
  return [...stacks, ...(a.length === 1 ? [] : [left.at(-2)!]), ...(b.length === 1 ? [] : [right.at(-1)!])];
}

/** Each output element is a sum of K products. */
export const matMulMacs = (a: Shape, output: Shape): Dim => product([...output, a.at(-1)!]);

const turned = (shape: Shape, turn: boolean): Shape =>
  turn ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!] : shape;

/** A [M, K] and B [K, N], each perhaps the other way round. */
function gemmShape(call: Call): Shape {
  const [a, b] = factors(call, "transA", "transB");
  if (a.length !== 2 || b.length !== 2 || differ(a[1]!, b[0]!)) {
    throw call.mismatch("two matrices whose inner sizes agree", `${printShape(a)} and ${printShape(b)}`);
  }
  const y: Shape = [a[0]!, b[1]!];
  const c = call.inputs[2]?.shape;
  if (c && (broadcast(y, c)?.length !== 2 || c.some((dim, i) => dim !== 1 && differ(dim, y[i + 2 - c.length]!)))) {
    throw call.mismatch(`a bias that broadcasts to ${printShape(y)}`, printShape(c));
  }
  return y;
}

function factors(call: Call, transA: string, transB: string): [Shape, Shape] {
  return [turned(call.input(0).shape, call.int(transA) === 1), turned(call.input(1).shape, call.int(transB) === 1)];
}

const gemm: Op = {
  inputs: [2, 3],
  outputs: [1, 1],
  attributes: { alpha: one, beta: one, transA: 0, transB: 0 },
  shapes: (call) => [gemmShape(call)],
  macs: (call, output) => matMulMacs(factors(call, "transA", "transB")[0], output),
  weights: [0, 1, 2],
};

export const matmul: Readonly<Record<string, Op>> = {
  // y = α·A·B + β·C
  Gemm: gemm,
  MatMul: {
    inputs: [2, 2],
    outputs: [1, 1],
    attributes: {},
    shapes: (call) => [matMulShape(call, call.input(0).shape, call.input(1).shape)],
    macs: (call, output) => matMulMacs(call.input(0).shape, output),
    weights: [0, 1],
  },
  "com.microsoft.FusedMatMul": {
    inputs: [2, 2],
    outputs: [1, 1],
    attributes: { alpha: one, transA: 0, transB: 0, transBatchA: 0, transBatchB: 0 },
    shapes: (call) => [matMulShape(call, ...factors(call, "transA", "transB"))],
    macs: (call, output) => matMulMacs(factors(call, "transA", "transB")[0], output),
    weights: [0, 1],
  },
};
