import type { Box } from "../geometry/types.ts";
import { correct, type Estimate, logLikelihood, predict, type Walk } from "./kalman.ts";

/**
 * Where a face is and how it moves: its centre in pixels, its sides as logarithms, so that noise is a share of the size
 * and no side ever becomes negative. The four do not influence one another: this is the usual constant-velocity Kalman
 * filter with diagonal noise, which falls apart into four small ones.
 */
export type Motion = {
  readonly x: Estimate;
  readonly y: Estimate;
  readonly width: Estimate;
  readonly height: Estimate;
};

// In face heights for the centre, in natural logarithms for the sides. Measured on what two detectors say of one
// resting face from frame to frame: 1 to 5 %; rounded up, because boxes also jump with the expression.
const CENTRE_ERROR = 0.06;
const SIDE_ERROR = 0.08;
// A head that starts to walk: about two of its heights a second, after a quarter of a second.
const CENTRE_WALK = { restlessness: 16, memory: 1 };
const SIDE_WALK = { restlessness: 0.5, memory: 0.5 };
// Of a face seen for the first time nobody knows where it goes.
const FIRST_CENTRE_RATE = 2;
const FIRST_SIDE_RATE = 0.5;

/** How densely faces that have nothing to do with one another lie, per (face height)² and unit of both logarithms. */
const UNRELATED_DENSITY = 1 / 400;

/** @param box both sides above 0. */
export function startMotion(box: Box): Motion {
  const { x, y, width, height, side } = measure(box);
  const at = (value: number, error: number, rate: number): Estimate => ({
    value,
    rate: 0,
    valueVariance: error ** 2,
    covariance: 0,
    rateVariance: rate ** 2,
  });
  return {
    x: at(x, CENTRE_ERROR * side, FIRST_CENTRE_RATE * side),
    y: at(y, CENTRE_ERROR * side, FIRST_CENTRE_RATE * side),
    width: at(width, SIDE_ERROR, FIRST_SIDE_RATE),
    height: at(height, SIDE_ERROR, FIRST_SIDE_RATE),
  };
}

/** @param seconds since the last step, 0 or more. */
export function predictMotion({ x, y, width, height }: Motion, seconds: number): Motion {
  const side = Math.exp(height.value);
  const centre: Walk = { ...CENTRE_WALK, restlessness: CENTRE_WALK.restlessness * side ** 2 };
  return {
    x: predict(x, seconds, centre),
    y: predict(y, seconds, centre),
    width: predict(width, seconds, SIDE_WALK),
    height: predict(height, seconds, SIDE_WALK),
  };
}

/** @param box where the face was seen; both sides above 0. */
export function correctMotion(motion: Motion, box: Box): Motion {
  const { x, y, width, height, side } = measure(box);
  return {
    x: correct(motion.x, x, (CENTRE_ERROR * side) ** 2),
    y: correct(motion.y, y, (CENTRE_ERROR * side) ** 2),
    width: correct(motion.width, width, SIDE_ERROR ** 2),
    height: correct(motion.height, height, SIDE_ERROR ** 2),
  };
}

/** Where the face is thought to be. */
export function motionBox({ x, y, width, height }: Motion): Box {
  const [halfWidth, halfHeight] = [Math.exp(width.value) / 2, Math.exp(height.value) / 2];
  return [x.value - halfWidth, y.value - halfHeight, x.value + halfWidth, y.value + halfHeight];
}

/**
 * How much the place speaks for a box being this face: the logarithm of how much likelier it is than a face that has
 * nothing to do with it. Above 10 where they lie on one another, below 0 where the one cannot have got there; long
 * unseen, a face may be anywhere, and the place says little.
 */
export function motionEvidence(motion: Motion, box: Box): number {
  const { x, y, width, height } = measure(box);
  const side = Math.exp(motion.height.value);
  const error = (CENTRE_ERROR * side) ** 2;
  return (
    logLikelihood(motion.x, x, error) +
    logLikelihood(motion.y, y, error) +
    2 * Math.log(side) + // pixels → face heights
    logLikelihood(motion.width, width, SIDE_ERROR ** 2) +
    logLikelihood(motion.height, height, SIDE_ERROR ** 2) -
    Math.log(UNRELATED_DENSITY)
  );
}

function measure([x0, y0, x1, y1]: Box): { x: number; y: number; width: number; height: number; side: number } {
  const side = y1 - y0;
  return { x: (x0 + x1) / 2, y: (y0 + y1) / 2, width: Math.log(x1 - x0), height: Math.log(side), side };
}
