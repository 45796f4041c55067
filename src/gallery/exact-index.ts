import { expected } from "../errors.ts";
import { l2Norm, l2Normalize } from "../tensor/vector.ts";
import { dotRows } from "./dot-rows.ts";
import { checkEmbedding } from "./rules.ts";
import { clampCosine } from "./similarities.ts";
import type { Template } from "./store.ts";

/** The template of a person that is nearest to the probe. */
export type Match = {
  readonly personId: number;
  readonly templateId: number;
  /** Cosine, −1…1. */
  readonly similarity: number;
};

export type IndexedTemplate = Pick<Template, "id" | "personId" | "embedding">;

/** Templates in memory, searched one by one: nothing is ever missed, which is what makes error rates true. */
export interface ExactIndex {
  readonly size: number;
  /** @throws {ArcfaceError} INVALID_ARGUMENT where an embedding is of another length, zero or not finite. */
  add(templates: readonly IndexedTemplate[]): void;
  /**
   * The people nearest to an embedding, best first, each once, with their best template; of equals the one with the
   * lower template id.
   *
   * @param embedding of any length but zero: only its direction counts.
   * @throws {ArcfaceError} INVALID_ARGUMENT.
   */
  search(embedding: Float32Array, options?: { readonly limit?: number }): Match[];
  /** Forget the templates of people who are not kept: their numbers are overwritten. */
  keepPeople(isKept: (personId: number) => boolean): void;
  /** What was added, embeddings L2-normalised; they are the index's own memory. */
  templates(): Generator<IndexedTemplate>;
}

/** Templates a block: 8 MB at 512 numbers each, so growing copies nothing. */
const BLOCK = 4096;

/** Beyond so many answers sorting everybody is quicker than keeping a short list sorted. */
const MANY = 64;

/** @param dimension the length of every embedding. */
export function createExactIndex(dimension: number): ExactIndex {
  if (!Number.isInteger(dimension) || dimension < 1) {
    throw expected("exact index", "a dimension of 1 or more", `${dimension}`);
  }
  const blocks: Float32Array[] = [];
  let templateIds: number[] = [];
  /** By template: where in `personIds` its person stands. */
  let slots: number[] = [];
  let personIds: number[] = [];
  let slotOf = new Map<number, number>();

  function rowOf(i: number): Float32Array {
    const at = (i % BLOCK) * dimension;
    return blocks[Math.floor(i / BLOCK)]!.subarray(at, at + dimension);
  }

  function slotFor(personId: number): number {
    const slot = slotOf.get(personId) ?? personIds.push(personId) - 1;
    slotOf.set(personId, slot);
    return slot;
  }

  return {
    get size(): number {
      return templateIds.length;
    },

    add(templates: readonly IndexedTemplate[]): void {
      for (const { embedding } of templates) checkEmbedding("exact index", embedding, dimension);
      for (const { id, personId, embedding } of templates) {
        const row = templateIds.length % BLOCK;
        if (row === 0) blocks.push(new Float32Array(BLOCK * dimension));
        const block = blocks.at(-1)!;
        const norm = l2Norm(embedding);
        for (let i = 0; i < dimension; i++) block[row * dimension + i] = embedding[i]! / norm;
        templateIds.push(id);
        slots.push(slotFor(personId));
      }
    },

    keepPeople(isKept: (personId: number) => boolean): void {
      const before = [...templateIds.keys()].map((i) => ({ id: templateIds[i]!, personId: personIds[slots[i]!]! }));
      [templateIds, slots, personIds, slotOf] = [[], [], [], new Map()];
      for (const [i, { id, personId }] of before.entries()) {
        if (!isKept(personId)) continue;
        rowOf(templateIds.length).set(rowOf(i));
        templateIds.push(id);
        slots.push(slotFor(personId));
      }
      for (let i = templateIds.length; i < before.length; i++) rowOf(i).fill(0);
      blocks.length = Math.ceil(templateIds.length / BLOCK);
    },

    *templates(): Generator<IndexedTemplate> {
      for (const [i, id] of templateIds.entries()) yield { id, personId: personIds[slots[i]!]!, embedding: rowOf(i) };
    },

    search(embedding: Float32Array, { limit = 5 }: { readonly limit?: number } = {}): Match[] {
      checkEmbedding("exact index", embedding, dimension);
      if (!Number.isInteger(limit) || limit < 1) throw expected("exact index", "a limit of 1 or more", `${limit}`);
      const probe = Float64Array.from(l2Normalize(embedding));
      const best = new Float64Array(personIds.length).fill(-Infinity);
      const bestTemplate = new Float64Array(personIds.length);
      const similarities = new Float64Array(BLOCK);
      blocks.forEach((block, b) => {
        const first = b * BLOCK;
        const rows = Math.min(BLOCK, templateIds.length - first);
        dotRows(block, rows, probe, similarities);
        for (let row = 0; row < rows; row++) {
          const slot = slots[first + row]!;
          const similarity = similarities[row]!;
          const id = templateIds[first + row]!;
          if (similarity > best[slot]! || (similarity === best[slot] && id < bestTemplate[slot]!)) {
            best[slot] = similarity;
            bestTemplate[slot] = id;
          }
        }
      });
      return largest(best, bestTemplate, limit).map((slot) => ({
        personId: personIds[slot]!,
        templateId: bestTemplate[slot]!,
        similarity: clampCosine(best[slot]!),
      }));
    },
  };
}

/** The slots of the `limit` largest values, largest first. */
function largest(values: Float64Array, tieBreak: Float64Array, limit: number): number[] {
  const before = (a: number, b: number): number => values[b]! - values[a]! || tieBreak[a]! - tieBreak[b]!;
  if (limit > MANY) return [...values.keys()].sort(before).slice(0, limit);
  const top: number[] = [];
  for (let slot = 0; slot < values.length; slot++) {
    if (top.length === limit && before(slot, top.at(-1)!) > 0) continue;
    let at = top.length;
    while (at > 0 && before(slot, top[at - 1]!) < 0) at--;
    top.splice(at, 0, slot);
    if (top.length > limit) top.pop();
  }
  return top;
}
