import { ArcfaceError, expected } from "../errors.ts";
import type { ValueInfo } from "../host/host.ts";
import type { NetworkInput } from "../host/network.ts";
import type { Image } from "../image/image.ts";
import { imagesToTensor } from "../image/to-tensor.ts";
import { encodeFloat16 } from "../tensor/float16.ts";
import { createRandom, type Random } from "../tensor/random.ts";
import { DATA_ARRAYS, type DType, sizeOf, type Tensor, type TensorData } from "../tensor/tensor.ts";

export type FeedOptions = {
  readonly batch: number;
  /** Other bytes for another one. Default 1. */
  readonly seed?: number;
  /** How its image is fed, where a card says so; else the random bytes go in as they are. */
  readonly input?: NetworkInput | undefined;
  /** Of images, where the network takes any; default: its card's. */
  readonly size?: { readonly width: number; readonly height: number } | undefined;
};

/**
 * Random bytes, 0 to 255, of the shape that a network wants: what is sent once and replayed. The same for a seed.
 *
 * @param name what errors call the network.
 * @throws {ArcfaceError} MODEL_MISMATCH where the network takes another batch; INVALID_ARGUMENT where a dimension is free and
 * nothing says how large it is to be.
 */
export function randomFeeds(
  name: string,
  inputs: readonly ValueInfo[],
  { batch, seed = 1, input, size }: FeedOptions,
): Record<string, Tensor> {
  const random = createRandom(seed);
  const feeds: Record<string, Tensor> = {};
  for (const info of inputs) {
    const described = info.name === input?.name ? { ...input, ...size } : undefined;
    const shape = shapeFor(name, info, batch, described ?? size, described?.layout);
    feeds[info.name] =
      described && info.dtype === "float32"
        ? imagesToTensor(
            Array.from({ length: batch }, () => randomImage(random, described)),
            described,
          )
        : { dtype: info.dtype, shape, data: randomData(random, info.dtype, sizeOf(shape)) };
  }
  return feeds;
}

function shapeFor(
  name: string,
  { name: input, shape }: ValueInfo,
  batch: number,
  size: { readonly width: number; readonly height: number } | undefined,
  layout: "NCHW" | "NHWC" = isFixed(shape[3]) && !isFixed(shape[1]) ? "NHWC" : "NCHW",
): number[] {
  return shape.map((dim, axis) => {
    if (axis === 0 && !isFixed(dim)) return batch;
    if (axis === 0 && shape.length > 1 && dim !== batch)
      throw new ArcfaceError("MODEL_MISMATCH", `${name}: it takes batches of ${dim}, not of ${batch}`, {
        hint: "the network was saved for that many images",
      });
    const [height, width] = layout === "NCHW" ? [2, 3] : [1, 2];
    const side = shape.length !== 4 ? undefined : { [height]: size?.height, [width]: size?.width }[axis];
    if (isFixed(dim) && side !== undefined && side !== dim)
      throw expected(name, `images of its own size, [${shape.join(", ")}]`, `${size!.width}×${size!.height}`);
    if (isFixed(dim)) return dim;
    if (side !== undefined) return side;
    throw new ArcfaceError("INVALID_ARGUMENT", `${name}: input ${input} [${shape.join(", ")}] may be of any size`, {
      hint: shape.length === 4 ? "say which: --size 640x640" : "such networks cannot be measured",
    });
  });
}

const isFixed = (dim: number | string | undefined): dim is number => typeof dim === "number" && dim >= 0;

function randomImage(random: Random, { width, height }: NetworkInput): Image {
  return { width, height, data: Uint8Array.from({ length: 3 * width * height }, () => byte(random)) };
}

const byte = (random: Random): number => Math.floor(256 * random.uniform());

function randomData(random: Random, dtype: DType, length: number): TensorData {
  const bytes = Uint8Array.from({ length }, () => byte(random));
  if (dtype === "float16") return Uint16Array.from(bytes, encodeFloat16);
  if (dtype === "bool") return bytes.map((value) => value & 1);
  if (dtype === "int64") return BigInt64Array.from(bytes, BigInt);
  if (dtype === "uint64") return BigUint64Array.from(bytes, BigInt);
  return DATA_ARRAYS[dtype].from(bytes);
}
