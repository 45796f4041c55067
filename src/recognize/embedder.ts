import { ArcfaceError, expected, throwIfCancelled } from "../errors.ts";
import type { Network } from "../host/network.ts";
import type { Alignment } from "../image/crop-face.ts";
import { createImage, type Image } from "../image/image.ts";
import { imagesToTensor, tensorLength } from "../image/to-tensor.ts";
import { flipHorizontal } from "../image/transform.ts";
import { createArrayPool } from "../tensor/array-pool.ts";
import { sizeOf } from "../tensor/tensor.ts";
import { add, l2Normalize } from "../tensor/vector.ts";

export type EmbedOptions = {
  /** Add the embedding of the mirrored crop, as evaluation protocols do: twice the time, a little more accuracy. Default false. */
  readonly flip?: boolean;
  /** Leave the embedding as the network gives it, not L2-normalised. Default false. */
  readonly raw?: boolean;
  readonly signal?: AbortSignal | undefined;
};

/** Aligned crops → embeddings, through any recognition network whose card says how it is fed. */
export interface Embedder extends AsyncDisposable {
  readonly name: string;
  /** Slug, and a hash of the model file and of how it is fed: templates of two fingerprints do not compare. */
  readonly fingerprint: string;
  /** Numbers in an embedding. */
  readonly size: number;
  /** Side of the square crop it takes, pixels. */
  readonly cropSize: number;
  /** How its crops are cut: see cropFace. */
  readonly alignment: Alignment;
  /**
   * @param crops aligned faces, `cropSize`² RGB.
   * @returns one embedding a crop, in order.
   * @throws {ArcfaceError} INVALID_ARGUMENT where a crop has another size or its data do not fill it; MODEL_MISMATCH
   *   where the network's answer is not `size` finite numbers a crop; CANCELLED.
   */
  embed(crops: readonly Image[], options?: EmbedOptions): Promise<Float32Array[]>;
}

export type EmbedderOptions = {
  /** See Embedder. */
  readonly fingerprint: string;
  /** Numbers in an embedding. */
  readonly size: number;
  /** Crops in one run, where the network takes more than one. */
  readonly batch: number;
  readonly alignment: Alignment;
};

/**
 * An embedder over an open network, as its card describes it. A card that maps no output means the only one.
 *
 * @throws {ArcfaceError} MODEL_MISMATCH where the network has no such output, or declares another size for it.
 */
export function createEmbedder(
  network: Network,
  { fingerprint, size, batch: wanted, alignment }: EmbedderOptions,
): Embedder {
  const { input, session, name } = network;
  const [fixed] = session.inputs[0]?.shape ?? [];
  const isFixed = typeof fixed === "number" && fixed > 0;
  const batch = isFixed ? fixed : wanted;
  const output = embeddingOutput(network, size);
  const arrays = createArrayPool();

  async function run(crops: readonly Image[], signal: AbortSignal | undefined): Promise<Float32Array[]> {
    const embeddings: Float32Array[] = [];
    for (let start = 0; start < crops.length; start += batch) {
      throwIfCancelled(signal, name);
      const some = crops.slice(start, start + batch);
      // A network for just so many crops gets them: the last one, again and again, where there are too few.
      const fed = isFixed ? Array.from({ length: batch }, (_, i) => some[i] ?? some.at(-1)!) : some;
      const length = tensorLength(fed.length, input.width, input.height, input);
      const answers = await arrays.lend(length, (array) =>
        session.run({ [input.name]: imagesToTensor(fed, input, array) }),
      );
      const answer = answers[output];
      if (!(answer?.data instanceof Float32Array) || answer.data.length !== fed.length * size) {
        const got = answer ? `${answer.dtype} [${answer.shape.join(", ")}]` : "none";
        throw new ArcfaceError(
          "MODEL_MISMATCH",
          `${name}: expected output ${output} of float32 [${fed.length}, ${size}], got ${got}`,
        );
      }
      for (let i = 0; i < some.length; i++) embeddings.push(answer.data.slice(i * size, (i + 1) * size));
    }
    if (embeddings.some((e) => !e.every(Number.isFinite))) {
      throw new ArcfaceError("MODEL_MISMATCH", `${name}: the network answered an embedding with NaN or infinity`, {
        hint: "the model file is damaged, or its card's mean and scale are wrong",
      });
    }
    return embeddings;
  }

  return {
    name,
    fingerprint,
    size,
    cropSize: input.width,
    alignment,
    async embed(crops, { flip = false, raw = false, signal } = {}) {
      for (const { width, height, data } of crops) createImage(width, height, data);
      const wrong = crops.find((c) => c.width !== input.width || c.height !== input.height);
      if (wrong) {
        throw expected(
          name,
          `a face crop of ${input.width}×${input.height}`,
          `${wrong.width}×${wrong.height}`,
          "alignFace() makes one from an image and five landmarks",
        );
      }
      const straight = await run(crops, signal);
      const mirrored = flip ? await run(crops.map(flipHorizontal), signal) : null;
      const summed = mirrored ? straight.map((e, i) => add(e, mirrored[i]!)) : straight;
      return raw ? summed : summed.map(l2Normalize);
    },
    [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
  };
}

function embeddingOutput({ name, outputs, session }: Network, size: number): string {
  const names = session.outputs.map((output) => output.name);
  const mapped = outputs.embedding ?? (names.length === 1 ? names[0] : undefined);
  const declared = session.outputs.find((output) => output.name === mapped);
  if (!declared) {
    throw new ArcfaceError(
      "MODEL_MISMATCH",
      `${name}: expected output ${mapped ?? "embedding"}, got ${names.join(", ")}`,
      {
        hint: "the card's model.outputs names the one that is the embedding: outputs: { embedding: NAME }",
      },
    );
  }
  const dims = declared.shape.slice(1);
  const isKnown = dims.length > 0 && dims.every((dim) => typeof dim === "number" && dim > 0);
  if (isKnown && sizeOf(dims as number[]) !== size) {
    throw new ArcfaceError(
      "MODEL_MISMATCH",
      `${name}: its card says an embedding of ${size}, the network has ${declared.name} [${declared.shape.join(", ")}]`,
      { hint: "the file is another network, or the card's embedding.size is wrong" },
    );
  }
  return declared.name;
}
