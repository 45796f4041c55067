import { expect, test } from "vitest";
import { shares } from "./histogram.ts";

const counts = (at: Record<number, number>): number[] => Array.from({ length: 200 }, (_, i) => at[i] ?? 0);

test("bars begin and end where pairs are, each kind in shares of its own", () => {
  const { genuine, impostor } = shares({
    step: 0.01,
    genuine: counts({ 150: 3, 151: 1 }),
    impostor: counts({ 149: 2 }),
  });
  expect(genuine.map(({ share }) => share)).toEqual([0, 0.75, 0.25]);
  expect(impostor.map(({ share }) => share)).toEqual([1, 0, 0]);
  expect(genuine.map(({ from, to }) => [from.toFixed(2), to.toFixed(2)])).toEqual([
    ["0.49", "0.50"],
    ["0.50", "0.51"],
    ["0.51", "0.52"],
  ]);
});

test("narrow bins are put together on multiples of their width, and nothing is lost", () => {
  const { genuine, impostor } = shares({ step: 0.01, genuine: counts({ 199: 4 }), impostor: counts({ 1: 2, 60: 2 }) });
  expect(genuine).toHaveLength(67);
  expect(genuine.at(-1)).toMatchObject({ share: 1 });
  expect(impostor[0]).toMatchObject({ from: -1, share: 0.5 });
  expect(impostor.reduce((sum, { share }) => sum + share, 0)).toBe(1);
});

test("pairs with a missed face, which score −1, are not among the bars", () => {
  const { impostor, genuine } = shares({ step: 0.01, genuine: counts({ 0: 5, 150: 5 }), impostor: counts({ 0: 9 }) });
  expect([genuine.map(({ share }) => share), impostor.map(({ share }) => share)]).toEqual([[1], [0]]);
});
