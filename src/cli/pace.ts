/** The rate is that of the last so many milliseconds. */
const WINDOW_MS = 30_000;

/**
 * How fast work goes and how long it will take: "98.5 a second, 12 min left". What an earlier run had done counts for
 * nothing: the first call says what that is.
 *
 * @param now a clock in milliseconds.
 */
export function createPace(
  now: () => number = () => performance.now(),
): (done: number, total: number) => string | undefined {
  const seen: { at: number; done: number }[] = [];
  return (done, total) => {
    const at = now();
    seen.push({ at, done });
    while (seen.length > 2 && seen[1]!.at < at - WINDOW_MS) seen.shift();
    const first = seen[0]!;
    const rate = at > first.at ? (1000 * (done - first.done)) / (at - first.at) : 0;
    return rate > 0 ? `${rate.toFixed(1)} a second, ${sayDuration((total - done) / rate)} left` : undefined;
  };
}

/** @param seconds 0 or more. */
export function sayDuration(seconds: number): string {
  if (seconds < 99.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
