import type { Match } from "./exact-index.ts";
import type { Questions } from "./int8-scan.ts";
import type { Int8Table } from "./int8-table.ts";
import { type Contenders, Nearest } from "./nearest.ts";
import { rank } from "./rank.ts";
import type { EmbeddingsOf } from "./similarities.ts";

export type Question = {
  /** L2-normalised. */
  readonly probe: Float32Array;
  readonly limit: number;
  resolve(matches: Match[]): void;
};

/**
 * Answer questions together.
 *
 * @param scan one reading of the rows.
 */
export async function answer(
  asked: readonly Question[],
  table: Int8Table,
  embeddings: EmbeddingsOf,
  scan: (questions: Questions) => Promise<Contenders[][]>,
): Promise<void> {
  const dimension = asked[0]!.probe.length;
  const probes = new Float32Array(asked.length * dimension);
  asked.forEach(({ probe }, j) => {
    probes.set(probe, j * dimension);
  });
  const found = await scan({ probes, limits: asked.map(({ limit }) => limit), rows: table.rows });
  const again: Question[] = [];
  for (const [j, one] of asked.entries()) {
    const nearest = new Nearest(one.limit);
    for (const ofThread of found) nearest.addAll(ofThread[j]!);
    const matches = await rank(one.probe, one.limit, nearest.contenders(), table, embeddings);
    if (matches) one.resolve(matches);
    else again.push(one);
  }
  // Templates that are gone have made way for nobody: the rows are read again, without them.
  if (again.length > 0) await answer(again, table, embeddings, scan);
}
