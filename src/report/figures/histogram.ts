export type Bin = { readonly from: number; readonly to: number; readonly share: number };

/** Counts by similarity: bin i is from −1 + i·step up to, not including, the next. */
export type Counts = {
  readonly step: number;
  readonly genuine: readonly number[];
  readonly impostor: readonly number[];
};

/** More bars than this are not told apart. */
const MOST = 80;

/**
 * Shares of each kind in bins wide enough to be seen, from the first that holds anything to the last. The very first bin
 * is left out: no two faces look that opposite, and what is there had no face.
 */
export function shares({ step, genuine, impostor }: Counts): { readonly genuine: Bin[]; readonly impostor: Bin[] } {
  const isUsed = (i: number): boolean => (genuine[i] ?? 0) + (impostor[i] ?? 0) > 0;
  let [first, last] = [1, Math.max(genuine.length, impostor.length) - 1];
  while (first < last && !isUsed(first)) first++;
  while (last > first && !isUsed(last)) last--;
  const width = Math.ceil((last - first + 1) / MOST);
  const starts: number[] = [];
  // Edges on multiples of the width, so that two models' figures have the same bins.
  for (let i = Math.floor(first / width) * width; i <= last; i += width) starts.push(i);
  const of = (counts: readonly number[]): Bin[] => {
    const all = Math.max(
      1,
      counts.slice(1).reduce((a, b) => a + b, 0),
    );
    return starts.map((start) => {
      const n = counts.slice(Math.max(1, start), start + width).reduce((a, b) => a + b, 0);
      return { from: -1 + start * step, to: -1 + (start + width) * step, share: n / all };
    });
  };
  return { genuine: of(genuine), impostor: of(impostor) };
}
