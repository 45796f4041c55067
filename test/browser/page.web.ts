/** What the tests' page can do; a test calls it through `page.evaluate`, so everything it takes and gives is JSON. */
import {
  type ArcfaceError,
  type CameraOptions,
  createImage,
  createWebHost,
  type Face,
  type FrameStream,
  type Image,
  loadDetector,
  loadEmbedder,
  loadRecognizer,
  type ModelProgress,
  openCamera,
  openVideo,
  type Recognizer,
  type WebOptions,
  type WebVideoOptions,
} from "arcface-ts/web";
import { watchTracks } from "./camera-tracks.web.ts";
import type { PageError, PageFace, PageFrame, PageImage, PageStream, ReadPlan } from "./page-types.ts";

let recognizer: Recognizer | null = null;

async function fetchBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await fetch(path)).arrayBuffer());
}

/** An image that the server has as bare RGB. */
async function fetchPixels(path: string, width: number, height: number): Promise<Image> {
  return createImage(width, height, await fetchBytes(path));
}

const plainImage = ({ width, height, data }: Image): PageImage => ({ width, height, data: [...data] });

async function look(image: Image | string): Promise<PageFace[]> {
  return (await recognizer!.embed(image)).map(({ box, landmarks, score, embedding }: Face) => ({
    box,
    landmarks,
    score,
    embedding: [...embedding],
  }));
}

async function read(stream: FrameStream, plan: ReadPlan): Promise<Omit<PageStream, "tracks">> {
  const frames: PageFrame[] = [];
  await using _ = stream;
  for await (const { image, sequence, timestampMs } of stream) {
    const faces = plan.look ? await look(image) : [];
    frames.push({ sequence, timestampMs, faces, image: plan.look ? plainImage(image) : null });
    if (frames.length === plan.frames) break;
    await new Promise((resolve) => setTimeout(resolve, plan.busyMs ?? 0));
  }
  const { width, height, fps, live, name, dropped } = stream;
  return { width, height, fps, live, name, dropped, frames };
}

const api = {
  /** @returns what it told of its progress. */
  async load(options: WebOptions): Promise<ModelProgress[]> {
    await recognizer?.[Symbol.asyncDispose]();
    recognizer = null;
    const progress: ModelProgress[] = [];
    recognizer = await loadRecognizer({ ...options, onProgress: (told) => progress.push(told) });
    return progress;
  },

  /** Changes its mind at the first progress. */
  async loadAndCancel(): Promise<void> {
    const controller = new AbortController();
    await loadEmbedder({ signal: controller.signal, onProgress: () => controller.abort() });
  },

  async loadDetectorAlone(): Promise<void> {
    await using _ = await loadDetector();
  },

  fingerprint: (): string => recognizer!.fingerprint,

  /** Names in Cache Storage. */
  async kept(): Promise<string[]> {
    const cache = await caches.open("arcface-models");
    return (await cache.keys()).map(({ url }) => new URL(url).pathname);
  },

  async spoilKept(path: string): Promise<void> {
    await (await caches.open("arcface-models")).put(path, new Response("other bytes"));
  },

  embed: (path: string): Promise<PageFace[]> => look(path),

  async embedPixels(path: string, width: number, height: number): Promise<PageFace[]> {
    return look(await fetchPixels(path, width, height));
  },

  /** Several at once, of one host. */
  async embedAtOnce(path: string, times: number): Promise<PageFace[][]> {
    return Promise.all(Array.from({ length: times }, () => look(path)));
  },

  async decode(path: string, options: { maxPixels?: number } = {}): Promise<PageImage> {
    return plainImage(await createWebHost().codec.decode(await fetchBytes(path), path, options));
  },

  async decodedSha256(path: string): Promise<string> {
    const { data } = await createWebHost().codec.decode(await fetchBytes(path), path);
    const digest = await crypto.subtle.digest("SHA-256", data as Uint8Array<ArrayBuffer>);
    return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  },

  async encode(path: string, width: number, height: number, format: "jpeg" | "png"): Promise<number[]> {
    return [...(await createWebHost().codec.encode(await fetchPixels(path, width, height), format))];
  },

  async camera(options: CameraOptions, plan: ReadPlan): Promise<PageStream> {
    const tracks = watchTracks();
    const stream = await read(await openCamera(options), plan);
    return { ...stream, tracks: tracks.map(({ readyState }) => readyState) };
  },

  async openCameraAlone(): Promise<void> {
    await using _ = await openCamera();
  },

  async cancelledCamera(): Promise<void> {
    const controller = new AbortController();
    const stream = await openCamera({ signal: controller.signal });
    for await (const _ of stream) controller.abort();
  },

  /** As a person chooses a file. */
  async video(path: string, options: WebVideoOptions, plan: ReadPlan): Promise<PageStream> {
    const file = new File([await fetchBytes(path)], path);
    return { ...(await read(await openVideo(file, options), plan)), tracks: [] };
  },

  /** What it refuses with, or null where it does not. */
  async refusal(name: string, ...args: unknown[]): Promise<PageError | null> {
    try {
      await (api[name] as (...args: unknown[]) => unknown)(...args);
      return null;
    } catch (error) {
      const { code, message, hint } = error as ArcfaceError;
      return { code: code ?? "none", message, hint };
    }
  },
} as Record<string, unknown>;

Object.assign(globalThis, { api });
