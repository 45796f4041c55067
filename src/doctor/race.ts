import { throwIfCancelled } from "../errors.ts";
import type { Contract } from "./contract.ts";

/** A contract that may be the one, measured on as many samples as are asked for. */
export type Runner = {
  readonly contract: Contract;
  /**
   * How good it is on the first `count` samples: first with all of them, then one score a bootstrap draw. Draws of two
   * runners at one count are the same draws. NaN counts as the worst.
   */
  measure(count: number): Promise<Float64Array>;
};

/** Where a runner came in. */
export type Standing = {
  readonly contract: Contract;
  /** On the samples it was measured on; −Infinity where there was no answer to score. */
  readonly score: number;
  readonly samples: number;
  /** Of the last round's bootstrap draws, those in which it is the best; 0 of what fell out before. */
  readonly share: number;
  /** Did it not lose clearly? */
  readonly isLeft: boolean;
  readonly runner: Runner;
};

/** A runner falls out where it is as good as the leader in fewer draws than this. */
const FALLS_OUT = 0.005;

/** Scores nearer than this are the same: what is left is rounding. */
const TIE = 1e-6;

export type RaceOptions = {
  readonly signal?: AbortSignal | undefined;
  /** At most so many go on to a further round, the best. Default: all that did not fall out. */
  readonly keep?: number;
};

/**
 * Measure all on few samples, drop those that lose clearly, and go on with more samples and fewer runners, until one is
 * left.
 *
 * @param counts samples of each round.
 * @returns best first.
 * @throws {ArcfaceError} CANCELLED; what a runner throws.
 */
export async function race(
  runners: readonly Runner[],
  counts: readonly number[],
  { signal, keep = Number.POSITIVE_INFINITY }: RaceOptions = {},
): Promise<Standing[]> {
  const out: Standing[] = [];
  let left = runners;
  for (const [round, samples] of counts.entries()) {
    const rows: { runner: Runner; scores: Float64Array }[] = [];
    for (const runner of left) {
      throwIfCancelled(signal, "doctor");
      rows.push({ runner, scores: worstForNaN(await runner.measure(samples)) });
    }
    const shares = winShares(rows.map(({ scores }) => scores));
    const leader = rows.reduce((a, b) => (b.scores[0]! > a.scores[0]! ? b : a));
    const standings = rows.map(({ runner, scores }, i) => ({
      runner,
      contract: runner.contract,
      score: scores[0]!,
      samples,
      share: shares[i]!,
      isLeft: shareAtLeast(scores, leader.scores) >= FALLS_OUT,
    }));
    standings.sort((a, b) => b.score - a.score);
    const going = standings.filter(({ isLeft }) => isLeft).slice(0, keep);
    if (going.length <= 1 || round === counts.length - 1) {
      return [...standings.sort((a, b) => b.share - a.share), ...out];
    }
    out.unshift(...standings.filter((s) => !going.includes(s)).map((s) => ({ ...s, share: 0, isLeft: false })));
    left = going.map(({ runner }) => runner);
  }
  return out;
}

function worstForNaN(scores: Float64Array): Float64Array {
  return scores.map((score) => (Number.isFinite(score) ? score : Number.NEGATIVE_INFINITY));
}

/** In which share of the draws each is the best; those who tie divide the draw. Never 0, nor quite 1. */
function winShares(scores: readonly Float64Array[]): number[] {
  const draws = (scores[0]?.length ?? 1) - 1;
  const wins = scores.map(() => 0);
  for (let draw = 1; draw <= draws; draw++) {
    const best = Math.max(...scores.map((row) => row[draw]!));
    const winners = scores.flatMap((row, i) => (row[draw]! >= best - TIE ? [i] : []));
    for (const i of winners) wins[i]! += 1 / winners.length;
  }
  // As if there had been one more draw, a tie of all: so many draws cannot tell a share from 0 or 1 any better.
  return wins.map((won) => (won + 1 / scores.length) / (draws + 1));
}

function shareAtLeast(scores: Float64Array, leader: Float64Array): number {
  let count = 0;
  for (let draw = 1; draw < scores.length; draw++) if (scores[draw]! >= leader[draw]! - TIE) count++;
  return count / (scores.length - 1);
}
