import * as ort from "onnxruntime-node";
import { createRandom } from "../../../tensor/random.ts";
import { sizeOf } from "../../../tensor/tensor.ts";
import { gradients } from "../../autodiff.ts";
import { GraphBuilder, type Value } from "../../builder.ts";
import { include } from "../../include.ts";
import { describeModel, encodeModel } from "../../model.ts";
import type { ModelProto } from "../../schema.ts";
import { doubleModel } from "../../testing/double-model.ts";
import { oneOp } from "../../testing/one-op.ts";
import type { GradientCase } from "./cases.ts";

/** Central differences: the step, and what they may differ by from a gradient in float32 of values around 1. */
const DOUBLE = { step: 1e-5, atol: 2e-5, rtol: 2e-5, kind: "float64" } as const;
/** Where the operator has no float64 kernel: steps that outweigh rounding, with the error of h² taken away. */
const SINGLE = { step: 2e-2, atol: 1e-3, rtol: 1e-3, kind: "float32" } as const;

export type Checked = {
  readonly kind: "float64" | "float32";
  readonly tolerance: { readonly atol: number; readonly rtol: number };
  /** By the input's name: ours, and what differences say. */
  readonly gradients: Readonly<Record<string, { ours: Float32Array; differences: Float64Array }>>;
};

type Numbers = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly data: Float64Array; readonly dtype: string }>
>;

/** Gradients of Σ y·c of one operator, c random, beside central differences of it as ONNX Runtime computes it. */
export async function checkVjp(gradientCase: GradientCase): Promise<Checked> {
  const { model, shapes } = oneOp(gradientCase);
  const types = new Map(describeModel(model).inputs.map(({ name, dtype }) => [name, dtype]));
  const feeds: Numbers = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const [least, most] = gradientCase.ranges?.[Number(name.slice(1))] ?? [-1, 1];
      return [name, { shape, data: spread(sizeOf(shape), least, most), dtype: types.get(name)! }];
    }),
  );
  const floats = Object.keys(feeds).filter((name) => feeds[name]!.dtype === "float32");
  const { graph, weights } = gradientGraph(model, feeds, floats);
  const asFed = Object.entries(feeds).map(([name, { shape, data, dtype }]) => [name, { shape, data, dtype }] as const);
  const made = await runTyped(graph, Object.fromEntries(asFed));
  const { loss, kind, release } = await openLoss(model, weights, gradientCase.single === true);
  const settings = kind === "float64" ? DOUBLE : SINGLE;
  const answers: [string, { ours: Float32Array; differences: Float64Array }][] = [];
  for (const name of floats) {
    const differences = new Float64Array(feeds[name]!.data.length);
    for (let i = 0; i < differences.length; i++) differences[i] = await difference(loss, feeds, name, i, settings);
    answers.push([name, { ours: made[`d${name}`] as Float32Array, differences }]);
  }
  await release();
  return { kind, tolerance: settings, gradients: Object.fromEntries(answers) };
}

/** Distinct numbers in an order without a pattern, none near 0: away from the corners of what is not smooth. */
function spread(count: number, least: number, most: number): Float64Array {
  const random = createRandom(count + 17);
  const order = Array.from({ length: count }, (_, i) => [random.uniform(), i] as const).sort((a, b) => a[0] - b[0]);
  const values = new Float64Array(count);
  order.forEach(([, i], rank) => {
    const x = least + ((rank + 0.5) / count) * (most - least);
    // What both runs see is a float32.
    values[i] = Math.fround(least < 0 && most > 0 ? Math.sign(x) * (0.1 + 0.9 * Math.abs(x)) : x);
  });
  return values;
}

/** Weights of each output's elements, as the loss has them. */
type Weights = Readonly<Record<string, Float32Array<ArrayBuffer>>>;

function gradientGraph(model: ModelProto, feeds: Numbers, wrt: readonly string[]) {
  const g = new GraphBuilder();
  const inputs = Object.fromEntries(
    Object.entries(feeds).map(([name, { shape, dtype }]) => [name, g.input(name, shape, dtype as "float32")]),
  );
  const outputs = Object.entries(include(g, model, { inputs, prefix: "inside" })).filter(
    ([, y]) => y.dtype === "float32",
  );
  const weights: Record<string, Float32Array<ArrayBuffer>> = {};
  const parts = outputs.slice(0, model.graph!.node[0]!.opType === "Split" ? undefined : 1).map(([name, y], i) => {
    const shape = y.shape as number[];
    weights[name] = Float32Array.from(spread(sizeOf(shape), 0.2, 1.2 + i));
    return g.node("ReduceSum", [g.node("Mul", [y, g.constant(`c_${name}`, shape, weights[name])])], {
      attributes: { keepdims: 0 },
    });
  });
  const loss = parts.reduce((a: Value, b) => g.add(a, b));
  const ds = gradients(
    g,
    loss,
    wrt.map((name) => inputs[name]!),
  );
  for (const [i, name] of wrt.entries()) g.output(`d${name}`, ds[i]!);
  return { graph: g.toModel("gradients"), weights };
}

type Loss = (feeds: Numbers) => Promise<number>;

/** The sum over outputs in float64, of a run in float64 where the operator has a kernel for it. */
async function openLoss(model: ModelProto, weights: Weights, single: boolean) {
  const open = (m: ModelProto) => ort.InferenceSession.create(encodeModel(m), { logSeverityLevel: 4 });
  const double = single ? null : await open(doubleModel(model)).catch(() => null);
  const session = double ?? (await open(model));
  const loss: Loss = async (feeds) => {
    const tensors = Object.entries(feeds).map(([name, { shape, data, dtype }]) => [
      name,
      tensorOf(dtype === "float32" && double ? "float64" : dtype, data, shape),
    ]);
    const answers = await session.run(Object.fromEntries(tensors));
    let total = 0;
    for (const [name, c] of Object.entries(weights)) {
      const y = answers[name]!.data as Float64Array;
      for (let i = 0; i < c.length; i++) total += c[i]! * y[i]!;
    }
    return total;
  };
  return { loss, kind: double ? DOUBLE.kind : SINGLE.kind, release: () => session.release() };
}

async function difference(
  loss: Loss,
  feeds: Numbers,
  name: string,
  i: number,
  { step, kind }: typeof DOUBLE | typeof SINGLE,
) {
  const at = async (offset: number): Promise<number> => {
    const data = feeds[name]!.data.slice();
    data[i]! += offset;
    return loss({ ...feeds, [name]: { ...feeds[name]!, data } });
  };
  const central = async (h: number): Promise<number> => ((await at(h)) - (await at(-h))) / (2 * h);
  if (kind === "float64") return central(step);
  // Of two steps, so that the error of h² goes.
  return (4 * (await central(step / 2)) - (await central(step))) / 3;
}

function tensorOf(dtype: string, data: Float64Array, shape: readonly number[]): ort.Tensor {
  if (dtype === "float64") return new ort.Tensor("float64", data, shape);
  if (dtype === "bool") {
    return new ort.Tensor(
      "bool",
      Array.from(data, (x) => x > 0),
      shape,
    );
  }
  return new ort.Tensor("float32", Float32Array.from(data), shape);
}

async function runTyped(model: ModelProto, feeds: Numbers): Promise<Record<string, Float32Array>> {
  const session = await ort.InferenceSession.create(encodeModel(model), { logSeverityLevel: 4 });
  const tensors = Object.entries(feeds).map(([name, { shape, data, dtype }]) => [name, tensorOf(dtype, data, shape)]);
  const answers = await session.run(Object.fromEntries(tensors));
  await session.release();
  return Object.fromEntries(Object.entries(answers).map(([name, { data }]) => [name, data as Float32Array]));
}
