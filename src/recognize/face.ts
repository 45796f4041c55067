import type { FaceDetection } from "../geometry/detection.ts";
import type { Image } from "../image/image.ts";

/** A face that was found, with what recognition made of it. */
export type Face = FaceDetection & {
  /** L2-normalised, unless the raw embedding was asked for. */
  readonly embedding: Float32Array;
};

/** A photograph: a name the host can read (a path, an address), an encoded file's bytes, or pixels. */
export type ImageInput = string | Uint8Array | Image;
