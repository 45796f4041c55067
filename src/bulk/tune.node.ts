import { availableParallelism } from "node:os";
import { throwIfCancelled } from "../errors.ts";
import { startWorker, type WorkerThread } from "../host/worker/start-worker.node.ts";
import type { RecognizerModels } from "../recognize/compose.node.ts";
import type { MeasureArgument, OpenArgument } from "./photograph-worker.node.ts";
import { type BulkPlan, bestOf, type MeasuredPlan, plansFor } from "./plan.ts";
import { rememberPlan } from "./remember-plan.node.ts";

export type TuneOptions = {
  /** Cores to share out. Default: all. */
  readonly cores?: number;
  /** Milliseconds in all, about; starting threads comes on top. Default 30 s. */
  readonly budgetMs?: number;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal?: AbortSignal | undefined;
};

export type Tuned = {
  readonly plan: BulkPlan;
  /** Every plan that was tried, in the order it was. */
  readonly measured: readonly MeasuredPlan[];
  /** Where the plan is remembered. */
  readonly file: string;
};

const ENTRY = new URL("./photograph-worker.node.ts", import.meta.url);
/** A cell of the table is measured no longer than this. */
const MOST_MS = 1500;

/**
 * Find the best split of this machine's cores for bulk work with these networks, and remember it: for them, this processor
 * and this runtime alone.
 *
 * @throws {ArcfaceError} CANCELLED; as openPhotographPool; NO_SPACE, IO where it cannot be remembered.
 */
export async function tuneMachine(models: RecognizerModels, options: TuneOptions = {}): Promise<Tuned> {
  const { cores = availableParallelism(), budgetMs = 30_000, onProgress, signal } = options;
  const card = models.loaded.get(models.recognizer.slug)!.card;
  const splits = plansFor(cores, card.kind === "recognizer" && card.embedding.batch === 1);
  const total = splits.reduce((sum, { batches }) => sum + batches.length + 1, 0);
  const ms = Math.min(MOST_MS, budgetMs / total);
  const measured: MeasuredPlan[] = [];
  let done = 0;
  onProgress?.({ done, total });
  for (const { workers, threads, batches } of splits) {
    const started = Array.from({ length: workers }, () => startWorker(ENTRY, models.recognizer.slug));
    try {
      await allOf(started, (worker) => worker.call("open", openArgument(models, threads, Math.max(...batches))));
      const rate = async (what: MeasureArgument["what"], batch: number): Promise<number> => {
        throwIfCancelled(signal, "tune");
        const argument: MeasureArgument = { what, batch, ms };
        const rates = await allOf(started, (worker) => worker.call<number>("measure", argument));
        onProgress?.({ done: ++done, total });
        return rates.reduce((a, b) => a + b, 0);
      };
      const photographs = models.detector === null ? Number.POSITIVE_INFINITY : await rate("detector", 1);
      for (const batch of batches) {
        const crops = await rate("recognizer", batch);
        measured.push({ workers, threads, batch, crops, photographs, faces: 1 / (1 / crops + 1 / photographs) });
      }
    } finally {
      await Promise.all(started.map((worker) => worker[Symbol.asyncDispose]()));
    }
  }
  const { workers, threads, batch } = bestOf(measured);
  const plan = { workers, threads, batch };
  return { plan, measured, file: await rememberPlan(models, plan) };
}

function openArgument(
  { loaded, recognizer, detector }: RecognizerModels,
  threads: number,
  batch: number,
): OpenArgument {
  const models = [...loaded.values()];
  return { models, recognizer: recognizer.slug, detector: detector?.slug ?? null, threads, batch };
}

/** Waits for all, also where one fails. */
async function allOf<T>(workers: readonly WorkerThread[], work: (worker: WorkerThread) => Promise<T>): Promise<T[]> {
  const settled = await Promise.allSettled(workers.map(work));
  return settled.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
}
