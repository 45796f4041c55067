/**
 * Pairs of images to verify: one shape for LFW, CFP and their like.
 *
 * `images` are paths relative to the data set's folder, `/` between parts, each once; `a` and `b` are indices into it.
 * `fold` counts from 0 without gaps; a decision on one fold uses a threshold chosen on the others.
 */
export type PairSet = {
  readonly name: string;
  readonly images: readonly string[];
  readonly pairs: readonly Pair[];
};

export type Pair = { readonly a: number; readonly b: number; readonly same: boolean; readonly fold: number };

/** Gives each image path its index, in order of first use. */
export function imageIndex(): { readonly images: string[]; indexOf(path: string): number } {
  const images: string[] = [];
  const known = new Map<string, number>();
  return {
    images,
    indexOf(path) {
      const index = known.get(path) ?? images.length;
      if (index === images.length) {
        known.set(path, index);
        images.push(path);
      }
      return index;
    },
  };
}

/** Pair sets over one folder as one; the folds of each follow those of the one before. */
export function joinPairSets([first, ...others]: readonly PairSet[]): PairSet {
  if (!first || others.length === 0) return first!;
  const { images, indexOf } = imageIndex();
  let folds = 0;
  const pairs = [first, ...others].flatMap((set) => {
    const before = folds;
    folds += Math.max(...set.pairs.map(({ fold }) => fold)) + 1;
    return set.pairs.map(({ a, b, same, fold }) => ({
      a: indexOf(set.images[a]!),
      b: indexOf(set.images[b]!),
      same,
      fold: before + fold,
    }));
  });
  return { name: first.name, images, pairs };
}
