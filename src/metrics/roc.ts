import { expected } from "../errors.ts";
import { countPairs, type PairCounts, type ScoredPairs } from "./pairs.ts";

/**
 * What each threshold gives. A pair is accepted where its score **≥** threshold. Point 0 accepts nothing (threshold
 * Infinity, rates 0); then one point for each distinct score, falling, to the last, which accepts all.
 */
export type RocCurve = PairCounts & {
  readonly thresholds: Float64Array;
  /** False accepts of impostor pairs, 0–1, never falling. */
  readonly far: Float64Array;
  /** True accepts of genuine pairs, 0–1, never falling. */
  readonly tar: Float64Array;
};

export type OperatingPoint = { readonly threshold: number; readonly far: number; readonly tar: number };

/** @throws {ArcfaceError} INVALID_ARGUMENT where a score is not finite, or all pairs are of one kind. */
export function rocCurve(pairs: ScoredPairs): RocCurve {
  const { genuine, impostor } = countPairs("roc", pairs);
  const { scores, same } = pairs;
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i).sort((i, j) => scores[j]! - scores[i]!);
  const points: OperatingPoint[] = [{ threshold: Infinity, far: 0, tar: 0 }];
  let accepted = 0;
  let wrong = 0;
  order.forEach((i, rank) => {
    if (same[i]) accepted++;
    else wrong++;
    const next = order[rank + 1];
    // Equal scores stand or fall together.
    if (next !== undefined && scores[next] === scores[i]) return;
    points.push({ threshold: scores[i]!, far: wrong / impostor, tar: accepted / genuine });
  });
  return {
    genuine,
    impostor,
    thresholds: Float64Array.from(points, ({ threshold }) => threshold),
    far: Float64Array.from(points, ({ far }) => far),
    tar: Float64Array.from(points, ({ tar }) => tar),
  };
}

/**
 * Can so many impostor pairs tell that rate? `no` below half a false accept expected: the answer would be that of a rarer
 * rate. `roughly` below ten: it hangs on a few pairs, and its interval (wilsonInterval) is wide.
 */
export function farSupport(impostor: number, far: number): "no" | "roughly" | "yes" {
  // A hair's breadth, for products such as 500 × 0.001 that rounding may put just under the mark.
  const falseAccepts = impostor * far * (1 + 1e-12);
  return falseAccepts < 0.5 ? "no" : falseAccepts < 10 ? "roughly" : "yes";
}

/**
 * TAR@FAR over all pairs: the point of largest TAR among those whose FAR is at most the target (the highest threshold
 * of equals), with no interpolation.
 *
 * @returns `null` where there are too few impostor pairs for that rate: see farSupport.
 * @throws {ArcfaceError} INVALID_ARGUMENT where the target is not between 0 and 1.
 */
export function tarAtFar(curve: RocCurve, target: number): OperatingPoint | null {
  checkRate("TAR@FAR", target);
  if (farSupport(curve.impostor, target) === "no") return null;
  let last = curve.far.findIndex((far) => far > target);
  last = (last === -1 ? curve.far.length : last) - 1;
  const at = curve.tar.indexOf(curve.tar[last]!);
  return { threshold: curve.thresholds[at]!, far: curve.far[at]!, tar: curve.tar[at]! };
}

/** The rate at which false accepts equal false rejects, on the straight line between the two points about it. */
export function equalErrorRate({ far, tar }: RocCurve): number {
  const excess = (i: number): number => far[i]! - (1 - tar[i]!);
  let i = 1; // at 0 nothing is accepted: excess −1; at the last all is: excess 1
  while (excess(i) < 0) i++;
  const share = excess(i - 1) / (excess(i - 1) - excess(i));
  return far[i - 1]! + share * (far[i]! - far[i - 1]!);
}

/**
 * The lowest threshold at which at most that share of the impostor scores is accepted (score ≥ threshold): the next
 * number above the highest score that must be refused.
 *
 * @returns `null` where there are too few scores for that rate: see farSupport.
 * @throws {ArcfaceError} INVALID_ARGUMENT where a score is not finite or the rate is not between 0 and 1.
 */
export function thresholdAtFar(impostorScores: ArrayLike<number>, far: number): number | null {
  checkRate("threshold at FAR", far);
  const scores = Float64Array.from(impostorScores).sort();
  const bad = scores.findIndex((score) => !Number.isFinite(score));
  if (bad !== -1) throw expected("threshold at FAR", "finite scores", `${scores[bad]}`);
  if (farSupport(scores.length, far) === "no") return null;
  const allowed = Math.floor(scores.length * far * (1 + 1e-12));
  return nextUp(scores[scores.length - 1 - allowed]!);
}

/**
 * Wilson's score interval of a rate: where the true rate lies, given `successes` of `trials`.
 *
 * @param z how many standard deviations wide; 1.96 is 95 %.
 * Source: E. B. Wilson, JASA 22 (1927).
 */
export function wilsonInterval(successes: number, trials: number, { z = 1.959963984540054 } = {}): [number, number] {
  if (!(trials > 0 && successes >= 0 && successes <= trials)) {
    throw expected("Wilson interval", "successes of at least one trial", `${successes} of ${trials}`);
  }
  const rate = successes / trials;
  const centre = rate + z ** 2 / (2 * trials);
  const half = z * Math.sqrt((rate * (1 - rate)) / trials + z ** 2 / (4 * trials ** 2));
  const scale = 1 + z ** 2 / trials;
  return [Math.max(0, (centre - half) / scale), Math.min(1, (centre + half) / scale)];
}

function checkRate(where: string, rate: number): void {
  if (!(rate > 0 && rate < 1)) throw expected(where, "a rate between 0 and 1", `${rate}`);
}

/** The smallest float64 above x. */
function nextUp(x: number): number {
  if (x === 0) return Number.MIN_VALUE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  view.setBigInt64(0, view.getBigInt64(0) + (x > 0 ? 1n : -1n));
  return view.getFloat64(0);
}
