import type { Tensor } from "../../tensor/tensor.ts";

/** Requests under way or waiting at a session: one computes, one waits, so that a session never has nothing to do. */
export const REQUESTS = 2;

export type OpenSession = {
  readonly path: string;
  readonly name: string;
  readonly threads: number;
  readonly provider: "cpu" | "cuda";
  /** Sent once; every run replays it. */
  readonly feeds: Readonly<Record<string, Tensor>>;
};

export type Opened = { readonly loadMs: number; readonly firstInferenceMs: number };

/** Runs of a while: how many, in how many milliseconds, and how long each computed. */
export type Replayed = { readonly runs: number; readonly ms: number; readonly latencies: Float64Array };
