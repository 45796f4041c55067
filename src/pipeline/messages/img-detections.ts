import type { Detection } from "../../geometry/detection.ts";
import { Buffer, type Stamps } from "./buffer.ts";
import { ImgDetection, type ImgDetectionFields } from "./img-detection.ts";
import type { ImgTransformation } from "./img-transformation.ts";

/** What was found in one frame. */
export class ImgDetections extends Buffer {
  detections: readonly ImgDetection[];
  #transformation: ImgTransformation | null;

  /** @param transformation of the frame that the detections are fractions of. */
  constructor(
    detections: readonly ImgDetection[] = [],
    stamps: Stamps = {},
    transformation: ImgTransformation | null = null,
  ) {
    super(new Uint8Array(), stamps);
    this.detections = detections;
    this.#transformation = transformation;
  }

  /** Of the frame that the detections are fractions of; `null` where nobody said. */
  getTransformation(): ImgTransformation | null {
    return this.#transformation;
  }

  setTransformation(transformation: ImgTransformation | null): this {
    this.#transformation = transformation;
    return this;
  }
}

/**
 * What a detector of the library found in an image of that size, as a message has it. Boxes are measured from edges and
 * landmarks from pixel centres, so a landmark at x is the fraction (x + ½) / width.
 */
export function toImgDetection(
  { box: [x0, y0, x1, y1], score, landmarks }: Detection,
  width: number,
  height: number,
  fields: ImgDetectionFields = {},
): ImgDetection {
  return new ImgDetection({
    confidence: score,
    xmin: x0 / width,
    ymin: y0 / height,
    xmax: x1 / width,
    ymax: y1 / height,
    keypoints: landmarks?.map(([x, y]) => ({ x: (x + 0.5) / width, y: (y + 0.5) / height })) ?? [],
    ...fields,
  });
}
