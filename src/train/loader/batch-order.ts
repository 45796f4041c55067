import type { ImagePlace } from "../../data/labelled-images.ts";
import type { Augmentation } from "../../image/augment/augment.ts";
import type { CropCache } from "./crop-cache.ts";

/** What a batch is made of; plain data. */
export type BatchOrder = {
  readonly samples: readonly SampleOrder[];
  readonly seed: number;
  readonly epoch: number;
  readonly size: number;
  readonly classes: number;
  readonly augmentation: Augmentation;
  readonly skipBad: boolean;
  readonly cache: CropCache | null;
};

export type SampleOrder = {
  readonly sample: number;
  readonly place: ImagePlace;
  /** `null` where it stands in the record. */
  readonly label: number | null;
  readonly name: string;
};

/** What comes of it. */
export type MadeBatch = {
  readonly images: Float32Array<ArrayBuffer>;
  readonly labels: BigInt64Array<ArrayBuffer>;
  readonly samples: Uint32Array<ArrayBuffer>;
  /** Samples that could not be used; the reason is told once, by whoever met it first. */
  readonly bad: readonly { readonly sample: number; readonly reason: string | null }[];
  /** How long the thread was at it, milliseconds. */
  readonly tookMs: number;
};
