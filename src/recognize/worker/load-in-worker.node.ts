import { availableParallelism } from "node:os";
import type { FaceDetector } from "../../detect/face-detector.ts";
import { startWorker, type WorkerThread } from "../../host/worker/start-worker.node.ts";
import type { Card } from "../../zoo/cards/card.ts";
import type { Embedder } from "../embedder.ts";
import type { LoadParts } from "../load.ts";
import type { LoadedModel } from "../open-network.ts";
import type { EmbedderFacts } from "./face-worker.node.ts";

type Parts = Pick<LoadParts, "models" | "threads" | "signal">;

const ENTRY = new URL("./face-worker.node.ts", import.meta.url);

/** Images that a detector looks at side by side: as many as FaceDetection has under way, on a machine of two cores or more. */
const SIDE_BY_SIDE = Math.min(2, availableParallelism());

/**
 * A detector in threads of its own, one for each image that it looks at at once. The image is copied into the thread unless
 * its pixels lie in shared memory.
 *
 * @throws {ArcfaceError} as loadDetectorFrom.
 */
export async function loadDetectorInWorkers(
  parts: Parts,
  detector: string | Card,
  count: number = SIDE_BY_SIDE,
): Promise<FaceDetector> {
  const { first, call, dispose } = await sideBySide(count, sharing(parts, detector, loadDetectorInWorker));
  return {
    name: first.name,
    detect: (image, options) => call((one) => one.detect(image, options)),
    [Symbol.asyncDispose]: dispose,
  };
}

/** A recogniser in threads of its own, one for each call at once. @throws {ArcfaceError} as loadEmbedderFrom. */
export async function loadEmbedderInWorkers(
  parts: Parts,
  recognizer: string | Card,
  count: number = SIDE_BY_SIDE,
): Promise<Embedder> {
  const { first, call, dispose } = await sideBySide(count, sharing(parts, recognizer, loadEmbedderInWorker));
  return {
    ...first,
    embed: (crops, options) => call((one) => one.embed(crops, options)),
    [Symbol.asyncDispose]: dispose,
  };
}

/** Threads of one model fetch and prepare it once: each for itself, they would wait for one another's lock on the cache. */
function sharing<One>(
  parts: Parts,
  wanted: string | Card,
  loadOne: (parts: Parts, wanted: string | Card) => Promise<One>,
): () => Promise<One> {
  const { models, signal } = parts;
  const ensured = models.ensure([wanted], signal ? { signal } : {});
  return () => loadOne({ ...parts, models: { ensure: () => ensured } }, wanted);
}

/** Several of one kind; a call goes to the one with least to do. Where one cannot be loaded, none is left. */
async function sideBySide<One extends AsyncDisposable>(count: number, load: () => Promise<One>) {
  const settled = await Promise.allSettled(Array.from({ length: count }, load));
  const all = settled.flatMap((one) => (one.status === "fulfilled" ? [{ one: one.value, busy: 0 }] : []));
  const dispose = async (): Promise<void> => {
    await Promise.all(all.map(({ one }) => one[Symbol.asyncDispose]()));
  };
  const failed = settled.find((one) => one.status === "rejected");
  if (failed) {
    await dispose();
    throw failed.reason;
  }
  async function call<Result>(work: (one: One) => Promise<Result>): Promise<Result> {
    const idlest = all.reduce((a, b) => (b.busy < a.busy ? b : a));
    idlest.busy++;
    try {
      return await work(idlest.one);
    } finally {
      idlest.busy--;
    }
  }
  return { first: all[0]!.one, call, dispose };
}

async function loadDetectorInWorker(parts: Parts, detector: string | Card): Promise<FaceDetector> {
  const { worker, facts } = await load<Pick<FaceDetector, "name">>("loadDetector", parts, detector);
  return {
    ...facts,
    detect(image, { signal, ...options } = {}) {
      return worker.call("detect", { image, options }, signal);
    },
    [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose](),
  };
}

/** A recogniser in a thread of its own. @throws {ArcfaceError} as loadEmbedderFrom. */
export async function loadEmbedderInWorker(parts: Parts, recognizer: string | Card): Promise<Embedder> {
  const { worker, facts } = await load<EmbedderFacts>("loadEmbedder", parts, recognizer);
  return {
    ...facts,
    embed(crops, { signal, ...options } = {}) {
      return worker.call("embed", { crops, options }, signal);
    },
    [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose](),
  };
}

async function load<Facts>(
  call: string,
  { models, threads = 1, signal }: Parts,
  wanted: string | Card,
): Promise<{ worker: WorkerThread; facts: Facts }> {
  const slug = typeof wanted === "string" ? wanted : wanted.slug;
  const loaded = await models.ensure([wanted], signal ? { signal } : {});
  const worker = startWorker(ENTRY, slug);
  try {
    const facts = await worker.call<Facts>(call, { models: firstOf(loaded, slug), threads }, signal);
    return { worker, facts };
  } catch (error) {
    await worker[Symbol.asyncDispose]();
    throw error;
  }
}

/** The one of that name first, its stages after it. */
function firstOf(loaded: ReadonlyMap<string, LoadedModel>, slug: string): LoadedModel[] {
  const { [slug]: first, ...others } = Object.fromEntries(loaded);
  return [first!, ...Object.values(others)];
}
