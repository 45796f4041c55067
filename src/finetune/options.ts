import { expected } from "../errors.ts";
import type { LossSpec } from "../losses/loss.ts";
import type { LearntLayers } from "./learnt-weights.ts";

/** How a network is fine-tuned; every field has a default. */
export type FinetuneSettings = {
  readonly layers: LearntLayers;
  readonly loss: LossSpec;
  readonly batchSize: number;
  readonly numEpoch: number;
  /** Of the network. */
  readonly lr: number;
  /** Of the head's angles. */
  readonly headLr: number;
  readonly warmupEpoch: number;
  readonly momentum: number;
  readonly weightDecay: number;
  /** Embeddings are drawn to the old ones by anchor · ‖e − e_old‖²; 0: not. */
  readonly anchor: number;
  readonly seed: number;
  readonly augment: "none" | "flip" | "dali";
  /** People held back to choose the best epoch; 0: the last one counts. */
  readonly validation: number;
  /** People held back to tell what came of it. */
  readonly test: number;
};

/** What did best on people held back: docs/decisions/finetune.md. */
export const FINETUNE_DEFAULTS: FinetuneSettings = {
  layers: { last: 4 },
  loss: { kind: "margin", marginList: [1, 0.5, 0], s: 64 },
  batchSize: 32,
  numEpoch: 2,
  lr: 1e-3,
  headLr: 0.01,
  warmupEpoch: 0.5,
  momentum: 0.9,
  weightDecay: 5e-4,
  anchor: 0,
  seed: 0,
  augment: "flip",
  validation: 0,
  test: 0,
};

/** @throws {ArcfaceError} INVALID_ARGUMENT: the field, what it may be, what it is. */
export function checkSettings(settings: FinetuneSettings): void {
  const { lr, headLr, numEpoch, warmupEpoch, momentum, weightDecay, anchor, batchSize } = settings;
  const check = (field: string, value: number, what: string, fits: boolean) => {
    if (!fits || !Number.isFinite(value)) throw expected(`finetune: ${field}`, what, `${value}`);
  };
  check("batchSize", batchSize, "a whole number from 2", Number.isInteger(batchSize) && batchSize >= 2);
  check("numEpoch", numEpoch, "a whole number from 1", Number.isInteger(numEpoch) && numEpoch >= 1);
  check("lr", lr, "a positive number", lr > 0);
  check("headLr", headLr, "a positive number", headLr > 0);
  check("warmupEpoch", warmupEpoch, `0 to below ${numEpoch}`, warmupEpoch >= 0 && warmupEpoch < numEpoch);
  check("momentum", momentum, "0 to below 1", momentum >= 0 && momentum < 1);
  check("weightDecay", weightDecay, "0 or more", weightDecay >= 0);
  check("anchor", anchor, "0 or more", anchor >= 0);
}
