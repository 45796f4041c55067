import * as ort from "onnxruntime-node";
import { gradients } from "../../onnx/autodiff.ts";
import { GraphBuilder } from "../../onnx/builder.ts";
import { encodeModel } from "../../onnx/model.ts";
import { createRandom } from "../../tensor/random.ts";
import { buildLoss } from "../build.ts";
import type { LossSpec } from "../loss.ts";

export type LossInputs = {
  readonly classes: number;
  readonly features: number;
  readonly labels: readonly number[];
  /** [N, D] */
  readonly embedding: ArrayLike<number>;
  /** By parameter; those that are left out have their starting values. */
  readonly parameters?: Readonly<Record<string, ArrayLike<number>>>;
};

export type LossRun = {
  readonly loss: number;
  readonly accuracy: number;
  /** ∂loss/∂embedding as `embedding`, and by parameter. */
  readonly gradients: Readonly<Record<string, Float32Array>>;
};

/** A loss and its gradients, computed in ONNX Runtime. */
export async function runLoss(spec: LossSpec, inputs: LossInputs): Promise<LossRun> {
  const { classes, features, labels, embedding, parameters: given = {} } = inputs;
  const g = new GraphBuilder();
  const batch = labels.length;
  const x = g.input("embedding", [batch, features]);
  const y = g.input("labels", [batch], "int64");
  const { loss, accuracy, parameters } = buildLoss(g, x, y, spec, { classes, random: createRandom(1) });
  const wrt = [x, ...parameters.map(({ value }) => value)];
  const found = gradients(g, loss, wrt);
  g.output("loss", loss);
  g.output("accuracy", accuracy);
  for (const [i, { name }] of wrt.entries()) g.output(`gradient.${name}`, found[i]!);

  const feeds: Record<string, ort.Tensor> = {
    embedding: new ort.Tensor(Float32Array.from(embedding), [batch, features]),
    labels: new ort.Tensor(BigInt64Array.from(labels, BigInt), [batch]),
  };
  for (const { name, shape, initial } of parameters)
    feeds[name] = new ort.Tensor(given[name] ? Float32Array.from(given[name]) : initial, shape);
  const session = await ort.InferenceSession.create(encodeModel(g.toModel("loss")), { logSeverityLevel: 3 });
  const outputs = await session.run(feeds);
  await session.release();
  const data = (name: string): Float32Array => outputs[name]!.data as Float32Array;
  return {
    loss: data("loss")[0]!,
    accuracy: data("accuracy")[0]!,
    gradients: Object.fromEntries(wrt.map(({ name }) => [name, data(`gradient.${name}`)])),
  };
}
