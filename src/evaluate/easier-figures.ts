import type { Figure } from "./evaluation.ts";

/**
 * TAR and TPIR rise with the rate of false ones that is let in, and rank rates with the rank, whatever the data: where one
 * cannot be less than so much, neither can those after it. Their intervals' lower ends rise accordingly.
 */
export function withEasier(figures: readonly Figure[]): Figure[] {
  return figures.map((figure) => {
    const { interval } = figure;
    if (interval === null) return figure;
    const harder = figures.filter((other) => isHarder(other.name, figure.name));
    const low = Math.max(interval[0], ...harder.map((other) => other.interval?.[0] ?? 0));
    return { ...figure, interval: [low, interval[1]] };
  });
}

/** Is the first a stricter question of the same kind: `TAR@FAR=1e-3` than `TAR@FAR=1e-2`, `rank-1` than `rank-5`? */
function isHarder(name: string, than: string): boolean {
  const [[kind, at], [other, limit]] = [name, than].map((one) => /^(\D+[=-])(\d.*)$/.exec(one)?.slice(1) ?? [one]) as [
    string[],
    string[],
  ];
  return kind === other && Number(at) < Number(limit);
}
