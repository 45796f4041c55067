import type { PlaceReader } from "../../data/read-place.node.ts";
import { ArcfaceError, throwIfCancelled } from "../../errors.ts";
import { createCodec } from "../../host/codec.node.ts";
import type { Image } from "../../image/image.ts";
import type { BatchOrder, MadeBatch, SampleOrder } from "./batch-order.ts";
import { keepBad, keepCrop, readCached } from "./crop-cache.ts";
import { toCrop, writeSample } from "./make-sample.ts";

type Ready = { readonly crop: Image; readonly label: number };

/** Pictures decoded at once: as many as libuv, which runs sharp, has threads. */
const AT_ONCE = 4;

/** Errors that are the picture's own: a disk or a missing program fails for all of them. */
const OF_THE_PICTURE: ReadonlySet<string> = new Set(["UNSUPPORTED_FORMAT", "TOO_LARGE", "NOT_FOUND"]);

const codec = createCodec();

/**
 * A batch: what is read, decoded and augmented depends on the order alone. A bad picture's place goes to the next good one
 * of the batch.
 *
 * @throws {ArcfaceError} the first bad picture's, or where all are bad; CANCELLED.
 */
export async function makeBatch(order: BatchOrder, reader: PlaceReader, signal: AbortSignal): Promise<MadeBatch> {
  const { samples, seed, epoch, size, augmentation } = order;
  const start = performance.now();
  const ready: (Ready | ArcfaceError | "bad")[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < samples.length) {
      throwIfCancelled(signal, "loader");
      const at = next++;
      ready[at] = await prepare(samples[at]!, order, reader);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const usable = standIns(ready, order);

  const pixels = 3 * size * size;
  const made = {
    images: new Float32Array(samples.length * pixels),
    labels: new BigInt64Array(samples.length),
    samples: new Uint32Array(samples.length),
  };
  for (const [k, from] of usable.entries()) {
    const { crop, label } = ready[from] as Ready;
    const { sample } = samples[from]!;
    const into = made.images.subarray(k * pixels, (k + 1) * pixels);
    writeSample(crop, into, { augmentation, key: [seed, epoch, sample] });
    made.labels[k] = BigInt(label);
    made.samples[k] = sample;
  }
  const bad = ready.flatMap((one, k) => {
    if (one !== "bad" && !(one instanceof ArcfaceError)) return [];
    return [{ sample: samples[k]!.sample, reason: one === "bad" ? null : one.message }];
  });
  return { ...made, bad, tookMs: performance.now() - start };
}

async function prepare(
  sample: SampleOrder,
  order: BatchOrder,
  reader: PlaceReader,
): Promise<Ready | ArcfaceError | "bad"> {
  const cached = order.cache && readCached(order.cache, sample.sample);
  if (cached) return cached;
  try {
    const ready = await decode(sample, order, reader);
    if (order.cache) keepCrop(order.cache, sample.sample, ready);
    return ready;
  } catch (error) {
    if (!(error instanceof ArcfaceError && OF_THE_PICTURE.has(error.code))) throw error;
    if (order.cache && order.skipBad) keepBad(order.cache, sample.sample);
    return error;
  }
}

async function decode(
  { place, name, label: known }: SampleOrder,
  { size, classes }: BatchOrder,
  reader: PlaceReader,
): Promise<Ready> {
  const { bytes, label: found } = await reader.read(place);
  const label = known ?? found;
  if (label === null || label >= classes) {
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: expected a label below ${classes}, got ${label}`);
  }
  return { crop: toCrop(await codec.decode(bytes, name), size, name), label };
}

/** For each place of the batch, which sample fills it. */
function standIns(ready: readonly unknown[], { skipBad, samples }: BatchOrder): number[] {
  const isBad = (one: unknown): boolean => one === "bad" || one instanceof ArcfaceError;
  const first = ready.find(isBad);
  if (first instanceof ArcfaceError && !skipBad) throw first;
  if (ready.every(isBad)) {
    throw new ArcfaceError(
      "UNSUPPORTED_FORMAT",
      `${samples[0]!.name}: all ${ready.length} pictures of a batch are bad`,
      {
        cause: first,
      },
    );
  }
  return ready.map((_, k) => {
    let from = k;
    while (isBad(ready[from])) from = (from + 1) % ready.length;
    return from;
  });
}
