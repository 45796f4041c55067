import { expected } from "../errors.ts";
import type { Affine, Point } from "./types.ts";

/** Nine numbers by rows: (x, y) goes to (X / W, Y / W) with [X, Y, W] = M · [x, y, 1]. Points ahead have W > 0. */
export type Homography = readonly [number, number, number, number, number, number, number, number, number];

export const IDENTITY: Homography = [1, 0, 0, 0, 1, 0, 0, 0, 1];

export function homographyOf([a, b, c, d, e, f]: Affine): Homography {
  return [a, b, c, d, e, f, 0, 0, 1];
}

/** The image of a point; not finite where the point lies on the horizon. */
export function applyHomography([a, b, c, d, e, f, g, h, i]: Homography, [x, y]: Point): Point {
  const w = g * x + h * y + i;
  return [(a * x + b * y + c) / w, (d * x + e * y + f) / w];
}

/** `second` after `first`. */
export function composeHomography(second: Homography, first: Homography): Homography {
  const [a, b, c, d, e, f, g, h, i] = second;
  const [j, k, l, m, n, o, p, q, r] = first;
  return [
    a * j + b * m + c * p,
    a * k + b * n + c * q,
    a * l + b * o + c * r,
    d * j + e * m + f * p,
    d * k + e * n + f * q,
    d * l + e * o + f * r,
    g * j + h * m + i * p,
    g * k + h * n + i * q,
    g * l + h * o + i * r,
  ];
}

/** @throws {ArcfaceError} INVALID_ARGUMENT where the matrix maps the plane onto a line or a point. */
export function invertHomography(matrix: Homography): Homography {
  const [a, b, c, d, e, f, g, h, i] = matrix;
  const [A, B, C] = [e * i - f * h, f * g - d * i, d * h - e * g];
  const determinant = a * A + b * B + c * C;
  if (!Number.isFinite(1 / determinant) || !matrix.every(Number.isFinite)) {
    throw expected("invertHomography", "an invertible matrix of finite numbers", `[${matrix}]`);
  }
  // Divided, not only the adjugate: the sign of W tells what lies ahead.
  const s = 1 / determinant;
  return [
    s * A,
    s * (c * h - b * i),
    s * (b * f - c * e),
    s * B,
    s * (a * i - c * g),
    s * (c * d - a * f),
    s * C,
    s * (b * g - a * h),
    s * (a * e - b * d),
  ];
}

/** A shift of the coordinates: what the matrix is when points are counted from (x, y) on both sides. */
export function recentre(matrix: Homography, x: number, y: number): Homography {
  return composeHomography([1, 0, x, 0, 1, y, 0, 0, 1], composeHomography(matrix, [1, 0, -x, 0, 1, -y, 0, 0, 1]));
}

/**
 * The perspective map that takes four points to four others, as cv2.getPerspectiveTransform finds it.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where there are not four of each, or three lie on a line.
 */
export function homographyOfPoints(from: readonly Point[], to: readonly Point[]): Homography {
  if (from.length !== 4 || to.length !== 4) {
    throw expected("homographyOfPoints", "four points and four targets", `${from.length} and ${to.length}`);
  }
  return composeHomography(ofSquare(to), invertHomography(ofSquare(from)));
}

/**
 * The map that takes (0, 0), (1, 0), (1, 1), (0, 1) to four points, scaled so that W is 1 at the first.
 * Source: P. Heckbert, Fundamentals of texture mapping and image warping, 1989, section 2.2.3.
 */
function ofSquare([p0, p1, p2, p3]: readonly Point[]): Homography {
  const [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = [p0!, p1!, p2!, p3!];
  const [dx1, dx2, sx] = [x1 - x2, x3 - x2, x0 - x1 + x2 - x3];
  const [dy1, dy2, sy] = [y1 - y2, y3 - y2, y0 - y1 + y2 - y3];
  const area = dx1 * dy2 - dx2 * dy1;
  const g = (sx * dy2 - dx2 * sy) / area;
  const h = (dx1 * sy - sx * dy1) / area;
  const matrix: Homography = [x1 - x0 + g * x1, x3 - x0 + h * x3, x0, y1 - y0 + g * y1, y3 - y0 + h * y3, y0, g, h, 1];
  if (matrix.every(Number.isFinite)) return matrix;
  throw expected("homographyOfPoints", "four points, no three on a line", `(${[p0, p1, p2, p3].join("), (")})`);
}
