import { ArcfaceError, expected, throwIfCancelled } from "../errors.ts";
import type { Network } from "../host/network.ts";
import type { Image } from "../image/image.ts";
import { imagesToTensor } from "../image/to-tensor.ts";
import { flipHorizontal } from "../image/transform.ts";
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
  /** `slug@` and the first 16 hex digits of the model file's sha256: templates of two fingerprints do not compare. */
  readonly fingerprint: string;
  /** Numbers in an embedding. */
  readonly size: number;
  /** Side of the square crop it takes, pixels. */
  readonly cropSize: number;
  /**
   * @param crops aligned faces, `cropSize`² RGB.
   * @returns one embedding a crop, in order.
   * @throws {ArcfaceError} INVALID_ARGUMENT where a crop has another size; MODEL_MISMATCH where the network's answer
   *   is not `size` finite numbers a crop; CANCELLED.
   */
  embed(crops: readonly Image[], options?: EmbedOptions): Promise<Float32Array[]>;
}

export type EmbedderOptions = {
  /** `slug@` and the first 16 hex digits of the model file's sha256. */
  readonly fingerprint: string;
  /** Numbers in an embedding. */
  readonly size: number;
  /** Crops in one run, where the network takes more than one. */
  readonly batch: number;
};

/** An embedder over an open network, as its card describes it. */
export function createEmbedder(
  network: Network,
  { fingerprint, size, batch: wanted }: EmbedderOptions,
): Embedder {
  const { input, session, name } = network;
  const [fixed] = session.inputs[0]?.shape ?? [];
  const batch = typeof fixed === "number" && fixed > 0 ? fixed : wanted;
  const output = network.outputs.embedding ?? "output";

  async function run(crops: readonly Image[], signal: AbortSignal | undefined): Promise<Float32Array[]> {
    const embeddings: Float32Array[] = [];
    for (let start = 0; start < crops.length; start += batch) {
      throwIfCancelled(signal, name);
      const some = crops.slice(start, start + batch);
      const answer = (await session.run({ [input.name]: imagesToTensor(some, input) }))[output];
      if (!(answer?.data instanceof Float32Array) || answer.data.length !== some.length * size) {
        const got = answer ? `${answer.dtype} [${answer.shape}]` : "none";
        throw new ArcfaceError(
          "MODEL_MISMATCH",
          `${name}: expected output ${output} of float32 [${some.length}, ${size}], got ${got}`,
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
    async embed(crops, { flip = false, raw = false, signal } = {}) {
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
