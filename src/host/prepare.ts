import { ArcfaceError } from "../errors.ts";
import { PREPARE_VERSION as VERSION } from "../onnx/prepare-version.ts";
import { compareModels } from "./compare.ts";
import type { Host } from "./host.ts";

/** Of what `prepareForCache` answers; a cache makes anew what another version made. */
export const PREPARE_VERSION = `${VERSION}`;

/** Largest difference of any output that a preparation may make: outputs here are of the order of 1. */
const TOLERANCE = 1e-4;

/**
 * A model as it enters the cache: see prepareModel. Before it is believed, it and what it was made of run on the same
 * inputs; where their answers differ, or the prepared one does not even run, the model stays as it was published.
 *
 * @returns the ONNX file, and what was done to it, in sentences.
 * @throws {ArcfaceError} as prepareModel and createSession.
 */
export async function prepareForCache(
  createSession: Host["createSession"],
  bytes: Uint8Array,
  name: string,
): Promise<{ model: Uint8Array; notes: string[] }> {
  // Reading and writing ONNX is a tenth of a second of modules, which a warm cache never needs.
  const { prepareModel } = await import("../onnx/prepare.ts");
  const { model, notes } = prepareModel(bytes, name);
  const done: string[] = [];
  if (notes.importedFrom) done.push("turned from TensorFlow Lite into ONNX");
  if (model === bytes) return { model, notes: done };
  const { nonZeroBelow, denormal, weights } = notes.flushed;
  if (nonZeroBelow > 0)
    done.push(`${nonZeroBelow} of ${weights} weights below 1e-8 set to zero (${denormal} denormal)`);
  if (notes.batchFreed) done.push("takes any number of images at once, was saved for one");
  const before = notes.importedFrom ? await asOnnx(bytes, name) : bytes;
  try {
    const { runs, maxAbsoluteDifference } = await compareModels(createSession, before, model, name);
    if (maxAbsoluteDifference <= TOLERANCE) {
      const compared = `compared before and after on ${runs} inputs: largest difference ${maxAbsoluteDifference}`;
      return { model, notes: [...done, compared] };
    }
    return asPublished(`prepared, its outputs differed by ${maxAbsoluteDifference} in ${runs} runs`);
  } catch (error) {
    if (!(error instanceof ArcfaceError)) throw error;
    // Whose fault is it? A file that does not load is nobody's to keep.
    await using _ = await createSession(before, name);
    return asPublished(`it could not be compared with the prepared one (${error.message})`);
  }

  function asPublished(why: string): { model: Uint8Array; notes: string[] } {
    const converted = notes.importedFrom ? done.slice(0, 1) : [];
    return { model: before, notes: [...converted, `left as published: ${why}`] };
  }
}

async function asOnnx(tflite: Uint8Array, name: string): Promise<Uint8Array> {
  const [{ encodeModel }, { importTflite }] = await Promise.all([
    import("../onnx/model.ts"),
    import("../onnx/tflite/import.ts"),
  ]);
  return encodeModel(importTflite(tflite, name));
}
