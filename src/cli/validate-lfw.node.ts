import { evaluateLfwAligned } from "../evaluate/evaluate.node.ts";
import { figureOf } from "../evaluate/summary.ts";
import { createSession } from "../host/session.node.ts";
import { encodeModel } from "../onnx/model.ts";
import type { ModelProto } from "../onnx/schema.ts";
import { trainedEmbedder } from "../recognize/trained-embedder.ts";
import type { Validation } from "../train/log.ts";
import type { Recipe } from "../train/recipe.ts";

/** A network in training, measured on LFW's aligned crops. */
export async function trainedOnLfw(
  model: ModelProto,
  { name, size = 112 }: Recipe,
  { lfw, aligned, step, signal }: { lfw: string; aligned: string; step: number; signal: AbortSignal },
): Promise<Validation> {
  const session = await createSession(encodeModel(model), name, { threads: 2 });
  await using embedder = trainedEmbedder(session, { name, fingerprint: `${name}@${step}`, size });
  const evaluation = await evaluateLfwAligned(embedder, lfw, aligned, { cacheDir: null, signal });
  const { value, std } = figureOf(evaluation, "accuracy")!;
  return { step, target: "lfw", accuracy: 100 * value!, deviation: 100 * std! };
}
