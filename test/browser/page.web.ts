/** What the tests' page can do; a test calls it through `page.evaluate`, so everything it takes and gives is JSON. */
import {
  type ArcfaceError,
  createImage,
  createWebHost,
  type Face,
  type Image,
  loadRecognizer,
  type ModelProgress,
  type Recognizer,
  type WebOptions,
} from "arcface-ts/web";

export type PageFace = Pick<Face, "box" | "landmarks" | "score"> & { readonly embedding: number[] };
export type Refusal = { readonly code: string; readonly message: string; readonly hint: string | undefined };

let recognizer: Recognizer | null = null;

const plain = ({ box, landmarks, score, embedding }: Face): PageFace => ({
  box,
  landmarks,
  score,
  embedding: [...embedding],
});

async function fetchBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await fetch(path)).arrayBuffer());
}

/** An image that the server has as bare RGB. */
async function fetchPixels(path: string, width: number, height: number): Promise<Image> {
  return createImage(width, height, await fetchBytes(path));
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

  fingerprint: () => recognizer!.fingerprint,

  async embed(path: string): Promise<PageFace[]> {
    return (await recognizer!.embed(path)).map(plain);
  },

  async embedPixels(path: string, width: number, height: number): Promise<PageFace[]> {
    return (await recognizer!.embed(await fetchPixels(path, width, height))).map(plain);
  },

  async decode(
    path: string,
    options: { maxPixels?: number } = {},
  ): Promise<{ width: number; height: number; data: number[] }> {
    const { width, height, data } = await createWebHost().codec.decode(await fetchBytes(path), path, options);
    return { width, height, data: [...data] };
  },

  async encode(path: string, width: number, height: number, format: "jpeg" | "png"): Promise<number[]> {
    return [...(await createWebHost().codec.encode(await fetchPixels(path, width, height), format))];
  },

  /** What it refuses with, or null where it does not. */
  async refusal(name: keyof typeof api, ...args: unknown[]): Promise<Refusal | null> {
    try {
      await (api[name] as (...args: unknown[]) => unknown)(...args);
      return null;
    } catch (error) {
      const { code, message, hint } = error as ArcfaceError;
      return { code: code ?? "none", message, hint };
    }
  },
};

export type PageApi = typeof api;

Object.assign(globalThis, { api });
