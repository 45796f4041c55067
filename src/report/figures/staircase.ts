export type CurvePoint = { readonly x: number; readonly y: number };

/** How many points a curve is drawn with, about: more are not seen. */
const MOST = 800;

/**
 * Two rates that never fall, as they are drawn: flat, then straight up, from the first rate of the axis on. A curve of
 * millions of steps is thinned where its points would fall together.
 *
 * @param lowest where the axis of `x`, which is logarithmic, begins.
 */
export function staircase(x: ArrayLike<number>, y: ArrayLike<number>, lowest: number): CurvePoint[] {
  const points: CurvePoint[] = [];
  const nearX = -Math.log(lowest) / MOST;
  let before = 0;
  for (let i = 0; i < x.length; i++) {
    const rate = x[i]!;
    if (rate >= lowest) {
      if (points.length === 0) points.push({ x: lowest, y: before });
      const last = points.at(-1)!;
      const isNear = Math.log(rate / last.x) < nearX && Math.abs(y[i]! - last.y) < 1 / MOST / 10;
      if (!isNear || i === x.length - 1) points.push({ x: rate, y: before }, { x: rate, y: y[i]! });
    }
    before = y[i]!;
  }
  return points.filter((p, i) => p.x !== points[i - 1]?.x || p.y !== points[i - 1]?.y);
}
