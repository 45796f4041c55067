import { availableParallelism } from "node:os";
import type { LabelledImages } from "../../data/labelled-images.ts";
import { openLabelledImages } from "../../data/open-labelled-images.node.ts";
import { ArcfaceError, expected, throwIfCancelled } from "../../errors.ts";
import { startWorker, type WorkerThread } from "../../host/worker/start-worker.node.ts";
import { AUGMENTATIONS, type Augmentation } from "../../image/augment/augment.ts";
import type { BatchOrder, MadeBatch } from "./batch-order.ts";
import { planBatches } from "./batch-plan.ts";
import { createCropCache } from "./crop-cache.ts";

export type LoaderOptions = {
  /** A path, as openLabelledImages takes it, or a set; a set stays its opener's. */
  readonly data: string | LabelledImages;
  readonly batchSize: number;
  /** Side of the pictures, pixels; crops are made smaller by area. Default 112. */
  readonly size?: number | undefined;
  /** Decides the order and every augmentation. Default 2048. */
  readonly seed?: number | undefined;
  /** Default "flip": mirrored, one in two. */
  readonly augment?: keyof typeof AUGMENTATIONS | Augmentation | undefined;
  /** Threads that decode. Default: one for every core but one, at most four. */
  readonly workers?: number | undefined;
  /** Batches made before they are asked for. Default two a worker, at least four. */
  readonly ahead?: number | undefined;
  /** No batch is made ahead from this step on. Default: there is no end. */
  readonly steps?: number | undefined;
  /** A picture that cannot be used: its error, or the batch's next good one stands in and it is counted. Default "throw". */
  readonly onBad?: "throw" | "skip" | undefined;
  /** Decoded crops are kept where all of them take no more than this, bytes. Default 2³⁰; 0 for never. */
  readonly cacheBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
};

export type Batch = {
  /** [batchSize, 3, size, size], RGB, (x − 127.5) / 127.5; the caller's to keep. */
  readonly images: Float32Array<ArrayBuffer>;
  readonly labels: BigInt64Array<ArrayBuffer>;
  /** The pictures' numbers in the set. */
  readonly samples: Uint32Array<ArrayBuffer>;
  /** From 0. */
  readonly epoch: number;
};

/** Batches of a set of pictures. The same step gives the same bits, whatever was asked for before. */
export interface Loader extends AsyncDisposable {
  readonly count: number;
  readonly classes: number;
  readonly stepsPerEpoch: number;
  /**
   * @param step from 0 and through all epochs.
   * @throws {ArcfaceError} of a bad picture: NOT_FOUND, UNSUPPORTED_FORMAT, TOO_LARGE, which name it; IO; CANCELLED; CLOSED;
   * INTERNAL where a thread died.
   */
  batch(step: number): Promise<Batch>;
  report(): LoaderReport;
}

export type LoaderReport = {
  /** Pictures in the batches that were made, whether asked for yet or not. */
  readonly images: number;
  /** How long the threads were at it, summed over them. */
  readonly workMs: number;
  /** Pictures a second that the threads make together when they do nothing else. */
  readonly rate: number;
  /** How long `batch` kept its callers waiting. */
  readonly waitMs: number;
  /** Pictures skipped, by number, with why. */
  readonly bad: ReadonlyMap<number, string>;
  /** What of the set's index or list was left out, with why; it has no numbers. */
  readonly leftOut: readonly string[];
};

const ENTRY = new URL("./loader-worker.node.ts", import.meta.url);

/**
 * Read, decode, augment and shuffle in threads, several batches ahead: they go on while this thread is inside a network.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT; as openLabelledImages.
 */
export async function openLoader(options: LoaderOptions): Promise<Loader> {
  const { data, signal, size = 112, seed = 2048, workers = defaultWorkers() } = options;
  for (const [name, value] of Object.entries({ size, workers })) {
    if (!(Number.isSafeInteger(value) && value > 0)) throw expected("loader", `${name} of 1 or more`, `${value}`);
  }
  throwIfCancelled(signal, "loader");
  const unusable: string[] = [];
  const skip = options.onBad === "skip" ? { onBad: (error: ArcfaceError) => void unusable.push(error.message) } : {};
  const images = typeof data === "string" ? await openLabelledImages(data, skip) : data;
  try {
    const where = typeof data === "string" ? data : "loader";
    const plan = planBatches({ count: images.count, batchSize: options.batchSize, seed, where });
    return runLoader(images, plan, { ...options, size, seed, workers, unusable });
  } catch (error) {
    if (typeof data === "string") await images[Symbol.asyncDispose]();
    throw error;
  }
}

type Known = LoaderOptions & {
  readonly size: number;
  readonly seed: number;
  readonly workers: number;
  readonly unusable: readonly string[];
};
type Made = { readonly made: Promise<MadeBatch>; readonly cancel: AbortController };

function runLoader(images: LabelledImages, plan: ReturnType<typeof planBatches>, options: Known): Loader {
  const { data, size, seed, workers, augment = "flip", onBad = "throw", cacheBytes = 2 ** 30, signal } = options;
  const { ahead = Math.max(4, 2 * workers), steps = Number.POSITIVE_INFINITY } = options;
  const augmentation = typeof augment === "string" ? AUGMENTATIONS[augment] : augment;
  const fits = images.count * 3 * size * size <= cacheBytes;
  const cache = fits ? createCropCache(images.count, size) : null;
  const threads: { worker: WorkerThread; busy: number }[] = Array.from({ length: workers }, () => ({
    worker: startWorker(ENTRY, "loader"),
    busy: 0,
  }));
  const inWork = new Map<number, Made>();
  const bad = new Map<number, string>();
  const done = { images: 0, workMs: 0, waitMs: 0 };
  let isClosed = false;
  // One listener for a run of any length: signals that AbortSignal.any joins are held for as long as the first one is.
  const onAbort = (): void => {
    for (const { cancel } of inWork.values()) cancel.abort(signal?.reason);
  };
  signal?.addEventListener("abort", onAbort);

  function orderOf(step: number): BatchOrder {
    const { epoch, samples } = plan.of(step);
    const places = Array.from(samples, (sample) => ({
      sample,
      place: images.place(sample),
      label: images.knownLabel(sample),
      name: images.name(sample),
    }));
    const skipBad = onBad === "skip";
    return { samples: places, seed, epoch, size, classes: images.classes, augmentation, skipBad, cache };
  }

  function start(step: number): Made {
    const thread = threads.reduce((a, b) => (b.busy < a.busy ? b : a));
    const cancel = new AbortController();
    thread.busy++;
    const made = thread.worker.call<MadeBatch>("batch", orderOf(step), cancel.signal).finally(() => thread.busy--);
    made.then(
      (batch) => {
        done.images += batch.samples.length;
        done.workMs += batch.tookMs;
        for (const { sample, reason } of batch.bad) bad.set(sample, reason ?? bad.get(sample) ?? "met before");
      },
      () => {}, // told to who asks for the batch
    );
    const work = { made, cancel };
    inWork.set(step, work);
    return work;
  }

  return {
    count: images.count,
    classes: images.classes,
    stepsPerEpoch: plan.stepsPerEpoch,
    async batch(step) {
      if (isClosed) throw new ArcfaceError("CLOSED", "loader: used after it was disposed");
      throwIfCancelled(signal, "loader");
      const { epoch } = plan.of(step);
      for (const [other, { cancel }] of inWork) {
        if (other >= step && other <= step + ahead) continue;
        cancel.abort();
        inWork.delete(other);
      }
      const { made } = inWork.get(step) ?? start(step);
      for (let next = step + 1; next <= step + ahead && next < steps; next++) if (!inWork.has(next)) start(next);
      const asked = performance.now();
      try {
        const { images: pixels, labels, samples } = await made;
        throwIfCancelled(signal, "loader");
        return { images: pixels, labels, samples, epoch };
      } finally {
        done.waitMs += performance.now() - asked;
        inWork.delete(step);
      }
    },
    report: () => ({ ...done, rate: (1000 * workers * done.images) / done.workMs, bad, leftOut: options.unusable }),
    async [Symbol.asyncDispose]() {
      isClosed = true;
      signal?.removeEventListener("abort", onAbort);
      await Promise.all(threads.map(({ worker }) => worker[Symbol.asyncDispose]()));
      if (typeof data === "string") await images[Symbol.asyncDispose]();
    },
  };
}

function defaultWorkers(): number {
  return Math.max(1, Math.min(4, availableParallelism() - 1));
}
