import { expect, test } from "vitest";
import type { Contract } from "./contract.ts";
import { type Runner, race } from "./race.ts";
import { randomFrom } from "./random.ts";

const DRAWS = 200;

const contractOf = (mean: number): Contract => ({
  colorOrder: "RGB",
  mean: [mean, mean, mean],
  scale: [1, 1, 1],
  layout: "NCHW",
  alignment: "arcface",
});

/** A runner whose score in each draw is `value` and noise that shrinks with more samples. */
function runner(name: number, value: number, noise: number, asked: number[][] = []): Runner {
  return {
    contract: contractOf(name),
    async measure(count) {
      asked.push([name, count]);
      const random = randomFrom(name + count);
      return Float64Array.from({ length: DRAWS + 1 }, (_, draw) =>
        draw === 0 ? value : value + (noise * (random() - 0.5)) / Math.sqrt(count),
      );
    },
  };
}

test("what loses clearly is not measured again; what does not, is measured on more", async () => {
  const asked: number[][] = [];
  const standings = await race([runner(1, 1, 1, asked), runner(2, 5, 3, asked), runner(3, 4.8, 3, asked)], [10, 1000]);
  expect(standings.map(({ contract }) => contract.mean[0])).toEqual([2, 3, 1]);
  expect(asked).toEqual([
    [1, 10],
    [2, 10],
    [3, 10],
    [2, 1000],
    [3, 1000],
  ]);
  expect(standings.map(({ samples }) => samples)).toEqual([1000, 1000, 10]);
});

test("shares add up to one, and none is quite certain", async () => {
  const standings = await race([runner(1, 1, 0), runner(2, 5, 0)], [10]);
  const [first, second] = standings.map(({ share }) => share);
  expect(first! + second!).toBeCloseTo(1, 12);
  expect(first).toBeLessThan(1);
  expect(first).toBeGreaterThan(0.99);
});

test("those who tie divide the draws", async () => {
  const standings = await race([runner(7, 2, 0), runner(8, 2, 0)], [10, 20]);
  expect(standings.map(({ share }) => share)).toEqual([0.5, 0.5]);
});

test("a runner without an answer comes last", async () => {
  const broken: Runner = { contract: contractOf(9), measure: async () => new Float64Array(DRAWS + 1).fill(Number.NaN) };
  const standings = await race([broken, runner(1, 1, 1)], [10]);
  expect(standings.map(({ score }) => score)).toEqual([1, Number.NEGATIVE_INFINITY]);
});

test("a race is cancelled between runners", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(race([runner(1, 1, 1)], [10], { signal })).rejects.toMatchObject({ code: "CANCELLED" });
});
