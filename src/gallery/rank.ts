import type { Match } from "./exact-index.ts";
import type { Int8Table } from "./int8-table.ts";
import type { Contenders } from "./nearest.ts";
import { clampCosine, type EmbeddingsOf, similaritiesOf } from "./similarities.ts";

/** Contenders that are compared at first; then twice as many, and so on, until the rest cannot matter. */
const FIRST = 32;

/**
 * The people nearest to a probe, by the embeddings themselves: numbers and order are `ExactIndex.search`'s.
 *
 * @param contenders best upper bound first.
 * @returns `null` where a template was gone, which the table then knows: who comes in its place was not looked for.
 */
export async function rank(
  probe: Float32Array,
  limit: number,
  contenders: Contenders,
  table: Int8Table,
  embeddings: EmbeddingsOf,
): Promise<Match[] | null> {
  const best = new Map<number, Match>();
  let areGone = false;
  let ranked: Match[] = [];
  for (let from = 0, count = FIRST; from < contenders.rows.length; from += count, count *= 2) {
    const last = ranked[limit - 1];
    if (last && contenders.uppers[from]! < last.similarity) break;
    const rows = [...contenders.rows.subarray(from, from + count)];
    const found = await embeddings(rows.map((row) => table.templateId(row)));
    const similarities = similaritiesOf(probe, found);
    rows.forEach((row, i) => {
      if (!found[i]) {
        table.remove(row);
        areGone = true;
        return;
      }
      const [personId, templateId, similarity] = [table.personId(row), table.templateId(row), similarities[i]!];
      const before = best.get(personId);
      if (!before || isBefore({ templateId, similarity }, before))
        best.set(personId, { personId, templateId, similarity });
    });
    if (areGone) return null;
    ranked = [...best.values()].sort((a, b) => (isBefore(a, b) ? -1 : 1)).slice(0, limit);
  }
  return ranked.map((match) => ({ ...match, similarity: clampCosine(match.similarity) }));
}

function isBefore(a: Omit<Match, "personId">, b: Omit<Match, "personId">): boolean {
  return a.similarity > b.similarity || (a.similarity === b.similarity && a.templateId < b.templateId);
}
