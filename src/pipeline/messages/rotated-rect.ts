import type { Point2f } from "./img-transformation.ts";

export type Size2f = { readonly width: number; readonly height: number };

/**
 * A rectangle turned about its centre, measured edge to edge: the whole of an image is centred at (width / 2, height / 2).
 * In pixels, or normalised: fractions of the frame's width and height. The angle is one of pixels either way.
 */
export class RotatedRect {
  readonly center: Point2f;
  readonly size: Size2f;
  /** Degrees, clockwise as seen. */
  readonly angle: number;
  readonly #normalized: boolean;

  /** @param normalized default: whether its numbers could be fractions, as DepthAI guesses. */
  constructor(center: Point2f, size: Size2f, angle = 0, normalized: boolean = couldBeFractions(center, size)) {
    this.center = center;
    this.size = size;
    this.angle = angle;
    this.#normalized = normalized;
  }

  /** An upright one by its edges. */
  static ofEdges(xmin: number, ymin: number, xmax: number, ymax: number, normalized?: boolean): RotatedRect {
    const center = { x: (xmin + xmax) / 2, y: (ymin + ymax) / 2 };
    return new RotatedRect(center, { width: xmax - xmin, height: ymax - ymin }, 0, normalized);
  }

  isNormalized(): boolean {
    return this.#normalized;
  }

  /** In fractions of a frame of that size; itself where it is so already. */
  normalize(width: number, height: number): RotatedRect {
    return this.#normalized ? this : this.#scaled(1 / width, 1 / height, true);
  }

  /** In pixels of a frame of that size; itself where it is so already. */
  denormalize(width: number, height: number): RotatedRect {
    return this.#normalized ? this.#scaled(width, height, false) : this;
  }

  /**
   * Its corners: top left, top right, bottom right and bottom left before it is turned. A normalised rectangle is turned
   * as though the frame were square: denormalize first where it is not.
   */
  getPoints(): readonly [Point2f, Point2f, Point2f, Point2f] {
    const [w, h] = [this.size.width / 2, this.size.height / 2];
    const radians = (this.angle * Math.PI) / 180;
    const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
    const corner = (x: number, y: number): Point2f => ({
      x: this.center.x + cos * x - sin * y,
      y: this.center.y + sin * x + cos * y,
    });
    return [corner(-w, -h), corner(w, -h), corner(w, h), corner(-w, h)];
  }

  /** The upright rectangle about its corners. */
  getOuterRect(): readonly [xmin: number, ymin: number, xmax: number, ymax: number] {
    const points = this.getPoints();
    const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
    return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  }

  #scaled(x: number, y: number, normalized: boolean): RotatedRect {
    const center = { x: this.center.x * x, y: this.center.y * y };
    const size = { width: this.size.width * x, height: this.size.height * y };
    return new RotatedRect(center, size, this.angle, normalized);
  }
}

function couldBeFractions({ x, y }: Point2f, { width, height }: Size2f): boolean {
  return [x, y, width, height].every((value) => value >= 0 && value <= 1);
}
