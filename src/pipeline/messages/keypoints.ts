import { Buffer, type Stamps } from "./buffer.ts";
import type { Keypoint } from "./img-detection.ts";
import type { ImgTransformation } from "./img-transformation.ts";

/** Points of one thing, as fractions of the frame, edge to edge. */
export class Keypoints extends Buffer {
  readonly keypoints: readonly Keypoint[];
  #transformation: ImgTransformation | null = null;

  constructor(keypoints: readonly Keypoint[], stamps: Stamps = {}) {
    super(new Uint8Array(), stamps);
    this.keypoints = keypoints;
  }

  /** Of the frame that the points are fractions of; `null` where nobody said. */
  getTransformation(): ImgTransformation | null {
    return this.#transformation;
  }

  setTransformation(transformation: ImgTransformation | null): this {
    this.#transformation = transformation;
    return this;
  }
}
