import type { FaceDetection } from "../geometry/detection.ts";
import type { NoChoice } from "./choose-face.ts";

/** Why a picture gave no crop. `not-an-image`: its name or its first bytes are of no kind that is read. */
export const DROP_REASONS = [
  "no-face",
  "several-faces",
  "too-small",
  "not-an-image",
  "damaged",
  "too-large",
  "unreadable",
] as const satisfies readonly (NoChoice | string)[];

export type DropReason = (typeof DROP_REASONS)[number];

/** What became of one picture: a line of the report. */
export type CropOutcome = {
  /** Its path in the source, `/` between parts; of RecordIO, its record. */
  readonly image: string;
  /** What tells that the picture is still the one that was looked at: a file's size and time of change. */
  readonly stamp: string;
  /** How many faces were found. */
  readonly faces: number;
} & (
  | ({ /** The crop's path in the destination. */ readonly crop: string } & FaceDetection)
  | { readonly dropped: DropReason; readonly why?: string }
);

/** How many pictures gave a crop, and how many did not, by reason; reasons that did not occur are left out. */
export type CropCounts = {
  readonly images: number;
  readonly kept: number;
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
};

export function countOutcomes(outcomes: Iterable<CropOutcome>): CropCounts {
  let [images, kept] = [0, 0];
  const counts = new Map<DropReason, number>();
  for (const outcome of outcomes) {
    images++;
    if ("crop" in outcome) kept++;
    else counts.set(outcome.dropped, (counts.get(outcome.dropped) ?? 0) + 1);
  }
  const dropped = Object.fromEntries(
    DROP_REASONS.flatMap((reason) => (counts.has(reason) ? [[reason, counts.get(reason)!]] : [])),
  );
  return { images, kept, dropped };
}
