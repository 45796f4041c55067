import { expect, test } from "vitest";
import { createRandom } from "../tensor/random.ts";
import { crowdRates } from "./crowd-rates.ts";
import { rocCurve, tarAtFar } from "./roc.ts";
import { topScores } from "./top-scores.ts";

test("with everybody counting once: TAR at FAR, of the highest scores alone", () => {
  const random = createRandom(2);
  const rounded = (mean: number): number => Math.round(20 * (mean + 0.2 * random.normal())) / 20;
  const genuine = {
    scores: Array.from({ length: 60 }, () => rounded(0.5)),
    owners: Array.from({ length: 60 }, (_, i) => i % 3),
  };
  const impostors = Array.from({ length: 3000 }, () => rounded(0.1));
  const top = topScores(400);
  impostors.forEach((score, i) => {
    top.offer(score, i % 3);
  });
  const kept = top.falling();
  expect([...kept.scores]).toEqual(impostors.toSorted((a, b) => b - a).slice(0, 400));
  const rates = [1e-1, 1e-2, 1e-3];
  const scores = [...genuine.scores, ...impostors];
  const curve = rocCurve({ scores, same: scores.map((_, i) => i < 60) });
  const answer = crowdRates({ genuine, top: kept, impostors: [1000, 1000, 1000] });
  expect(answer([1, 1, 1], rates)).toEqual(rates.map((rate) => tarAtFar(curve, rate)!.tar));
});

test("weights of the owners, by hand", () => {
  const top = { scores: Float64Array.of(0.9, 0.8, 0.7), owners: Uint32Array.of(0, 1, 0) };
  const genuine = { scores: [0.95, 0.85, 0.75], owners: [0, 1, 1] };
  const answer = crowdRates({ genuine, top, impostors: [5, 5] });
  // One of ten may be above: the second is refused, and all that score as high.
  expect(answer([1, 1], [0.1])).toEqual([2 / 3]);
  // Without the first person the highest left is 0.8; none of five may be above it.
  expect(answer([0, 1], [0.1])).toEqual([1 / 2]);
  expect(answer([0, 0], [0.1])).toEqual([Number.NaN]);
  // Three scores do not tell who is the fifth.
  expect(answer([1, 1], [0.4])).toEqual([Number.NaN]);
});
