import type { Face, FrameStream } from "arcface-ts";

/** What the page tells of a face. */
export type PageFace = Pick<Face, "box" | "landmarks" | "score"> & { readonly embedding: number[] };

export type PageImage = { readonly width: number; readonly height: number; readonly data: number[] };

export type PageFrame = {
  readonly sequence: number;
  readonly timestampMs: number;
  /** Only where they were asked for. */
  readonly image: PageImage | null;
  readonly faces: readonly PageFace[];
};

export type PageStream = Pick<FrameStream, "width" | "height" | "fps" | "live" | "name" | "dropped"> & {
  readonly frames: readonly PageFrame[];
  /** Of the camera's tracks, after the stream was disposed. */
  readonly tracks: readonly MediaStreamTrackState[];
};

type MediaStreamTrackState = "live" | "ended";

export type ReadPlan = {
  readonly frames: number;
  /** How long the reader is busy after each frame. */
  readonly busyMs?: number;
  /** Find and embed the faces of each frame, and hand its pixels over. */
  readonly look?: boolean;
};

export type PageError = { readonly code: string; readonly message: string; readonly hint: string | undefined };
