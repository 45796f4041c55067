import { type FlushCounts, flushDenormals } from "./flush.ts";
import { freeBatch } from "./free-batch.ts";
import { decodeModel, describeModel, encodeModel } from "./model.ts";
import { importTflite, isTflite } from "./tflite/import.ts";

export type PrepareNotes = {
  /** The format it was turned into ONNX from; null where it was ONNX. */
  readonly importedFrom: "tflite" | null;
  readonly flushed: FlushCounts;
  /** Was it saved for one image, and takes any number now? */
  readonly batchFreed: boolean;
};

/**
 * What is done to a published model on its way into the cache: TensorFlow Lite becomes ONNX, weights too small to
 * matter become zero, and a network for one image becomes one for any number where that is safe.
 *
 * @param name what errors call the file.
 * @returns an ONNX file; `bytes` itself where nothing had to change.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT as `decodeModel` and `importTflite`.
 */
export function prepareModel(bytes: Uint8Array, name: string): { model: Uint8Array; notes: PrepareNotes } {
  const importedFrom = isTflite(bytes) ? "tflite" : null;
  const original = importedFrom ? importTflite(bytes, name) : decodeModel(bytes, name);
  const { model: flushed, counts } = flushDenormals(original);
  const ofImages = describeModel(flushed).inputs.every(({ shape }) => shape.length === 4);
  const free = ofImages ? freeBatch(flushed) : null;
  const prepared = free ?? flushed;
  const changed = importedFrom !== null || prepared !== original;
  return {
    model: changed ? encodeModel(prepared) : bytes,
    notes: { importedFrom, flushed: counts, batchFreed: free !== null },
  };
}
