import { expected } from "../errors.ts";
import { contiguousFolds } from "../metrics/verification.ts";
import { createRandom } from "../tensor/random.ts";

/** Pairs of pictures by number, in ten folds: as LFW's, half of them of one person. */
export type ValidationPairs = {
  readonly a: Uint32Array;
  readonly b: Uint32Array;
  readonly same: readonly boolean[];
  readonly fold: readonly number[];
};

const FOLDS = 10;

/** Images 2 i and 2 i + 1 are pair i: InsightFace's `.bin`. @throws {ArcfaceError} INVALID_ARGUMENT below ten pairs. */
export function pairsInOrder(same: readonly boolean[]): ValidationPairs {
  const a = Uint32Array.from(same, (_, i) => 2 * i);
  return { a, b: a.map((first) => first + 1), same, fold: contiguousFolds(same.length, FOLDS) };
}

/**
 * Pairs out of people's pictures, by lot: as many of one person as of two, each kind spread over the folds.
 *
 * @param labels whose each picture is.
 * @throws {ArcfaceError} INVALID_ARGUMENT where there are fewer than ten pairs of one person, or one person only.
 */
export function pairsOfPeople(labels: ArrayLike<number>, { most = 3000, seed = 0 } = {}): ValidationPairs {
  const random = createRandom(seed);
  const byPerson = new Map<number, number[]>();
  for (let i = 0; i < labels.length; i++) byPerson.set(labels[i]!, [...(byPerson.get(labels[i]!) ?? []), i]);
  const people = [...byPerson.values()];
  const several = people.filter((pictures) => pictures.length > 1);
  const possible = several.reduce((sum, { length }) => sum + (length * (length - 1)) / 2, 0);
  if (people.length < 2 || possible < FOLDS)
    throw expected("validation", `${FOLDS} pairs of one person, and two people`, `${possible} and ${people.length}`);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random.uniform() * list.length)]!;
  const other = <T>(list: readonly T[], than: T): T => {
    for (;;) {
      const one = pick(list);
      if (one !== than) return one;
    }
  };
  const pairs = Array.from({ length: 2 * Math.min(most, possible) }, (_, i) => {
    const first = pick(i % 2 === 0 ? several : people);
    const a = pick(first);
    return { a, b: i % 2 === 0 ? other(first, a) : pick(other(people, first)), same: i % 2 === 0 };
  });
  return {
    a: Uint32Array.from(pairs, ({ a }) => a),
    b: Uint32Array.from(pairs, ({ b }) => b),
    same: pairs.map(({ same }) => same),
    fold: contiguousFolds(pairs.length, FOLDS),
  };
}
