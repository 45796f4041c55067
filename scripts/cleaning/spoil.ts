import type { Random } from "../../src/tensor/random.ts";

/** Labels as they are taken for true, and how many classes there are. */
export type Truth = { readonly labels: ArrayLike<number>; readonly classes: number };

/** New labels, of which about a share is wrong. */
export type Spoiler = (truth: Truth, random: Random) => Int32Array;

const SHARE = 0.3;

/** Ways in which sets are mislabelled, by name. */
export const SPOILERS: Readonly<Record<string, Spoiler>> = {
  /** 30 % of the pictures are moved, each to another person by lot. */
  uniform({ labels, classes }, random) {
    return Int32Array.from(labels, (label) => {
      if (random.uniform() >= SHARE) return label;
      return (label + 1 + Math.floor(random.uniform() * (classes - 1))) % classes;
    });
  },
  /** Every class is mixed from two other people: 70 % are its own, 15 % of one other person, 15 % of a second. */
  clustered: (truth, random) => mix(truth, random, SHARE, 1),
  /** Every other class is, by 30 % of each: again 30 % of all labels are wrong, but own pictures are 40 % of such a class. */
  "clustered in half": (truth, random) => mix(truth, random, 2 * SHARE, 2),
};

/** @param every one class in so many is mixed, with others that are. */
function mix({ labels, classes }: Truth, random: Random, share: number, every: number): Int32Array {
  const spoilt = Int32Array.from(labels);
  const mixed = shuffle(
    Array.from({ length: classes }, (_, label) => label).filter((label) => label % every === 0),
    random,
  );
  for (const [place, label] of mixed.entries()) {
    const own = shuffle(
      Array.from(labels, (_, i) => i).filter((i) => labels[i] === label),
      random,
    );
    const moved = Math.round(share * own.length);
    own.slice(0, moved).forEach((image, k) => {
      spoilt[image] = mixed[(place + (2 * k < moved ? 1 : 2)) % mixed.length]!;
    });
  }
  return spoilt;
}

function shuffle<T>(list: T[], random: Random): T[] {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1));
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
  return list;
}
