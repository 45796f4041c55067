import { Buffer, type Stamps } from "../pipeline/messages/buffer.ts";
import type { ImgTransformation, Point2f } from "../pipeline/messages/img-transformation.ts";

/** Red, green, blue and opacity, 0–1. */
export type Color = { readonly r: number; readonly g: number; readonly b: number; readonly a: number };

/** How the points are joined. */
export type PointsAnnotationType = "POINTS" | "LINE_LOOP" | "LINE_STRIP" | "LINE_LIST";

export type PointsAnnotation = {
  readonly type: PointsAnnotationType;
  readonly points: readonly Point2f[];
  readonly outlineColor?: Color;
  /** One a point, in place of the one colour. */
  readonly outlineColors?: readonly Color[];
  readonly fillColor?: Color;
  readonly thickness?: number;
};

export type CircleAnnotation = {
  readonly position: Point2f;
  /** Fraction of the frame's width. */
  readonly diameter: number;
  readonly thickness?: number;
  readonly outlineColor?: Color;
  readonly fillColor?: Color;
};

export type TextAnnotation = {
  /** Left end of the base line. */
  readonly position: Point2f;
  readonly text: string;
  /** Pixels of the frame. */
  readonly fontSize?: number;
  readonly textColor?: Color;
  readonly backgroundColor?: Color;
};

/** Positions are fractions of the frame; thickness is pixels. */
export type ImgAnnotation = {
  readonly circles?: readonly CircleAnnotation[];
  readonly points?: readonly PointsAnnotation[];
  readonly texts?: readonly TextAnnotation[];
};

/** What to draw over a frame, as DepthAI's class of this name: how a node of one's own says what it has found. */
export class ImgAnnotations extends Buffer {
  annotations: readonly ImgAnnotation[];
  #transformation: ImgTransformation | null;

  /** @param transformation of the frame that positions are fractions of. */
  constructor(
    annotations: readonly ImgAnnotation[] = [],
    stamps: Stamps = {},
    transformation: ImgTransformation | null = null,
  ) {
    super(new Uint8Array(), stamps);
    this.annotations = annotations;
    this.#transformation = transformation;
  }

  /** `null` where nobody said: then it is the frame that is shown. */
  getTransformation(): ImgTransformation | null {
    return this.#transformation;
  }

  setTransformation(transformation: ImgTransformation | null): this {
    this.#transformation = transformation;
    return this;
  }
}
