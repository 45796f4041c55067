import { createExactIndex, type ExactIndex, type IndexedTemplate, type Match } from "./exact-index.ts";
import { createInt8Index, type Int8Index, type SearchOptions } from "./int8-index.ts";
import type { ScanEngine } from "./scan-engine.ts";
import type { EmbeddingsOf } from "./similarities.ts";

/** Templates from which on int8 in threads is quicker than a plain scan, with the start of the threads (bench/search.ts). */
const LARGE = 20_000;

export interface GrowingIndex extends Int8Index {
  readonly isLarge: boolean;
}

export type GrowingIndexOptions = {
  /** What reads a large index; as a rule this thread. */
  readonly createEngine?: (() => ScanEngine) | undefined;
  /** From so many templates on it is large. */
  readonly largeFrom?: number | undefined;
};

/**
 * An index that holds few templates as they are and many as int8. Answers are the same.
 *
 * @param embeddings asked for where the index is large and does not hold them.
 */
export function createGrowingIndex(
  dimension: number,
  embeddings: EmbeddingsOf,
  { createEngine, largeFrom = LARGE }: GrowingIndexOptions = {},
): GrowingIndex {
  const small: ExactIndex = createExactIndex(dimension);
  let large: Int8Index | null = null;
  // One change after another; a search beside them finds the one index or the other, whole.
  let changes: Promise<unknown> = Promise.resolve();
  function inTurn(change: () => Promise<void>): Promise<void> {
    const mine = changes.then(change);
    changes = mine.catch(() => {});
    return mine;
  }

  const newLarge = (): Int8Index => createInt8Index(dimension, embeddings, { engine: createEngine?.() });

  return {
    dimension,

    get isLarge(): boolean {
      return large !== null;
    },

    get size(): number {
      return large?.size ?? small.size;
    },

    add: (templates: readonly IndexedTemplate[]) =>
      inTurn(async () => {
        if (large) return large.add(templates);
        small.add(templates);
        if (small.size < largeFrom) return;
        const grown = newLarge();
        await grown.add([...small.templates()]);
        large = grown;
        small.keepPeople(() => false);
      }),

    keepPeople: (isKept: (personId: number) => boolean) =>
      inTurn(async () => {
        if (large) return large.keepPeople(isKept);
        small.keepPeople(isKept);
      }),

    async search(embedding: Float32Array, options: SearchOptions = {}): Promise<Match[]> {
      return large ? large.search(embedding, options) : small.search(embedding, options);
    },

    async keep(write) {
      await large?.keep(write);
    },

    restore: (...kept) =>
      inTurn(async () => {
        large = newLarge();
        await large.restore(...kept);
      }),

    isTrue: async () => large?.isTrue() ?? true,

    async [Symbol.asyncDispose]() {
      await changes;
      await large?.[Symbol.asyncDispose]();
    },
  };
}
