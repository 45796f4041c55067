import {
  composeHomography,
  type Homography,
  homographyOfPoints,
  IDENTITY,
  invertHomography,
  recentre,
} from "../../geometry/homography.ts";
import type { Region } from "../../image/warp-perspective.ts";
import type { ImageManipConfig, ManipOp, ResizeMode } from "../messages/image-manip-config.ts";

/** All steps of a configuration as one. */
export type ManipPlan = {
  /** Picture → output, pixel centres at whole numbers. */
  readonly matrix: Homography;
  readonly width: number;
  readonly height: number;
  /** What was cut off on the way: only what lies in all of these shows. */
  readonly within: readonly Region[];
};

type Size = readonly [width: number, height: number];
/** Picture → canvas, in edges: (0, 0) is the top left corner of both, and the canvas ends at its size. */
type Canvas = { readonly matrix: Homography; readonly size: Size };

/** @throws {ArcfaceError} INVALID_ARGUMENT where a step flattens the picture. */
export function planManip(config: ImageManipConfig, width: number, height: number): ManipPlan {
  let canvas: Canvas = { matrix: IDENTITY, size: [width, height] };
  const cuts: Canvas[] = [];
  for (const op of config.getOps()) {
    canvas = step(canvas, op);
    if (CUTS.has(op.kind)) cuts.push(canvas);
  }
  const size = config.getOutputSize() ?? wholeSize(canvas.size);
  const placed = place(
    canvas.size,
    size,
    config.getOutputSize() ? config.getResizeMode() : "NONE",
    config.getOutputCenter(),
  );
  const edges = composeHomography(placed, canvas.matrix);
  const toPicture = invertHomography(edges);
  const within = cuts.map(({ matrix, size: [w, h] }) => ({
    matrix: toCentres(composeHomography(matrix, toPicture)),
    width: w,
    height: h,
  }));
  return { matrix: toCentres(edges), width: size[0], height: size[1], within };
}

/** Steps after which there may be more of the picture than the canvas shows. */
const CUTS: ReadonlySet<ManipOp["kind"]> = new Set(["crop", "perspective", "fourPoints"]);

function step(canvas: Canvas, op: ManipOp): Canvas {
  const [w, h] = canvas.size;
  switch (op.kind) {
    case "crop": {
      const { center, size, angle } = op.rect.denormalize(w, h);
      const upright = composeHomography(turn(-angle), shift(-center.x, -center.y));
      return next(canvas, composeHomography(shift(size.width / 2, size.height / 2), upright), [
        size.width,
        size.height,
      ]);
    }
    case "scale":
      return next(canvas, scale(op.x, op.y), [op.x * w, op.y * h]);
    case "flip": {
      const isHorizontal = op.axis === "horizontal";
      return next(canvas, isHorizontal ? [-1, 0, w, 0, 1, 0, 0, 0, 1] : [1, 0, 0, 0, -1, h, 0, 0, 1], canvas.size);
    }
    case "rotate": {
      const [x, y] = [op.center.x * w, op.center.y * h];
      return around(canvas, recentre(turn(op.angle), x, y));
    }
    case "affine": {
      const [a, b, c, d] = op.matrix;
      return around(canvas, [a, b, 0, c, d, 0, 0, 0, 1]);
    }
    case "perspective":
      return next(canvas, facing(op.matrix, w / 2, h / 2), canvas.size);
    case "fourPoints": {
      const { from, to, normalized } = op;
      const matrix = homographyOfPoints(from, to);
      const inPixels = normalized
        ? composeHomography(scale(w, h), composeHomography(matrix, scale(1 / w, 1 / h)))
        : matrix;
      return next(canvas, inPixels, canvas.size);
    }
  }
}

function next({ matrix }: Canvas, by: Homography, size: Size): Canvas {
  return { matrix: composeHomography(by, matrix), size };
}

/** The canvas grows or shrinks to the upright rectangle about what was on it. */
function around(canvas: Canvas, by: Homography): Canvas {
  const [a, b, c, d, e, f] = by;
  const [w, h] = canvas.size;
  const span = (x: number, y: number, from: number): [number, number] => [
    from + Math.min(0, x * w) + Math.min(0, y * h),
    from + Math.max(0, x * w) + Math.max(0, y * h),
  ];
  const [[x0, x1], [y0, y1]] = [span(a, b, c), span(d, e, f)];
  return next(canvas, composeHomography(shift(-x0, -y0), by), [x1 - x0, y1 - y0]);
}

/** The same matrix with the sign by which that point lies ahead. */
function facing(matrix: Homography, x: number, y: number): Homography {
  const [a, b, c, d, e, f, g, h, i] = matrix;
  return g * x + h * y + i < 0 ? [-a, -b, -c, -d, -e, -f, -g, -h, -i] : matrix;
}

/** Canvas → output. */
function place([w, h]: Size, [width, height]: Size, mode: ResizeMode, isCentred: boolean): Homography {
  const [x, y] = [width / w, height / h];
  const factors: Record<ResizeMode, Size> = {
    NONE: [1, 1],
    STRETCH: [x, y],
    LETTERBOX: [Math.min(x, y), Math.min(x, y)],
    CENTER_CROP: [Math.max(x, y), Math.max(x, y)],
  };
  const [fx, fy] = factors[mode];
  const [left, top] = isCentred ? [(width - fx * w) / 2, (height - fy * h) / 2] : [0, 0];
  return [fx, 0, left, 0, fy, top, 0, 0, 1];
}

function wholeSize([width, height]: Size): Size {
  return [Math.max(1, Math.round(width)), Math.max(1, Math.round(height))];
}

function shift(x: number, y: number): Homography {
  return [1, 0, x, 0, 1, y, 0, 0, 1];
}

function scale(x: number, y: number): Homography {
  return [x, 0, 0, 0, y, 0, 0, 0, 1];
}

/** Clockwise as seen. Quarter turns are exact, so that they move pixels and blend none. */
function turn(degrees: number): Homography {
  const quarters = degrees / 90;
  const exact = Number.isInteger(quarters) ? ((quarters % 4) + 4) % 4 : null;
  const radians = (degrees * Math.PI) / 180;
  const cos = exact === null ? Math.cos(radians) : [1, 0, -1, 0][exact]!;
  const sin = exact === null ? Math.sin(radians) : [0, 1, 0, -1][exact]!;
  return [cos, -sin, 0, sin, cos, 0, 0, 0, 1];
}

/** From edges, where the first pixel's centre is at ½, to centres, where it is at 0. */
function toCentres(matrix: Homography): Homography {
  return recentre(matrix, -0.5, -0.5);
}
