import { createImage, type Image } from "../../image/image.ts";

/**
 * Decoded crops in memory that threads share, each decoded once in a run. A crop's state is written after its pixels and
 * read before them; two threads that decode one at the same time write the same bytes.
 */
export type CropCache = {
  readonly size: number;
  readonly pixels: Uint8Array<SharedArrayBuffer>;
  readonly labels: Int32Array<SharedArrayBuffer>;
  readonly states: Uint8Array<SharedArrayBuffer>;
};

const [ABSENT, HELD, BAD] = [0, 1, 2];

export function createCropCache(count: number, size: number): CropCache {
  return {
    size,
    pixels: new Uint8Array(new SharedArrayBuffer(count * 3 * size * size)),
    labels: new Int32Array(new SharedArrayBuffer(4 * count)),
    states: new Uint8Array(new SharedArrayBuffer(count)),
  };
}

/** @returns `null` where it was not kept yet; "bad" where it is known that it cannot be used. */
export function readCached(cache: CropCache, sample: number): { crop: Image; label: number } | "bad" | null {
  const state = Atomics.load(cache.states, sample);
  if (state === ABSENT) return null;
  if (state === BAD) return "bad";
  const data = cache.pixels.subarray(startOf(cache, sample), startOf(cache, sample + 1));
  return { crop: createImage(cache.size, cache.size, data), label: cache.labels[sample]! };
}

export function keepCrop(cache: CropCache, sample: number, { crop, label }: { crop: Image; label: number }): void {
  cache.pixels.set(crop.data, startOf(cache, sample));
  cache.labels[sample] = label;
  Atomics.store(cache.states, sample, HELD);
}

export function keepBad(cache: CropCache, sample: number): void {
  Atomics.store(cache.states, sample, BAD);
}

function startOf({ size }: CropCache, sample: number): number {
  return sample * 3 * size * size;
}
