import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { ArcfaceError, throwIfCancelled } from "../../errors.ts";
import { fileError } from "../../file-error.node.ts";
import type { EmbeddedPhotographs, Found } from "../embed-photographs.ts";
import type { PhotographPool } from "../photograph-pool.node.ts";

export type FakePool = PhotographPool & { readonly embedded: string[] };

/**
 * Photographs whose files say in text how many faces they show, and a number that their embeddings are made of: "2 17".
 * Anything else is damaged.
 *
 * @param ms how long a call takes, on average.
 */
export function fakePool({ recognizer = "fake@1", ms = 0 }: { recognizer?: string; ms?: number } = {}): FakePool {
  const embedded: string[] = [];
  return {
    embedded,
    recognizer,
    detector: "fake-detector",
    size: 4,
    concurrency: 3,
    async embed(paths, _, signal): Promise<EmbeddedPhotographs> {
      throwIfCancelled(signal, "embed");
      await delay(2 * ms * Math.random());
      const found: Found[] = [];
      const rows: number[] = [];
      for (const path of paths) {
        embedded.push(path);
        const one = await lookAt(path);
        found.push(one);
        if ("faces" in one) for (const { score } of one.faces) rows.push(score, score + 1, score + 2, score + 3);
      }
      return { found, rows: Float32Array.from(rows) };
    },
    async [Symbol.asyncDispose]() {},
  };
}

async function lookAt(path: string): Promise<Found> {
  try {
    const text = await readFile(path, "utf8").catch((error: unknown) => {
      throw fileError(error, path, "reading a file");
    });
    const [, count, number] = /^(\d+) (\d+)$/.exec(text) ?? [];
    if (count === undefined) throw new ArcfaceError("UNSUPPORTED_FORMAT", `${path}: damaged`);
    if (count === "0") return { missed: { code: "NO_FACE", why: `${path}: no face found` } };
    const landmarks = [
      [1, 1],
      [2, 1],
      [1.5, 2],
      [1, 3],
      [2, 3],
    ] as const;
    const face = (i: number) => ({ box: [0, 0, 4, 4] as const, score: Number(number) + i / 10, landmarks });
    return { faces: Array.from({ length: Number(count) }, (_, i) => face(i)) };
  } catch (error) {
    if (!(error instanceof ArcfaceError)) throw error;
    return { missed: { code: error.code, why: error.message } };
  }
}
