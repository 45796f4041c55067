import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import { openLabelledImages } from "../data/open-labelled-images.node.ts";
import { parseVerificationBin } from "../data/verification-bin.ts";
import { throwIfCancelled } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import { createCodec } from "../host/codec.node.ts";
import { createSession } from "../host/session.node.ts";
import { kFoldAccuracy } from "../metrics/verification.ts";
import { encodeModel } from "../onnx/model.ts";
import type { ModelProto } from "../onnx/schema.ts";
import { trainedEmbedder } from "../recognize/trained-embedder.ts";
import { dot } from "../tensor/vector.ts";
import type { Validation } from "./log.ts";
import { pairsInOrder, pairsOfPeople, type ValidationPairs } from "./validation-pairs.ts";

/** What a training may be validated on: aligned crops of 112 pixels. */
type Target = {
  readonly name: string;
  readonly pairs: ValidationPairs;
  readonly count: number;
  read(i: number): Promise<{ readonly bytes: Uint8Array; readonly name: string }>;
};

/** Crops decoded and embedded together. */
const AT_ONCE = 32;

/**
 * A hook for `train`: ten-fold accuracy, each crop summed with its mirror image.
 *
 * @param paths InsightFace's evaluation files (`lfw.bin`), or sets of people's crops as openLabelledImages takes them, of
 *   which up to 6,000 pairs are drawn, always the same.
 * @param size side of the images that the network takes.
 * @throws {ArcfaceError} at once: NOT_FOUND, IO, UNSUPPORTED_FORMAT; INVALID_ARGUMENT where there are too few pairs.
 */
export async function validateOn(
  paths: readonly string[],
  { size = 112, threads = 2, signal }: { size?: number; threads?: number; signal?: AbortSignal } = {},
): Promise<(model: ModelProto, step: number) => Promise<Validation[]>> {
  const targets = await Promise.all(paths.map(openTarget));
  return async (model, step) => {
    const name = model.graph!.name;
    const session = await createSession(encodeModel(model), name, { threads });
    await using embedder = trainedEmbedder(session, { name, fingerprint: `${name}@${step}`, size });
    const codec = createCodec();
    const validations: Validation[] = [];
    for (const { name: target, count, read, pairs } of targets) {
      const embeddings: Float32Array[] = [];
      for (let start = 0; start < count; start += AT_ONCE) {
        throwIfCancelled(signal, "validation");
        const some = Array.from({ length: Math.min(AT_ONCE, count - start) }, async (_, i) => {
          const { bytes, name } = await read(start + i);
          return codec.decode(bytes, name);
        });
        embeddings.push(...(await embedder.embed(await Promise.all(some), { flip: true })));
      }
      const scores = Float64Array.from(pairs.a, (a, i) => dot(embeddings[a]!, embeddings[pairs.b[i]!]!));
      const { accuracy, std } = kFoldAccuracy({ ...pairs, scores });
      validations.push({ step, target, accuracy: 100 * accuracy, deviation: 100 * std });
    }
    return validations;
  };
}

async function openTarget(path: string): Promise<Target> {
  const name = basename(path).replace(/\.(bin|rec|lst|txt)$/, "");
  if (extname(path) === ".bin") {
    const bytes = await readFile(path).catch((error: unknown) => {
      throw fileError(error, path, "reading");
    });
    const { images, same } = parseVerificationBin(bytes, { file: path });
    const read = async (i: number) => ({ bytes: images[i]!, name: `${path}, image ${i}` });
    return { name, pairs: pairsInOrder(same), count: images.length, read };
  }
  await using set = await openLabelledImages(path);
  const labels = await Promise.all(Array.from({ length: set.count }, (_, i) => set.label(i)));
  const drawn = pairsOfPeople(labels);
  // Those that are in a pair, in order, are read: now, as they are few.
  const used = [...new Set([...drawn.a, ...drawn.b])].sort((a, b) => a - b);
  const place = new Map(used.map((picture, i) => [picture, i]));
  const pictures = await Promise.all(used.map((picture) => set.read(picture)));
  const at = (list: Uint32Array) => list.map((picture) => place.get(picture)!);
  const pairs = { ...drawn, a: at(drawn.a), b: at(drawn.b) };
  return { name, pairs, count: pictures.length, read: async (i) => pictures[i]! };
}
