import { expect, test } from "vitest";
import { withEasier } from "./easier-figures.ts";
import type { Figure } from "./evaluation.ts";

const figure = (name: string, interval: [number, number] | null): Figure => {
  return { name, value: 1, interval, better: "higher" };
};

test("an easier question's lower end is at least a harder one's; other kinds and figures without an interval stay", () => {
  const figures = withEasier([
    figure("accuracy", [0.5, 1]),
    figure("TAR@FAR=1e-1", [0.88, 1]),
    figure("TAR@FAR=1e-2", [0.97, 1]),
    figure("TAR@FAR=1e-3", [0.96, 0.99]),
    figure("TAR@FAR=1e-4", null),
    figure("TPIR@FPIR=1e-1", [0.7, 1]),
    figure("rank-1", [0.8, 1]),
    figure("rank-10", [0.6, 1]),
  ]);
  expect(figures.map(({ interval }) => interval?.[0] ?? null)).toEqual([0.5, 0.97, 0.97, 0.96, null, 0.7, 0.8, 0.8]);
});
