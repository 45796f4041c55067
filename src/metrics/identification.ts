import { expected } from "../errors.ts";
import { farSupport, type OperatingPoint } from "./roc.ts";

/**
 * What came of probes searched for in a gallery, one entry a probe; a person's score is that of their best template.
 * All that CMC and open-set rates need, whatever the size of the gallery.
 */
export type Searches = {
  /** The place of the probe's own person, 1 the best; those with an equal score stand before them. 0: not enrolled. */
  readonly rank: ArrayLike<number>;
  /** The score of the probe's own person; read where enrolled only. */
  readonly mate: ArrayLike<number>;
  /** The best score of all people but their own. */
  readonly rival: ArrayLike<number>;
};

export type IdentificationPoint = {
  readonly threshold: number;
  /** Probes of people who are not enrolled that get a name, 0–1. */
  readonly fpir: number;
  /** Probes of enrolled people that get their own name, 0–1. */
  readonly tpir: number;
};

/** Point 0 names nobody (threshold Infinity); then one for each distinct score at which something changes, falling. */
export type OpenSetCurve = {
  /** Probes of enrolled people, and of others. */
  readonly mated: number;
  readonly unmated: number;
  readonly thresholds: Float64Array;
  readonly fpir: Float64Array;
  readonly tpir: Float64Array;
};

/**
 * @param scores a row a probe, of one score for each person of the gallery.
 * @param truth the place of the probe's own person in the row; −1 where they are not enrolled.
 * @throws {ArcfaceError} INVALID_ARGUMENT where lengths differ, a place is outside, or a score is not finite.
 */
export function searchesOf(scores: readonly ArrayLike<number>[], truth: ArrayLike<number>): Searches {
  const where = "searches";
  if (truth.length !== scores.length) throw expected(where, `${scores.length} people, one a probe`, `${truth.length}`);
  const rank = new Int32Array(scores.length);
  const mate = new Float64Array(scores.length).fill(Number.NaN);
  const rival = new Float64Array(scores.length).fill(-Infinity);
  scores.forEach((row, probe) => {
    const own = truth[probe]!;
    if (!(Number.isInteger(own) && own >= -1 && own < row.length))
      throw expected(where, `a place below ${row.length} or −1 for probe ${probe}`, `${own}`);
    let before = 0;
    for (let person = 0; person < row.length; person++) {
      const score = row[person]!;
      if (!Number.isFinite(score)) throw expected(where, `a finite score for probe ${probe}`, `${score}`);
      if (person === own) continue;
      if (score > rival[probe]!) rival[probe] = score;
      if (own !== -1 && score >= row[own]!) before++;
    }
    if (own !== -1) {
      rank[probe] = before + 1;
      mate[probe] = row[own]!;
    }
  });
  return { rank, mate, rival };
}

/**
 * Cumulative match characteristic, closed set: entry n − 1 is the share of probes of enrolled people whose own person is
 * among the first n.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where no probe's person is enrolled, or `ranks` is no whole number from 1.
 */
export function cmc({ rank }: Pick<Searches, "rank">, ranks: number): Float64Array {
  if (!(Number.isInteger(ranks) && ranks >= 1)) throw expected("CMC", "ranks from 1", `${ranks}`);
  const counts = new Float64Array(ranks);
  let mated = 0;
  for (let i = 0; i < rank.length; i++) {
    if (rank[i] === 0) continue;
    mated++;
    if (rank[i]! <= ranks) counts[rank[i]! - 1]!++;
  }
  if (mated === 0) throw expected("CMC", "probes of enrolled people", "none");
  for (let i = 1; i < ranks; i++) counts[i]! += counts[i - 1]!;
  return counts.map((count) => count / mated);
}

/**
 * Open-set identification at every threshold: a probe gets the name of the best-scored person where that score **≥**
 * threshold. A probe of an enrolled person counts where the name is their own.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where probes of one kind are missing or a score is not finite.
 */
export function openSetCurve({ rank, mate, rival }: Searches): OpenSetCurve {
  const where = "open-set identification";
  const events: { readonly score: number; readonly right: boolean }[] = [];
  let mated = 0;
  for (let i = 0; i < rank.length; i++) {
    const enrolled = rank[i] !== 0;
    if (enrolled) mated++;
    const score = enrolled ? mate[i]! : rival[i]!;
    if (!Number.isFinite(score)) throw expected(where, `a finite score for probe ${i}`, `${score}`);
    if (!enrolled || rank[i] === 1) events.push({ score, right: enrolled });
  }
  const unmated = rank.length - mated;
  if (mated === 0 || unmated === 0)
    throw expected(where, "probes of enrolled people and of others", `${mated} and ${unmated}`);
  events.sort((a, b) => b.score - a.score);
  const points: OperatingPoint[] = [{ threshold: Infinity, far: 0, tar: 0 }];
  let [right, wrong] = [0, 0];
  events.forEach((event, i) => {
    if (event.right) right++;
    else wrong++;
    if (events[i + 1]?.score !== event.score)
      points.push({ threshold: event.score, far: wrong / unmated, tar: right / mated });
  });
  return {
    mated,
    unmated,
    thresholds: Float64Array.from(points, ({ threshold }) => threshold),
    fpir: Float64Array.from(points, ({ far }) => far),
    tpir: Float64Array.from(points, ({ tar }) => tar),
  };
}

/**
 * TPIR@FPIR: the point of largest TPIR among those whose FPIR is at most the target (the highest threshold of equals).
 *
 * @returns `null` where there are too few probes of people not enrolled for that rate: see farSupport.
 * @throws {ArcfaceError} INVALID_ARGUMENT where the target is not between 0 and 1.
 */
export function tpirAtFpir(curve: OpenSetCurve, target: number): IdentificationPoint | null {
  if (!(target > 0 && target < 1)) throw expected("TPIR@FPIR", "a rate between 0 and 1", `${target}`);
  if (farSupport(curve.unmated, target) === "no") return null;
  const above = curve.fpir.findIndex((rate) => rate > target);
  const last = (above === -1 ? curve.fpir.length : above) - 1;
  const at = curve.tpir.indexOf(curve.tpir[last]!);
  return { threshold: curve.thresholds[at]!, fpir: curve.fpir[at]!, tpir: curve.tpir[at]! };
}
