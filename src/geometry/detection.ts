import type { Box, Landmarks } from "./types.ts";

/** What a detector says of one face, in whatever pixels the caller works in. */
export type Detection = {
  readonly box: Box;
  /** 0–1, larger is surer; scales of different detectors do not compare. */
  readonly score: number;
  /** Absent where the network gives a box only. */
  readonly landmarks?: Landmarks;
};

/** A detection with its landmarks: what alignment needs. */
export type FaceDetection = Detection & { readonly landmarks: Landmarks };
