import { Buffer, type Stamps } from "./buffer.ts";
import type { ImgTransformation } from "./img-transformation.ts";

/** Numbers that a network estimates of a frame. */
export class Predictions extends Buffer {
  readonly predictions: readonly { readonly prediction: number }[];
  #transformation: ImgTransformation | null = null;

  constructor(values: readonly number[], stamps: Stamps = {}) {
    super(new Uint8Array(), stamps);
    this.predictions = values.map((prediction) => ({ prediction }));
  }

  /** The first of them; NaN where there is none. */
  get prediction(): number {
    return this.predictions[0]?.prediction ?? Number.NaN;
  }

  /** Of the frame that was looked at; `null` where nobody said. */
  getTransformation(): ImgTransformation | null {
    return this.#transformation;
  }

  setTransformation(transformation: ImgTransformation | null): this {
    this.#transformation = transformation;
    return this;
  }
}
