import type { PageError } from "./page-types.ts";

export type PageOptions = {
  /** The address of a worker's module, which networks run in rather than on the page. */
  readonly worker?: string;
  readonly threads?: number;
};

/** How a page fares while a pipeline looks for faces on it. */
export type Health = {
  /** Numbers of the frames that were looked at. */
  readonly sequences: readonly number[];
  /** How old each frame was when its faces were told, in ms of the pipeline's clock. */
  readonly ages: readonly number[];
  /** Times that the browser could draw between one frame's faces and the next's. */
  readonly drawn: readonly number[];
  /** Frames that the camera gave and nobody took, or that gave way to newer ones before the detector. */
  readonly dropped: number;
  /** The most messages that waited before the detector at any moment. */
  readonly mostWaiting: number;
  /** What the page held when half the frames had been looked at, and at the end, bytes. */
  readonly memory: readonly number[];
};

/** What ended a pipeline, or null; and what then became of every camera that the page was given. */
export type Ending = {
  readonly error: PageError | null;
  readonly isRunning: boolean;
  readonly tracks: readonly ("live" | "ended")[];
};
