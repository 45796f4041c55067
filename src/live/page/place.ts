import { applyHomography, composeHomography, type Homography, invertHomography } from "../../geometry/homography.ts";
import type { Read } from "../wire/message-types.ts";

export type XY = { readonly x: number; readonly y: number };

type Transformation = Read<"common.ImgTransformation"> | undefined;

/**
 * How a point of the frame that something was found in, in fractions of it edge to edge, comes to lie in the frame that is
 * shown, likewise: through the frame that was captured. Where nobody said how the two are related they are taken for one.
 */
export function placeIn(shown: Transformation, found: Transformation): (point: XY) => XY {
  const [to, from] = [matrixOf(shown), matrixOf(found)];
  if (!shown || !found || !to || !from || isSame(to, from)) return (point) => point;
  const matrix = composeHomography(to, invertHomography(from));
  return ({ x, y }) => {
    // The matrices are of pixels whose centres are at whole numbers.
    const [u, v] = applyHomography(matrix, [x * found.width - 0.5, y * found.height - 0.5]);
    return { x: (u + 0.5) / shown.width, y: (v + 0.5) / shown.height };
  };
}

/** The corners of a turned box, which is measured in fractions and turned in pixels of a frame of that size. */
export function cornersOf(
  center: XY,
  size: { readonly width: number; readonly height: number },
  angle: number,
  frame: { readonly width: number; readonly height: number },
): XY[] {
  const [w, h] = [(size.width * frame.width) / 2, (size.height * frame.height) / 2];
  const [cos, sin] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
  const corners = [[-w, -h] as const, [w, -h] as const, [w, h] as const, [-w, h] as const];
  return corners.map(([x, y]) => ({
    x: center.x + (cos * x - sin * y) / frame.width,
    y: center.y + (sin * x + cos * y) / frame.height,
  }));
}

/** `null` where there is none, or none that can be turned round. */
function matrixOf(transformation: Transformation): Homography | null {
  const numbers = transformation?.transformationMatrix?.arrays.flatMap(({ values }) => values) ?? [];
  const [a, b, c, d, e, f, g, h, i] = numbers;
  const determinant = a! * (e! * i! - f! * h!) - b! * (d! * i! - f! * g!) + c! * (d! * h! - e! * g!);
  return numbers.length === 9 && Number.isFinite(1 / determinant) ? (numbers as unknown as Homography) : null;
}

function isSame(one: Homography, other: Homography): boolean {
  return one.every((value, index) => value === other[index]);
}
