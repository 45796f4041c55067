import { ArcfaceError, expected } from "../errors.ts";
import { l2Normalize } from "../tensor/vector.ts";
import { CallSignals } from "./call-signals.ts";
import type { IndexedTemplate, Match } from "./exact-index.ts";
import { answer, type Question } from "./int8-answer.ts";
import { int8Layout, MOST_QUERIES } from "./int8-layout.ts";
import { createInt8Table, type Int8Table, isTrue, type TableParts } from "./int8-table.ts";
import { checkEmbedding } from "./rules.ts";
import { createOwnThreadEngine, type ScanEngine } from "./scan-engine.ts";
import type { EmbeddingsOf } from "./similarities.ts";

export type SearchOptions = {
  /** People at most. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
};

/**
 * Templates as int8 in memory, a quarter of their size, and the same answers as an `ExactIndex`: what int8 says of a
 * similarity is known within bounds, whoever may be among the nearest is compared again by their own numbers, and who
 * may not is proven to be farther.
 *
 * Calls may overlap: a change waits for the searches before it; searches that wait are answered by one reading.
 */
export interface Int8Index extends AsyncDisposable {
  readonly dimension: number;
  readonly size: number;
  /** @throws {ArcfaceError} INVALID_ARGUMENT where an embedding is of another length, zero or not finite; then none is added. */
  add(templates: readonly IndexedTemplate[]): Promise<void>;
  /** Forget the templates of people who are not kept: their numbers are overwritten. */
  keepPeople(isKept: (personId: number) => boolean): Promise<void>;
  /**
   * See `ExactIndex.search`.
   *
   * @throws {ArcfaceError} INVALID_ARGUMENT; CANCELLED; CLOSED after disposal.
   */
  search(embedding: Float32Array, options?: SearchOptions): Promise<Match[]>;
  /**
   * Hand over what it consists of, to be written down. Searches go on meanwhile, changes wait.
   *
   * @internal
   */
  keep(write: (parts: TableParts) => Promise<void>): Promise<void>;
  /**
   * Become, empty as it is, what was written down.
   *
   * @internal
   */
  restore(...kept: Parameters<Int8Table["restore"]>): Promise<void>;
  /**
   * Whether templates, the newest among them, are what the embeddings say. Histories that part never meet again, so what
   * was kept of another gallery's, or of a backup's, is told by the newest.
   *
   * @internal
   */
  isTrue(): Promise<boolean>;
}

type Waiting = Question & { readonly signal: AbortSignal | undefined; reject(error: unknown): void };

export type Int8IndexOptions = {
  /** What reads the rows, as a rule the calling thread; the index owns it. */
  readonly engine?: ScanEngine | undefined;
  /** 64 KiB each, that a piece of memory may have; as a rule a GiB. */
  readonly maxPages?: number;
};

/**
 * @param dimension the length of every embedding.
 * @param embeddings where the templates' own numbers are.
 */
export function createInt8Index(
  dimension: number,
  embeddings: EmbeddingsOf,
  { engine = createOwnThreadEngine(), maxPages }: Int8IndexOptions = {},
): Int8Index {
  if (!Number.isInteger(dimension) || dimension < 1) {
    throw expected("int8 index", "a dimension of 1 or more", `${dimension}`);
  }
  const layout = int8Layout(dimension, { ...engine, ...(maxPages !== undefined && { maxPages }) });
  const table = createInt8Table(layout);
  let waiting: Waiting[] = [];
  let underWay: { readonly asked: readonly Waiting[]; readonly unwanted: AbortController } | null = null;
  let isClosed = false;
  let turn: Promise<unknown> = Promise.resolve();
  const signals = new CallSignals<Waiting>((calls) => {
    for (const { reject, signal } of calls) reject(cancelled(signal));
    if (underWay?.asked.every(({ signal }) => signal?.aborted)) underWay.unwanted.abort();
  });

  /** One after another: nothing changes while rows are read. */
  function inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    if (isClosed) return Promise.reject(closed());
    const mine = turn.then(work);
    turn = mine.catch(() => {});
    return mine;
  }

  let keeping: Promise<void> = Promise.resolve();
  function change(work: () => void | Promise<void>): Promise<void> {
    return inTurn(async () => {
      await keeping.catch(() => {});
      await work();
    });
  }

  async function answerWaiting(): Promise<void> {
    const wanted = waiting.filter(({ signal }) => !signal?.aborted);
    const asked = wanted.slice(0, MOST_QUERIES);
    waiting = wanted.slice(MOST_QUERIES);
    if (waiting.length > 0) void inTurn(answerWaiting);
    if (asked.length === 0) return;
    const unwanted = new AbortController();
    underWay = { asked, unwanted };
    try {
      await answer(asked, table, embeddings, (questions) =>
        engine.scan(layout, table.segments, questions, unwanted.signal),
      );
    } catch (error) {
      for (const { reject } of asked) reject(error);
    } finally {
      underWay = null;
    }
  }

  return {
    dimension,

    get size(): number {
      return table.size;
    },

    async add(templates) {
      for (const { embedding } of templates) checkEmbedding("int8 index", embedding, dimension);
      await change(() => table.add(templates));
    },

    keepPeople: (isKept) => change(() => table.keepPeople(isKept)),

    async keep(write) {
      await inTurn(() => {
        keeping = write(table.parts());
        // Its failure is the caller's to hear, of whom it stops no other.
        keeping.catch(() => {});
      });
      await keeping;
    },

    restore: (parts, fill) => change(() => table.restore(parts, fill)),

    isTrue: () => inTurn(() => isTrue(table, embeddings)),

    async search(embedding, { limit = 5, signal } = {}) {
      checkEmbedding("int8 index", embedding, dimension);
      if (!Number.isInteger(limit) || limit < 1) throw expected("int8 index", "a limit of 1 or more", `${limit}`);
      if (signal?.aborted) throw cancelled(signal);
      if (isClosed) throw closed();
      const probe = l2Normalize(embedding);
      return new Promise<Match[]>((resolve, reject) => {
        const one: Waiting = {
          probe,
          limit,
          signal,
          resolve(matches) {
            signals.delete(one);
            resolve(matches);
          },
          reject(error) {
            signals.delete(one);
            reject(error);
          },
        };
        signals.add(one);
        waiting.push(one);
        if (waiting.length === 1) void inTurn(answerWaiting);
      });
    },

    async [Symbol.asyncDispose]() {
      isClosed = true;
      for (const { reject } of waiting) reject(closed());
      waiting = [];
      await turn;
      await keeping.catch(() => {});
      await engine[Symbol.asyncDispose]();
    },
  };
}

function cancelled(signal: AbortSignal | undefined): ArcfaceError {
  return new ArcfaceError("CANCELLED", "int8 index: cancelled", { cause: signal?.reason });
}

function closed(): ArcfaceError {
  return new ArcfaceError("CLOSED", "int8 index: used after it was disposed");
}
