import { availableParallelism } from "node:os";
import type { FaceDetector } from "../detect/face-detector.ts";
import { createNodeHost } from "../host/host.node.ts";
import { startWorker, type WorkerThread } from "../host/worker/start-worker.node.ts";
import {
  type DetectorChoice,
  loadRecognizerModels,
  type ModelChoice,
  type NodeOptions,
} from "../recognize/compose.node.ts";
import type { Embedder } from "../recognize/embedder.ts";
import type { Card } from "../zoo/cards/card.ts";
import { embedPicture, type Picture } from "./embed-picture.ts";
import type { EvaluatedModel } from "./evaluation.ts";
import type { OpenArgument } from "./picture-worker.node.ts";

/** Pictures → raw embeddings; calls may overlap. */
export interface PictureEmbedder extends AsyncDisposable {
  readonly recognizer: EvaluatedModel;
  /** `null` where it has none: pictures must then say where the face is. */
  readonly detector: EvaluatedModel | null;
  /** How many pictures it works on side by side. */
  readonly threads: number;
  /** See embedPicture. */
  embed(picture: Picture, options: { flip: boolean; signal?: AbortSignal | undefined }): Promise<Float32Array | null>;
}

export type PictureEmbedderOptions = NodeOptions &
  ModelChoice &
  DetectorChoice & {
    /** Without: every picture says where its face is. */
    readonly withDetector: boolean;
    /** Threads, each with networks of its own. Default: as many as there are cores, 8 at most. */
    readonly workers?: number;
  };

const ENTRY = new URL("./picture-worker.node.ts", import.meta.url);
const MOST_WORKERS = 8;

/**
 * Networks in threads of their own: ONNX Runtime computes on the thread that asks it to. The threads are started by the first
 * picture, so that a run that finds everything in a cache starts none.
 *
 * @throws {ArcfaceError} as loadRecognizer.
 */
export async function openPictureEmbedder(options: PictureEmbedderOptions): Promise<PictureEmbedder> {
  const { withDetector, workers = Math.min(MOST_WORKERS, availableParallelism()), ...choice } = options;
  const { loaded, recognizer, detector } = await loadRecognizerModels(choice, { withDetector });
  const argument: OpenArgument = {
    models: [...loaded.values()],
    recognizer: recognizer.slug,
    detector: detector?.slug ?? null,
    threads: choice.threads ?? 1,
  };
  const fact = ({ slug, fingerprint }: { slug: string; fingerprint: string }): EvaluatedModel => ({
    name: slug,
    fingerprint,
    licence: licenceOf(loaded.get(slug)!.card),
  });
  const slots: { worker: Promise<WorkerThread>; busy: number }[] = [];

  function idlest(): { worker: Promise<WorkerThread>; busy: number } {
    const idle = slots.find(({ busy }) => busy === 0);
    if (idle) return idle;
    if (slots.length < workers) {
      const slot = { worker: start(argument), busy: 0 };
      slots.push(slot);
      return slot;
    }
    return slots.reduce((a, b) => (b.busy < a.busy ? b : a));
  }

  return {
    recognizer: fact(recognizer),
    detector: detector && fact(detector),
    threads: workers,
    async embed(picture, { flip, signal }) {
      const slot = idlest();
      slot.busy++;
      try {
        return await (await slot.worker).call<Float32Array | null>("embed", { picture, flip }, signal);
      } finally {
        slot.busy--;
      }
    },
    async [Symbol.asyncDispose]() {
      const started = await Promise.allSettled(slots.map(({ worker }) => worker));
      const running = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      await Promise.all(running.map((worker) => worker[Symbol.asyncDispose]()));
    },
  };
}

/** A recogniser that is open already, for crops, or with a detector for photographs, too; both stay their owner's. */
export function pictureEmbedderOf(embedder: Embedder, detector: FaceDetector | null = null): PictureEmbedder {
  const { codec } = createNodeHost();
  return {
    recognizer: { name: embedder.name, fingerprint: embedder.fingerprint, licence: null },
    detector: null,
    threads: 1,
    embed: (picture, options) => embedPicture({ codec, embedder, detector }, picture, options),
    async [Symbol.asyncDispose]() {},
  };
}

async function start(argument: OpenArgument): Promise<WorkerThread> {
  const worker = startWorker(ENTRY, argument.recognizer);
  try {
    await worker.call("open", argument);
    return worker;
  } catch (error) {
    await worker[Symbol.asyncDispose]();
    throw error;
  }
}

function licenceOf({ licence }: Card): EvaluatedModel["licence"] {
  return { name: licence.name, commercial: licence.commercial };
}
