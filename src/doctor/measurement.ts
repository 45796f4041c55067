import type { Contract } from "./contract.ts";
import type { DetectorHeads } from "./detector-heads.ts";
import type { GraphFacts } from "./graph-facts.ts";
import type { Standing } from "./race.ts";
import type { PairKind } from "./samples.ts";

type Common = {
  readonly graph: GraphFacts;
  /** Every contract that was tried, the likeliest first. */
  readonly standings: readonly Standing[];
  /** Does the best of them make the network do its work at all? */
  readonly works: boolean;
};

/** What feeding faces to a recogniser showed, whatever its card says; scores are separations. */
export type RecognizerMeasurement = Common & {
  readonly kind: "recognizer";
  /** The output that was taken for the embedding, and its numbers for one crop. */
  readonly output: string;
  readonly embeddingSize: number;
  /** Is an embedding the same whoever shares its batch? `null` where the graph fixes the batch. */
  readonly isBatchSafe: boolean | null;
  readonly pairs: PairKind;
  /** Of what the best contract was measured on; a face is fed several times where pairs are variants. */
  readonly counts: {
    readonly samples: number;
    readonly faces: number;
    readonly people: number;
    readonly genuine: number;
    readonly impostor: number;
  };
};

/** What showing photographs to a detector showed; scores are those of createDetectorRunner. */
export type DetectorMeasurement = Common & {
  readonly kind: "detector";
  readonly heads: DetectorHeads;
  readonly counts: { readonly photos: number; readonly faces: number; readonly found: number };
  /** Mean distance of its landmarks from the reference's, in distances of the eyes; `null` where it has none. */
  readonly landmarkError: number | null;
};

export type Measurement = RecognizerMeasurement | DetectorMeasurement;

export type MeasureOptions = {
  /** Contracts to try besides the likely ones: a card's own. */
  readonly also?: readonly Contract[];
  readonly signal?: AbortSignal | undefined;
  /** Called after each run of the network; how many there will be shows only on the way. */
  readonly onRun?: ((done: number) => void) | undefined;
};
