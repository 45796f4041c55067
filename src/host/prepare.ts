import { ArcfaceError } from "../errors.ts";
import type { PrepareNotes } from "../onnx/prepare.ts";
import { PREPARE_VERSION as VERSION } from "../onnx/prepare-version.ts";
import { compareModels } from "./compare.ts";
import type { Host } from "./host.ts";

/** Of what `prepareForCache` answers; a cache makes anew what another version made. */
export const PREPARE_VERSION = `${VERSION}`;

/** Largest difference of any output that a preparation may make, of its largest where that is above 1. */
const TOLERANCE = 1e-4;

/**
 * A model as it enters the cache: see prepareModel. Before it is believed, it and what it was made of run on the same
 * inputs; where their answers differ, or the prepared one does not even run, it is prepared without optimising its graph,
 * and where that does not help either, the model stays as it was published.
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
  const whole = prepareModel(bytes, name);
  if (whole.model === bytes) return { model: bytes, notes: [] };
  const before = whole.notes.importedFrom ? await asOnnx(bytes, name) : bytes;
  const converted = whole.notes.importedFrom ? ["turned from TensorFlow Lite into ONNX"] : [];
  const first = await compared(whole.model);
  if ("same" in first) return { model: whole.model, notes: [...converted, ...sentences(whole.notes), first.same] };
  const plain = whole.notes.passes.length > 0 ? prepareModel(bytes, name, { passes: [] }) : null;
  if (plain && plain.model !== bytes) {
    const second = await compared(plain.model);
    if ("same" in second) {
      const notes = [...converted, ...sentences(plain.notes), `not optimised: ${first.other}`, second.same];
      return { model: plain.model, notes };
    }
  }
  return { model: before, notes: [...converted, `left as published: ${first.other}`] };

  async function compared(model: Uint8Array): Promise<{ same: string } | { other: string }> {
    try {
      const { runs, maxAbsoluteDifference, largest } = await compareModels(createSession, before, model, name);
      if (maxAbsoluteDifference <= TOLERANCE * Math.max(1, largest))
        return { same: `compared before and after on ${runs} inputs: largest difference ${maxAbsoluteDifference}` };
      return { other: `prepared, its outputs differed by ${maxAbsoluteDifference} in ${runs} runs` };
    } catch (error) {
      if (!(error instanceof ArcfaceError)) throw error;
      // Whose fault is it? A file that does not load is nobody's to keep.
      await using _ = await createSession(before, name);
      return { other: `it could not be compared with the prepared one (${error.message})` };
    }
  }
}

function sentences({ flushed, passes, deadShare, batchFreed }: PrepareNotes): string[] {
  const { nonZeroBelow, denormal, weights } = flushed;
  const others = passes.filter((pass) => pass !== "deadChannels");
  return [
    ...(nonZeroBelow > 0
      ? [`${nonZeroBelow} of ${weights} weights below 1e-8 set to zero (${denormal} denormal)`]
      : []),
    ...(passes.includes("deadChannels")
      ? [
          `dead channels left out${deadShare === null ? "" : `: ${(100 * deadShare).toFixed(1)} % of multiply–accumulates`}`,
        ]
      : []),
    ...(others.length > 0 ? [`optimised: ${others.join(", ")}`] : []),
    ...(batchFreed ? ["takes any number of images at once, was saved for one"] : []),
  ];
}

async function asOnnx(tflite: Uint8Array, name: string): Promise<Uint8Array> {
  const [{ encodeModel }, { importTflite }] = await Promise.all([
    import("../onnx/model.ts"),
    import("../onnx/tflite/import.ts"),
  ]);
  return encodeModel(importTflite(tflite, name));
}
