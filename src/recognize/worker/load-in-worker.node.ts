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
  const loading = Array.from({ length: count }, () => loadDetectorInWorker(parts, detector));
  const settled = await Promise.allSettled(loading);
  const detectors = settled.flatMap((one) => (one.status === "fulfilled" ? [{ detector: one.value, busy: 0 }] : []));
  const dispose = async () => {
    await Promise.all(detectors.map((one) => one.detector[Symbol.asyncDispose]()));
  };
  const failed = settled.find((one) => one.status === "rejected");
  if (failed) {
    await dispose();
    throw failed.reason;
  }
  return {
    name: detectors[0]!.detector.name,
    async detect(image, options) {
      const idlest = detectors.reduce((a, b) => (b.busy < a.busy ? b : a));
      idlest.busy++;
      try {
        return await idlest.detector.detect(image, options);
      } finally {
        idlest.busy--;
      }
    },
    [Symbol.asyncDispose]: dispose,
  };
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
