import { encodeModel } from "../onnx/model.ts";
import { prepareModel, PREPARE_VERSION as VERSION } from "../onnx/prepare.ts";
import { importTflite, isTflite } from "../onnx/tflite/import.ts";
import { compareModels } from "./compare.ts";
import type { Host } from "./host.ts";

/** Of what `prepareForCache` answers; a cache makes anew what another version made. */
export const PREPARE_VERSION = `${VERSION}`;

/** Largest difference of any output that a preparation may make: outputs here are of the order of 1. */
const TOLERANCE = 1e-4;

/**
 * A model as it enters the cache: see prepareModel. Before it is believed, it and what it was made of run on the same
 * inputs; where their answers differ, the model stays as it was published.
 *
 * @returns the ONNX file, and what was done to it, in sentences.
 * @throws {ArcfaceError} as prepareModel and createSession.
 */
export async function prepareForCache(
  createSession: Host["createSession"],
  bytes: Uint8Array,
  name: string,
): Promise<{ model: Uint8Array; notes: string[] }> {
  const { model, notes } = prepareModel(bytes, name);
  const done: string[] = [];
  if (notes.importedFrom) done.push("turned from TensorFlow Lite into ONNX");
  if (model === bytes) return { model, notes: done };
  const { nonZeroBelow, denormal, weights } = notes.flushed;
  if (nonZeroBelow > 0)
    done.push(`${nonZeroBelow} of ${weights} weights below 1e-8 set to zero (${denormal} denormal)`);
  if (notes.batchFreed) done.push("takes any number of images at once, was saved for one");
  const before = isTflite(bytes) ? encodeModel(importTflite(bytes, name)) : bytes;
  const { runs, maxAbsoluteDifference } = await compareModels(createSession, before, model, name);
  if (maxAbsoluteDifference > TOLERANCE) {
    return {
      model: before,
      notes: [`left as published: prepared, its outputs differed by ${maxAbsoluteDifference} in ${runs} runs`],
    };
  }
  return {
    model,
    notes: [...done, `compared before and after on ${runs} inputs: largest difference ${maxAbsoluteDifference}`],
  };
}
