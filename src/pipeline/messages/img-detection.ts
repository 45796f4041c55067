import type { Point2f } from "./img-transformation.ts";
import { RotatedRect } from "./rotated-rect.ts";

/** A keypoint as a fraction of the frame, edge to edge; z where the network gives depth. */
export type Keypoint = Point2f & { readonly z?: number };

export type ImgDetectionFields = {
  readonly label?: number;
  readonly labelName?: string;
  /** 0–1. */
  readonly confidence?: number;
  /** Normalised. */
  readonly xmin?: number;
  readonly ymin?: number;
  readonly xmax?: number;
  readonly ymax?: number;
  /** Normalised; in place of the edges. */
  readonly boundingBox?: RotatedRect;
  readonly keypoints?: readonly Keypoint[];
};

const EDGES = ["xmin", "ymin", "xmax", "ymax"] as const;

/** Something found in a frame. All coordinates are fractions of the frame's width and height, edge to edge. */
export class ImgDetection {
  label: number;
  labelName: string;
  confidence: number;
  #edges: readonly [xmin: number, ymin: number, xmax: number, ymax: number];
  #boundingBox: RotatedRect | null = null;
  #keypoints: readonly Keypoint[];

  constructor({
    label = 0,
    labelName = "",
    confidence = 0,
    xmin = 0,
    ymin = 0,
    xmax = 0,
    ymax = 0,
    boundingBox,
    keypoints = [],
  }: ImgDetectionFields = {}) {
    this.label = label;
    this.labelName = labelName;
    this.confidence = confidence;
    this.#edges = [xmin, ymin, xmax, ymax];
    this.#keypoints = keypoints;
    if (boundingBox) this.setBoundingBox(boundingBox);
  }

  /** The edges of the upright box about it. */
  get xmin(): number {
    return this.#edges[0];
  }

  get ymin(): number {
    return this.#edges[1];
  }

  get xmax(): number {
    return this.#edges[2];
  }

  get ymax(): number {
    return this.#edges[3];
  }

  getBoundingBox(): RotatedRect {
    return this.#boundingBox ?? RotatedRect.ofEdges(...this.#edges, true);
  }

  /** @param box normalised. */
  setBoundingBox(box: RotatedRect): this {
    this.#boundingBox = new RotatedRect(box.center, box.size, box.angle, true);
    this.#edges = box.getOuterRect();
    return this;
  }

  /** An upright box by its edges, normalised. */
  setOuterBoundingBox(xmin: number, ymin: number, xmax: number, ymax: number): this {
    this.#edges = [xmin, ymin, xmax, ymax];
    this.#boundingBox = null;
    return this;
  }

  getKeypoints2f(): readonly Point2f[] {
    return this.#keypoints.map(({ x, y }) => ({ x, y }));
  }

  /** Those without depth have z = 0. */
  getKeypoints3f(): readonly Required<Keypoint>[] {
    return this.#keypoints.map(({ x, y, z = 0 }) => ({ x, y, z }));
  }

  /** Normalised. Of faces five: left and right eye as seen, nose, left and right mouth corner. */
  setKeypoints(keypoints: readonly Keypoint[]): this {
    this.#keypoints = keypoints;
    return this;
  }

  getCenterX(): number {
    return this.getBoundingBox().center.x;
  }

  getCenterY(): number {
    return this.getBoundingBox().center.y;
  }

  /** Along the box's own side, where it is turned. */
  getWidth(): number {
    return this.getBoundingBox().size.width;
  }

  getHeight(): number {
    return this.getBoundingBox().size.height;
  }

  /** Degrees, clockwise as seen. */
  getAngle(): number {
    return this.getBoundingBox().angle;
  }

  /** Another one like it, but for what is given: who receives a message changes copies. */
  with(changes: ImgDetectionFields): ImgDetection {
    const { label, labelName, confidence } = this;
    const [xmin, ymin, xmax, ymax] = this.#edges;
    const isMoved = EDGES.some((edge) => changes[edge] !== undefined);
    const place = this.#boundingBox && !isMoved ? { boundingBox: this.#boundingBox } : { xmin, ymin, xmax, ymax };
    return new ImgDetection({ label, labelName, confidence, ...place, keypoints: this.#keypoints, ...changes });
  }
}
