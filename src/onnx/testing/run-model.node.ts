import * as ort from "onnxruntime-node";
import { encodeModel } from "../model.ts";
import type { ModelProto } from "../schema.ts";

export type Data = { readonly shape: readonly number[]; readonly data: Float32Array };

/** Run a graph of float32 inputs and outputs once in ONNX Runtime. */
export async function runModel(
  model: ModelProto,
  feeds: Readonly<Record<string, Data>>,
): Promise<Record<string, Float32Array>> {
  const session = await openModel(model);
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

export type OpenModel = {
  run(feeds: Readonly<Record<string, Data>>): Promise<Record<string, Float32Array>>;
  release(): Promise<void>;
};

/** The same, for many runs. */
export async function openModel(model: ModelProto): Promise<OpenModel> {
  const session = await ort.InferenceSession.create(encodeModel(model), { logSeverityLevel: 4 });
  return {
    async run(feeds) {
      const tensors = Object.entries(feeds).map(([name, { data, shape }]) => [
        name,
        new ort.Tensor("float32", data as Float32Array<ArrayBuffer>, shape),
      ]);
      const answers = await session.run(Object.fromEntries(tensors));
      return Object.fromEntries(Object.entries(answers).map(([name, { data }]) => [name, data as Float32Array]));
    },
    release: () => session.release(),
  };
}
