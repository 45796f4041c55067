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
