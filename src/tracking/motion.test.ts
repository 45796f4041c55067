import fc from "fast-check";
import { expect, test } from "vitest";
import type { Box } from "../geometry/types.ts";
import { createRandom } from "../tensor/random.ts";
import { correctMotion, type Motion, motionBox, motionEvidence, predictMotion, startMotion } from "./motion.ts";
import { square } from "./testing/faces.ts";

/** Followed for two seconds at 25 frames a second. */
function walk(at: (t: number) => Box): Motion {
  let motion = startMotion(at(0));
  for (let i = 1; i <= 50; i++) motion = correctMotion(predictMotion(motion, 0.04), at(0.04 * i));
  return motion;
}

test("the speed of a walk, and of coming nearer, is learnt: where it will be is foreseen", () => {
  const at = (t: number): Box => square(100 + 150 * t, 200 - 40 * t, 60 * Math.exp(0.2 * t));
  const [x0, y0, x1, y1] = motionBox(predictMotion(walk(at), 0.12));
  const [ex0, ey0, ex1, ey1] = at(2.12);
  for (const [got, wanted] of [
    [x0, ex0],
    [y0, ey0],
    [x1, ex1],
    [y1, ey1],
  ] as const) {
    expect(Math.abs(got - wanted)).toBeLessThan(0.05 * 90);
  }
});

test("long unseen, nobody walks on for ever: the box stays within reach, its sides positive", () => {
  const far = motionBox(
    predictMotion(
      walk((t) => square(100 + 150 * t, 200, 60 * Math.exp(-0.5 * t))),
      60,
    ),
  );
  expect((far[0] + far[2]) / 2).toBeLessThan(100 + 150 * 3.2);
  expect(far[2]).toBeGreaterThan(far[0]);
});

test("what is said does not depend on the size of the picture", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.1, max: 20, noNaN: true }),
      fc.double({ min: -1, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 2, noNaN: true }),
      (scale, shift, seconds) => {
        const evidence = (s: number): number => {
          const motion = predictMotion(startMotion(square(100 * s, 50 * s, 40 * s)), seconds);
          return motionEvidence(motion, square((100 + 40 * shift) * s, 50 * s, 40 * s));
        };
        expect(evidence(scale)).toBeCloseTo(evidence(1), 6);
      },
    ),
    { seed: 76 },
  );
});

test("the place speaks strongly for a face where it was, against one a face further, and says little after a second", () => {
  const motion = walk(() => square(100, 100));
  const soon = predictMotion(motion, 0.04);
  expect(motionEvidence(soon, square(103, 98))).toBeGreaterThan(10);
  expect(motionEvidence(soon, square(200, 100))).toBeLessThan(-20);
  expect(motionEvidence(soon, square(100, 100, 200))).toBeLessThan(-10);
  const late = predictMotion(motion, 1.5);
  expect(motionEvidence(late, square(200, 100))).toBeGreaterThan(0);
  expect(motionEvidence(late, square(103, 98))).toBeLessThan(6);
});

test("jitter of a detector is smoothed", () => {
  const { normal } = createRandom(2);
  const motion = walk(() => square(100 + 4 * normal(), 100 + 4 * normal()));
  const [x0, , x1] = motionBox(motion);
  expect(Math.abs((x0 + x1) / 2 - 100)).toBeLessThan(4);
});
