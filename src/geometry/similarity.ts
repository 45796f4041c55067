import { ArcfaceError, expected } from "../errors.ts";
import type { Affine, Point } from "./types.ts";

/**
 * The rotation, uniform scale and shift that take `from` nearest to `to` in the least-squares sense: Umeyama's
 * method, which in two dimensions needs no SVD. It never mirrors; points that would need it get the best turn
 * that is none, with a small scale and a large error.
 *
 * @param from at least two points, not all in one place.
 * @param to as many points.
 * @throws {ArcfaceError} INVALID_ARGUMENT where counts differ, a number is not finite, or either side is one point.
 * Source: S. Umeyama, Least-squares estimation of transformation parameters between two point patterns, 1991.
 */
export function estimateSimilarity(from: readonly Point[], to: readonly Point[]): Affine {
  if (from.length !== to.length) {
    throw expected("estimateSimilarity", "as many points as targets", `${from.length} and ${to.length}`);
  }
  for (const points of [from, to]) assertSpread(points);
  const [px, py] = mean(from);
  const [qx, qy] = mean(to);
  let dot = 0;
  let cross = 0;
  let norm = 0;
  for (const [i, point] of from.entries()) {
    const x = point[0] - px;
    const y = point[1] - py;
    const u = to[i]![0] - qx;
    const v = to[i]![1] - qy;
    dot += x * u + y * v;
    cross += x * v - y * u;
    norm += x * x + y * y;
  }
  const a = dot / norm; // scale·cos
  const b = cross / norm; // scale·sin
  return [a, -b, qx - a * px + b * py, b, a, qy - b * px - a * py];
}

/** The image of a point. */
export function applyAffine([a, b, c, d, e, f]: Affine, [x, y]: Point): Point {
  return [a * x + b * y + c, d * x + e * y + f];
}

/** `second` after `first`: applyAffine(result, p) is applyAffine(second, applyAffine(first, p)). */
export function composeAffine(second: Affine, first: Affine): Affine {
  const [a, b, c, d, e, f] = second;
  const [g, h, i, j, k, l] = first;
  return [a * g + b * j, a * h + b * k, a * i + b * l + c, d * g + e * j, d * h + e * k, d * i + e * l + f];
}

/** @throws {ArcfaceError} INVALID_ARGUMENT where the affine maps the plane onto a line or a point. */
export function invertAffine(affine: Affine): Affine {
  const [a, b, c, d, e, f] = affine;
  const determinant = a * e - b * d;
  if (!Number.isFinite(1 / determinant) || !affine.every(Number.isFinite)) {
    throw expected("invertAffine", "an invertible affine of finite numbers", `[${affine}]`);
  }
  const [g, h, i, j] = [e / determinant, -b / determinant, -d / determinant, a / determinant];
  return [g, h, -(g * c + h * f), i, j, -(i * c + j * f)];
}

function assertSpread(points: readonly Point[]): void {
  const bad = points.find(([x, y]) => !Number.isFinite(x + y));
  if (bad) throw expected("estimateSimilarity", "points of finite numbers", `(${bad[0]}, ${bad[1]})`);
  const [mx, my] = points.length > 0 ? mean(points) : [0, 0];
  const reach = Math.max(...points.map(([x, y]) => Math.max(Math.abs(x - mx), Math.abs(y - my))), 0);
  // Rounding moves the mean of equal points off them by some 1e-16 of their size.
  if (reach > 1e-12 * Math.max(Math.abs(mx), Math.abs(my))) return;
  throw new ArcfaceError(
    "INVALID_ARGUMENT",
    `estimateSimilarity: expected at least two distinct points, got ${points.length > 1 ? "one, repeated" : points.length}`,
  );
}

function mean(points: readonly Point[]): Point {
  let x = 0;
  let y = 0;
  for (const point of points) {
    x += point[0];
    y += point[1];
  }
  return [x / points.length, y / points.length];
}
