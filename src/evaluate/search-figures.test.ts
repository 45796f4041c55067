import { expect, test } from "vitest";
import { topScores } from "../metrics/top-scores.ts";
import { createRandom } from "../tensor/random.ts";
import { type SearchResult, searchFigures } from "./search-figures.ts";

/** Probes of 20 enrolled people, four each, some of them found second, and of 20 strangers, each as often as is said. */
function searches({ times = 1, hasStrangers = true, hasCrowd = false } = {}): SearchResult {
  const random = createRandom(7);
  const once = Array.from({ length: hasStrangers ? 160 : 80 }, (_, i) => {
    const isKnown = i < 80;
    const [mate, rival] = [0.5 + 0.15 * random.normal(), 0.25 + 0.1 * random.normal()];
    return { person: Math.floor(i / 4), rank: isKnown ? (mate > rival ? 1 : 2) : 0, mate: isKnown ? mate : -1, rival };
  });
  const all = once.flatMap((probe) => Array.from({ length: times }, () => probe));
  const top = topScores(all.length);
  for (const { rival, person } of all) top.offer(rival, person);
  const crowd = topScores(20);
  for (let i = 0; i < 80 * 50; i++) crowd.offer(i / 8000, Math.floor(i / 50) % 20);
  return {
    rank: Uint32Array.from(all, ({ rank }) => rank),
    mate: Float64Array.from(all, ({ mate }) => mate),
    rival: Float64Array.from(all, ({ rival }) => rival),
    person: Uint32Array.from(all, ({ person }) => person),
    top: top.falling(),
    crowd: hasCrowd ? { top: crowd.falling(), pairs: new Float64Array(20).fill(200) } : null,
  };
}

test.each([
  ["with strangers", true],
  ["where everybody is known", false],
])("%s: every rate has an interval, which does not shrink where each probe is there five times", (_, hasStrangers) => {
  const figures = searchFigures(searches({ hasStrangers }));
  const repeated = searchFigures(searches({ hasStrangers, times: 5 }));
  const told = figures.filter(({ value }) => value !== null);
  expect(told.map(({ name }) => name)).toEqual(["rank-1", "rank-5", "rank-10", "TPIR@FPIR=1e-1", "TPIR@FPIR=1e-2"]);
  for (const { name, value, interval } of told) {
    expect(interval![0]).toBeLessThanOrEqual(value!);
    expect(interval![1]).toBeGreaterThanOrEqual(value!);
    const other = repeated.find((figure) => figure.name === name)!;
    // Draws are fewer for more probes.
    if (name.startsWith("rank")) expect(other.interval![0]).toBeCloseTo(interval![0], 1);
  }
  // Nobody of 20 is found later than second: the exact bound, not 100 to 100.
  expect(told[1]!.interval![0]).toBeCloseTo(0.8316, 4);
});

test("few searches decide: roughly", () => {
  const support = searchFigures(searches()).map(({ name, support }) => [name, support]);
  expect(support.slice(3)).toEqual([
    ["TPIR@FPIR=1e-1", "roughly"],
    ["TPIR@FPIR=1e-2", "roughly"],
    ["TPIR@FPIR=1e-3", undefined],
  ]);
});

test("among distractors, TAR at FAR: of 4,000 pairs four may be above", () => {
  const result = searches({ hasStrangers: false, hasCrowd: true });
  const figures = searchFigures(result);
  // The fifth highest of 0, 1/8000 … 3999/8000 is refused.
  const above = result.mate.filter((score) => score > 3995 / 8000).length / 80;
  const at = (name: string) => figures.find((figure) => figure.name === name)!;
  expect(at("TAR@FAR=1e-3")).toMatchObject({ value: above, support: "roughly" });
  expect(at("TAR@FAR=1e-3").interval![0]).toBeLessThan(above);
  // 0.4 pairs expected: too few to tell.
  expect(at("TAR@FAR=1e-4")).toMatchObject({ value: null, interval: null });
});
