import { expected } from "../../errors.ts";
import {
  applyHomography,
  composeHomography,
  type Homography,
  IDENTITY,
  invertHomography,
} from "../../geometry/homography.ts";

/** A point in pixels, whole numbers being pixel centres, or in fractions of a frame, edge to edge. */
export type Point2f = { readonly x: number; readonly y: number };

/**
 * How a frame came from the one that was captured: crops, scales and turns as one matrix. Two frames of one source, and
 * what was found in them, are compared by going through the source. It does not change.
 */
export class ImgTransformation {
  readonly #source: readonly [width: number, height: number];
  readonly #size: readonly [width: number, height: number];
  readonly #matrix: Homography;
  #inverse: Homography | null = null;

  /** @param matrix source → this frame, in pixels whose centres are at whole numbers. */
  constructor(sourceWidth: number, sourceHeight: number, matrix: Homography, width: number, height: number) {
    for (const size of [sourceWidth, sourceHeight, width, height]) {
      if (!(Number.isInteger(size) && size > 0)) {
        throw expected(
          "ImgTransformation",
          "sizes of whole pixels",
          `${sourceWidth}×${sourceHeight} to ${width}×${height}`,
        );
      }
    }
    this.#source = [sourceWidth, sourceHeight];
    this.#size = [width, height];
    this.#matrix = matrix;
  }

  /** Of a frame as it was captured. */
  static identity(width: number, height: number): ImgTransformation {
    return new ImgTransformation(width, height, IDENTITY, width, height);
  }

  /** What it is after one step more. @param matrix this frame → the next one, which has that size. */
  followedBy(matrix: Homography, width: number, height: number): ImgTransformation {
    const [sourceWidth, sourceHeight] = this.#source;
    return new ImgTransformation(sourceWidth, sourceHeight, composeHomography(matrix, this.#matrix), width, height);
  }

  /** Of this frame, pixels. */
  getSize(): readonly [width: number, height: number] {
    return this.#size;
  }

  /** Of the frame as captured, pixels. */
  getSourceSize(): readonly [width: number, height: number] {
    return this.#source;
  }

  /** Source → this frame, by rows. */
  getMatrix(): Homography {
    return this.#matrix;
  }

  /** This frame → source, by rows. @throws {ArcfaceError} INVALID_ARGUMENT where a step flattened the picture. */
  getMatrixInv(): Homography {
    this.#inverse ??= invertHomography(this.#matrix);
    return this.#inverse;
  }

  /** A point of the source, in this frame. */
  transformPoint(point: Point2f): Point2f {
    return apply(this.#matrix, point);
  }

  /** A point of this frame, in the source. */
  invTransformPoint(point: Point2f): Point2f {
    return apply(this.getMatrixInv(), point);
  }

  /** A point of this frame, in another of the same source. */
  remapPointTo(to: ImgTransformation, point: Point2f): Point2f {
    return to.transformPoint(this.invTransformPoint(point));
  }

  /** A point of another frame of the same source, in this one. */
  remapPointFrom(from: ImgTransformation, point: Point2f): Point2f {
    return from.remapPointTo(this, point);
  }
}

function apply(matrix: Homography, { x, y }: Point2f): Point2f {
  const [u, v] = applyHomography(matrix, [x, y]);
  return { x: u, y: v };
}
