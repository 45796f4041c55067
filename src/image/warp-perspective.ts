import { expected } from "../errors.ts";
import { applyHomography, composeHomography, type Homography, homographyOf } from "../geometry/homography.ts";
import { invertAffine } from "../geometry/similarity.ts";
import type { Point } from "../geometry/types.ts";
import { halvedPart, halvingsFor } from "./halved-part.ts";
import { createImage, type Image } from "./image.ts";

export type Rgb = readonly [red: number, green: number, blue: number];

/** A picture, or a piece of one, that lies somewhere in the output. */
export type Region = {
  /** Output → the piece's own pixels, centres at whole numbers. */
  readonly matrix: Homography;
  readonly width: number;
  readonly height: number;
};

export type WarpOptions = {
  /** What shows where the image does not. Default black. */
  readonly background?: Rgb;
  /** Only what lies in all of these is taken from the image: crops that came before. */
  readonly within?: readonly Region[];
};

/** a·x + b·y + c ≥ 0. */
type HalfPlane = readonly [a: number, b: number, c: number];

/** Room for rounding at edges, pixels. */
const EDGE = 1e-6;

/**
 * Bilinear warp along any homography. As `cv2.warpPerspective(…, borderMode=BORDER_REPLICATE)` within one grey level
 * where a pixel's centre falls on the image, and the background everywhere else: edges are sharp, not blended, so that
 * a picture that is scaled up or letterboxed keeps its colours to the rim. Source positions are rounded to 1/32 px.
 *
 * Where the picture shrinks (at the output's centre a pixel spans 1.7 of the image's or more) it is first halved by 2×2
 * means, as often as needed; OpenCV does not, and aliases.
 *
 * @param toImage output → image, pixel centres at whole numbers.
 * @throws {ArcfaceError} INVALID_ARGUMENT where the matrix is not finite or the size is not positive.
 */
export function warpPerspective(
  image: Image,
  toImage: Homography,
  width: number,
  height: number,
  { background = [0, 0, 0], within = [] }: WarpOptions = {},
): Image {
  if (!toImage.every(Number.isFinite)) throw expected("warpPerspective", "nine finite numbers", `[${toImage}]`);
  const out = createImage(width, height);
  fill(out, background);
  const planes = [{ matrix: toImage, width: image.width, height: image.height }, ...within].flatMap(edgesOf);
  const halvings = halvingsFor(spanAt(toImage, [(width - 1) / 2, (height - 1) / 2]));
  if (halvings === 0) sample(image, toImage, planes, out);
  else {
    const part = halvedPart(image, boundsOf(toImage, width, height, image), halvings);
    if (part) sample(part.image, composeHomography(homographyOf(invertAffine(part.toImage)), toImage), planes, out);
  }
  return out;
}

function sample(source: Image, toSource: Homography, planes: readonly HalfPlane[], out: Image): void {
  const [a, b, c, d, e, f, g, h, k] = toSource;
  const { width, height, data } = source;
  const pixels = out.data;
  const [right, bottom] = [32 * (width - 1), 32 * (height - 1)];
  const stride = 3 * width;
  const isAffine = g === 0 && h === 0;
  for (let j = 0; j < out.height; j++) {
    const [first, last] = shownOf(planes, j, out.width);
    const [x0, y0, w0] = [b * j + c, e * j + f, h * j + k];
    let scale = 32 / w0;
    for (let i = first, to = 3 * (j * out.width + first); i <= last; i++, to += 3) {
      if (!isAffine) scale = 32 / (g * i + w0);
      // 32nds of a pixel, kept on the image, where truncation is the floor.
      const fx = (a * i + x0) * scale + 0.5;
      const fy = (d * i + y0) * scale + 0.5;
      const x = fx <= 0 ? 0 : fx >= right ? right : fx | 0;
      const y = fy <= 0 ? 0 : fy >= bottom ? bottom : fy | 0;
      const u = x & 31;
      const v = y & 31;
      const at = (y >> 5) * stride + 3 * (x >> 5);
      // On the last column and row the weights beyond are 0: any pixel will do.
      const beside = u === 0 ? at : at + 3;
      const down = v === 0 ? 0 : stride;
      const w00 = (32 - u) * (32 - v);
      const w01 = u * (32 - v);
      const w10 = (32 - u) * v;
      const w11 = u * v;
      for (let n = 0; n < 3; n++) {
        const upper = w00 * data[at + n]! + w01 * data[beside + n]!;
        const lower = w10 * data[at + down + n]! + w11 * data[beside + down + n]!;
        pixels[to + n] = (upper + lower + 512) >> 10;
      }
    }
  }
}

/** The first and the last pixel of a row that lie on the right side of all lines; none where first > last. */
function shownOf(planes: readonly HalfPlane[], row: number, width: number): [first: number, last: number] {
  let [first, last] = [0, width - 1];
  for (const [a, b, c] of planes) {
    const rest = b * row + c;
    if (a > 0) first = Math.max(first, Math.ceil(-rest / a));
    else if (a < 0) last = Math.min(last, Math.floor(-rest / a));
    else if (!(rest >= 0)) return [0, -1];
  }
  return [first, last];
}

/** The lines that bound a region in the output: its four edges, and the horizon where there is one. */
function edgesOf({ matrix, width, height }: Region): HalfPlane[] {
  const [a, b, c, d, e, f, g, h, k] = matrix;
  const beyond = (at: number, x: number, y: number, z: number): HalfPlane => [x - at * g, y - at * h, z - at * k];
  const before = (at: number, x: number, y: number, z: number): HalfPlane => [at * g - x, at * h - y, at * k - z];
  const edges = [
    beyond(-0.5 - EDGE, a, b, c),
    before(width - 0.5 + EDGE, a, b, c),
    beyond(-0.5 - EDGE, d, e, f),
    before(height - 0.5 + EDGE, d, e, f),
  ];
  return g === 0 && h === 0 && k > 0 ? edges : [...edges, [g, h, k]];
}

/** How many pixels of the image one of the output spans there, the geometric mean of both directions. */
function spanAt(matrix: Homography, [x, y]: Point): number {
  const [a, b, c, d, e, f, g, h, k] = matrix;
  const determinant = a * (e * k - f * h) - b * (d * k - f * g) + c * (d * h - e * g);
  const w = g * x + h * y + k;
  return w > 0 ? Math.sqrt(Math.abs(determinant) / w ** 3) : 1;
}

/** The image's pixels that the output shows: between its corners, or all where the horizon runs through it. */
function boundsOf(matrix: Homography, width: number, height: number, image: Image): [number, number, number, number] {
  const corners: Point[] = [0, width - 1].flatMap((x) => [0, height - 1].map((y): Point => [x, y]));
  const isAhead = corners.every(([x, y]) => matrix[6] * x + matrix[7] * y + matrix[8] > 0);
  if (!isAhead) return [0, 0, image.width - 1, image.height - 1];
  const seen = corners.map((corner) => applyHomography(matrix, corner));
  const [xs, ys] = [seen.map(([x]) => x), seen.map(([, y]) => y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

function fill({ data }: Image, [red, green, blue]: Rgb): void {
  if (red === green && green === blue) {
    if (red !== 0) data.fill(red);
    return;
  }
  for (let at = 0; at < data.length; at += 3) {
    data[at] = red;
    data[at + 1] = green;
    data[at + 2] = blue;
  }
}
