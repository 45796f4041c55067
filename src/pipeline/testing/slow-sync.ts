/**
 * Sync's rule by the letter, over whole streams of timestamps: one of each stream is held; while they lie the threshold
 * or more apart, the oldest (of equals the first stream's) is replaced by the next of its stream, `attempts` times at most
 * (−1: for ever); then what is held is a group, and all streams go on.
 *
 * @returns for each group the index held of each stream.
 */
export function slowSync(streams: readonly (readonly number[])[], thresholdMs: number, attempts: number): number[][] {
  const groups: number[][] = [];
  const held = streams.map(() => 0);
  const times = (): number[] => held.map((index, stream) => streams[stream]![index] ?? Number.NaN);
  for (;;) {
    for (let tried = 0; ; tried++) {
      if (times().some(Number.isNaN)) return groups;
      const isTogether = Math.max(...times()) - Math.min(...times()) < thresholdMs;
      if (isTogether || tried === attempts) break;
      held[times().indexOf(Math.min(...times()))]!++;
    }
    groups.push([...held]);
    for (const stream of held.keys()) held[stream]!++;
  }
}
