import { startWorker, type WorkerThread } from "../host/worker/start-worker.node.ts";
import type { RecognizerModels } from "../recognize/compose.node.ts";
import type { EmbeddedPhotographs, FacesOptions } from "./embed-photographs.ts";
import type { EmbedArgument, OpenArgument } from "./photograph-worker.node.ts";
import type { BulkPlan } from "./plan.ts";

/** Photographs → embeddings in threads; calls may overlap. */
export interface PhotographPool extends AsyncDisposable {
  /** Fingerprints of what embeddings depend on. */
  readonly recognizer: string;
  /** `null` where photographs are aligned crops. */
  readonly detector: string | null;
  /** Numbers in an embedding. */
  readonly size: number;
  /** Calls that keep every thread at work: two a thread, so that none waits for the next. */
  readonly concurrency: number;
  /** @param paths files. See embedPhotographs. */
  embed(paths: readonly string[], options: FacesOptions, signal?: AbortSignal): Promise<EmbeddedPhotographs>;
}

const ENTRY = new URL("./photograph-worker.node.ts", import.meta.url);

/**
 * Start the threads, each with networks of its own: ONNX Runtime computes on the thread that asks it to.
 *
 * @throws {ArcfaceError} as loadRecognizer.
 */
export async function openPhotographPool(
  { loaded, recognizer, detector }: RecognizerModels,
  { workers, threads, batch }: BulkPlan,
): Promise<PhotographPool> {
  const argument: OpenArgument = {
    models: [...loaded.values()],
    recognizer: recognizer.slug,
    detector: detector?.slug ?? null,
    threads,
    batch,
  };
  const slots = Array.from({ length: workers }, () => ({ worker: startWorker(ENTRY, recognizer.slug), busy: 0 }));
  const dispose = async (): Promise<void> => {
    await Promise.all(slots.map(({ worker }) => worker[Symbol.asyncDispose]()));
  };
  const opened = await Promise.allSettled(slots.map(({ worker }) => open(worker, argument)));
  const failed = opened.find((one) => one.status === "rejected");
  if (failed) {
    await dispose();
    throw failed.reason;
  }
  return {
    recognizer: recognizer.fingerprint,
    detector: detector?.fingerprint ?? null,
    size: (opened[0] as PromiseFulfilledResult<{ size: number }>).value.size,
    concurrency: 2 * workers,
    async embed(paths, options, signal) {
      const slot = slots.reduce((a, b) => (b.busy < a.busy ? b : a));
      slot.busy++;
      try {
        return await slot.worker.call<EmbeddedPhotographs>("embed", { paths, options } satisfies EmbedArgument, signal);
      } finally {
        slot.busy--;
      }
    },
    [Symbol.asyncDispose]: dispose,
  };
}

function open(worker: WorkerThread, argument: OpenArgument): Promise<{ size: number }> {
  return worker.call("open", argument);
}
