import type { TestPairs, TestTemplate } from "../data/test-set.ts";
import { expected, throwIfCancelled } from "../errors.ts";
import { countPairs } from "../metrics/pairs.ts";
import { histogram, sortScores, thinRoc } from "../metrics/sorted-scores.ts";
import { kFoldAccuracy } from "../metrics/verification.ts";
import { dot } from "../tensor/vector.ts";
import type { Figure, PairColumns, Verified } from "./evaluation.ts";
import { peopleOf } from "./people.ts";
import { type TarRule, verificationFiguresOf } from "./verification-figures.ts";

/** An evaluation keeps every pair up to here, and of more than that so many of each kind: the worst. */
const MOST_KEPT = 100_000;
const WORST_KEPT = 500;
const BIN = 0.01;

export type VerifyOptions = {
  readonly tarRule: TarRule;
  readonly signal?: AbortSignal | undefined;
};

/**
 * All that would make verification fail at its end, an hour later.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT for indices outside, pairs of one kind, folds with gaps.
 */
export function checkPairs(name: string, pairs: TestPairs, templates: number): void {
  const outside = pairs.a.findIndex((a, i) => a >= templates || pairs.b[i]! >= templates);
  if (outside !== -1) throw expected(name, `templates 0 to ${templates - 1}`, `another in pair ${outside}`);
  const [scores, same] = [new Float64Array(pairs.same.length), toBooleans(pairs.same)];
  countPairs(name, { scores, same });
  if (pairs.fold) kFoldAccuracy({ scores, same, fold: pairs.fold });
}

/**
 * Score pairs of templates by cosine, and measure them. A pair of a template without an embedding scores −1: it counts as
 * different people, rightly or wrongly.
 *
 * @param rows L2-normalised, one a template; `null` where there is none.
 * @throws {ArcfaceError} as checkPairs; CANCELLED.
 */
export function verifyPairs(
  pairs: TestPairs,
  templates: readonly TestTemplate[],
  rows: readonly (Float32Array | null)[],
  { tarRule, signal }: VerifyOptions,
): { verified: Verified; figures: Figure[] } {
  const scores = new Float64Array(pairs.same.length);
  for (let i = 0; i < scores.length; i++) {
    if (i % MOST_KEPT === 0) throwIfCancelled(signal, "scoring pairs");
    const [a, b] = [rows[pairs.a[i]!], rows[pairs.b[i]!]];
    // Rounding makes the cosine of a vector with itself a hair more than 1.
    scores[i] = a && b ? Math.max(-1, Math.min(1, dot(a, b))) : -1;
  }
  const same = toBooleans(pairs.same);
  const sorted = sortScores({ scores, same });
  const people = peopleOf(templates, pairs);
  const { figures, folds } = verificationFiguresOf({ scores, same, sorted, pairs, people, tarRule });
  const isComplete = scores.length <= MOST_KEPT;
  return {
    verified: {
      genuine: sorted.genuine.length,
      impostor: sorted.impostor.length,
      pairs: columnsAt(pairs, scores, isComplete ? [...scores.keys()] : worst(scores, pairs.same, sorted)),
      isComplete,
      folds,
      histogram: { step: BIN, genuine: histogram(sorted.genuine, BIN), impostor: histogram(sorted.impostor, BIN) },
      roc: thinRoc(sorted),
    },
    figures,
  };
}

const toBooleans = (same: Uint8Array): boolean[] => Array.from(same, Boolean);

function columnsAt({ a, b, same, fold, columns }: TestPairs, scores: Float64Array, at: readonly number[]): PairColumns {
  return {
    a: at.map((i) => a[i]!),
    b: at.map((i) => b[i]!),
    same: at.map((i) => same[i] === 1),
    // Seven digits: float32 has no more.
    scores: at.map((i) => Number(scores[i]!.toFixed(7))),
    fold: fold && at.map((i) => fold[i]!),
    columns: Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, at.map((i) => values[i]!)])),
  };
}

/** The genuine pairs scored lowest and the impostors scored highest, in the pairs' order. */
function worst(scores: Float64Array, same: Uint8Array, { genuine, impostor }: ReturnType<typeof sortScores>): number[] {
  const lowest = genuine[Math.min(WORST_KEPT, genuine.length) - 1]!;
  const highest = impostor[Math.max(0, impostor.length - WORST_KEPT)]!;
  const left = { genuine: WORST_KEPT, impostor: WORST_KEPT };
  const kept: number[] = [];
  for (let i = 0; i < scores.length; i++) {
    const isWorst = same[i] ? scores[i]! <= lowest : scores[i]! >= highest;
    // Many may have the last score, those of missed faces above all.
    if (isWorst && left[same[i] ? "genuine" : "impostor"]-- > 0) kept.push(i);
  }
  return kept;
}
