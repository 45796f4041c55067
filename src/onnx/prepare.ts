import { ArcfaceError } from "../errors.ts";
import { countModel } from "./count.ts";
import { type FlushCounts, flushDenormals } from "./flush.ts";
import { freeBatch } from "./free-batch.ts";
import { decodeModel, describeModel, encodeModel } from "./model.ts";
import { OPTIMIZE_PASSES, type OptimizePass, optimizeModel } from "./optimize.ts";
import type { ModelProto } from "./schema.ts";
import { importTflite, isTflite } from "./tflite/import.ts";

export type PrepareNotes = {
  /** The format it was turned into ONNX from; null where it was ONNX. */
  readonly importedFrom: "tflite" | null;
  readonly flushed: FlushCounts;
  /** The other passes that found something to do. */
  readonly passes: readonly OptimizePass[];
  /** Multiply–accumulates that dead channels took, as a part of all; null where there were none, or it is not known. */
  readonly deadShare: number | null;
  /** Was it saved for one image, and takes any number now? */
  readonly batchFreed: boolean;
};

export type PrepareOptions = {
  /** Beside weights too small to matter, which always become zero. Default: all of `OPTIMIZE_PASSES`. */
  readonly passes?: readonly OptimizePass[];
};

/**
 * What is done to a published model on its way into the cache: TensorFlow Lite becomes ONNX, weights too small to
 * matter become zero, the graph is optimised, and a network for one image becomes one for any number where that is safe.
 *
 * @param name what errors call the file.
 * @returns an ONNX file; `bytes` itself where nothing had to change.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT as `decodeModel` and `importTflite`.
 */
export function prepareModel(
  bytes: Uint8Array,
  name: string,
  { passes = OPTIMIZE_PASSES }: PrepareOptions = {},
): { model: Uint8Array; notes: PrepareNotes } {
  const importedFrom = isTflite(bytes) ? "tflite" : null;
  const original = importedFrom ? importTflite(bytes, name) : decodeModel(bytes, name);
  const { model: flushed, counts } = flushDenormals(original);
  const optimised = optimiseForCache(flushed, passes);
  const ofImages = describeModel(optimised.model).inputs.every(({ shape }) => shape.length === 4);
  const free = ofImages ? freeBatch(optimised.model) : null;
  // What was written for one image is read by nobody then.
  const prepared = free ? optimizeModel(free, ["deadNodes"]) : optimised.model;
  const changed = importedFrom !== null || prepared !== original;
  return {
    model: changed ? encodeModel(prepared) : bytes,
    notes: {
      importedFrom,
      flushed: counts,
      passes: optimised.passes,
      deadShare: optimised.deadShare,
      batchFreed: free !== null,
    },
  };
}

function optimiseForCache(model: ModelProto, wanted: readonly OptimizePass[]) {
  try {
    return optimise(model, wanted);
  } catch (error) {
    // A graph that contradicts our rules of shapes stays as it is: the runtime has the last word.
    if (error instanceof ArcfaceError && error.code === "MODEL_MISMATCH") return { model, passes: [], deadShare: null };
    throw error;
  }
}

function optimise(model: ModelProto, wanted: readonly OptimizePass[]) {
  let [now, deadShare] = [model, null as number | null];
  const passes: OptimizePass[] = [];
  for (const pass of OPTIMIZE_PASSES.filter((one) => wanted.includes(one))) {
    const next = optimizeModel(now, [pass]);
    if (next === now) continue;
    passes.push(pass);
    if (pass === "deadChannels") deadShare = shareLost(now, next);
    now = next;
  }
  return { model: now, passes, deadShare };
}

function shareLost(before: ModelProto, after: ModelProto): number | null {
  const [all, left] = [countModel(before).macs, countModel(after).macs];
  return all === null || left === null || all === 0 ? null : 1 - left / all;
}
