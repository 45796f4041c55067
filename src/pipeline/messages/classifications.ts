import { Buffer, type Stamps } from "./buffer.ts";
import type { ImgTransformation } from "./img-transformation.ts";

/** What a frame shows, with probabilities: the likeliest first. */
export class Classifications extends Buffer {
  readonly classes: readonly string[];
  /** One a class, in their order. */
  readonly scores: readonly number[];
  #transformation: ImgTransformation | null = null;

  constructor(classes: readonly string[], scores: readonly number[], stamps: Stamps = {}) {
    super(new Uint8Array(), stamps);
    this.classes = classes;
    this.scores = scores;
  }

  get topClass(): string {
    return this.classes[0] ?? "";
  }

  get topScore(): number {
    return this.scores[0] ?? 0;
  }

  /** Of the frame that was judged; `null` where nobody said. */
  getTransformation(): ImgTransformation | null {
    return this.#transformation;
  }

  setTransformation(transformation: ImgTransformation | null): this {
    this.#transformation = transformation;
    return this;
  }
}
