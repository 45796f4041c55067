import { ArcfaceError } from "../errors.ts";

/**
 * A network's list of points.
 *
 * @param values [count, 2] or [count, 3], of any further axes of 1.
 * @param scale what the values are divided by.
 * @throws {ArcfaceError} MODEL_MISMATCH where there are not two or three numbers a point.
 */
export function parseKeypoints(
  values: ArrayLike<number>,
  count: number,
  scale: number,
): { readonly x: number; readonly y: number; readonly z?: number }[] {
  const axes = values.length / count;
  if (axes !== 2 && axes !== 3) {
    throw new ArcfaceError("MODEL_MISMATCH", `Expected 2 or 3 coordinates per keypoint, got ${axes}.`);
  }
  return Array.from({ length: count }, (_, i) => {
    const [x, y, z] = Array.from({ length: axes }, (_, k) => values[axes * i + k]! / scale) as [
      number,
      number,
      number?,
    ];
    return { x, y, ...(z !== undefined && { z }) };
  });
}
