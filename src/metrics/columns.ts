import { expected } from "../errors.ts";
import { type BootstrapOptions, bootstrapByPerson, type Interval, type PeoplePairs } from "./bootstrap.ts";

/** Pairs that share a column's value, judged at the threshold that all are judged at. Rates are `null` without pairs. */
export type ColumnRow = {
  readonly value: string;
  readonly genuine: number;
  readonly impostor: number;
  readonly tar: Interval | null;
  readonly far: Interval | null;
};

export type ColumnTable = {
  readonly threshold: number;
  /** In order of value. */
  readonly rows: readonly ColumnRow[];
  /** The largest less the smallest rate of two rows; `null` where fewer than two rows have the rate. */
  readonly tarGap: Interval | null;
  readonly farGap: Interval | null;
};

/**
 * What one threshold means for each value of a column (camera, pose, age, group): who is let in and who is kept out
 * more often than others.
 *
 * @param values one a pair; pairs of `null` are in no row.
 * @param threshold pairs score ≥ it to be accepted. One for all: a threshold for each row would hide the gap.
 * @throws {ArcfaceError} INVALID_ARGUMENT where values are not one a pair, none is said, or people are numbered wrongly.
 */
export function columnTable(
  pairs: PeoplePairs,
  values: ArrayLike<string | null>,
  threshold: number,
  options: BootstrapOptions = {},
): ColumnTable {
  const where = "column";
  if (values.length !== pairs.scores.length)
    throw expected(where, `${pairs.scores.length} values, one a pair`, `${values.length}`);
  const names = [...new Set(Array.from(values).filter((value) => value !== null))].sort();
  if (names.length === 0) throw expected(where, "a value", "none");
  const row = Array.from(values, (value) => (value === null ? -1 : names.indexOf(value)));
  // For each row: genuine accepted, genuine, impostors accepted, impostors.
  const rates = (weights: Float64Array): { tar: number[]; far: number[] } => {
    const sums = names.map(() => [0, 0, 0, 0] as [number, number, number, number]);
    for (let i = 0; i < row.length; i++) {
      const own = sums[row[i]!];
      if (!own) continue;
      const kind = pairs.same[i] ? 0 : 2;
      own[kind + 1]! += weights[i]!;
      if (pairs.scores[i]! >= threshold) own[kind]! += weights[i]!;
    }
    return { tar: sums.map(([got, all]) => got / all), far: sums.map(([, , got, all]) => got / all) };
  };
  const gap = (of: readonly number[]): number => {
    const known = of.filter(Number.isFinite);
    return known.length < 2 ? Number.NaN : Math.max(...known) - Math.min(...known);
  };
  const intervals = bootstrapByPerson(
    pairs,
    (weights) => {
      const { tar, far } = rates(weights);
      return [...tar, ...far, gap(tar), gap(far)];
    },
    options,
  );
  const told = (i: number): Interval | null => (Number.isNaN(intervals[i]!.value) ? null : intervals[i]!);
  const count = (value: number, same: boolean): number =>
    row.reduce((sum, at, i) => sum + (at === value && pairs.same[i] === same ? 1 : 0), 0);
  return {
    threshold,
    rows: names.map((value, i) => ({
      value,
      genuine: count(i, true),
      impostor: count(i, false),
      tar: told(i),
      far: told(names.length + i),
    })),
    tarGap: told(2 * names.length),
    farGap: told(2 * names.length + 1),
  };
}
