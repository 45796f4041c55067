import type { StepsRun } from "../train/log.ts";
import type { PeopleVerification } from "./people-verification.ts";

/** What came of a fine-tuning. */
export type Finetuned = StepsRun & {
  /** Paths of the network and of its card. */
  readonly model: string;
  readonly card: string;
  /** The slug of the network that it began with. */
  readonly from: string;
  readonly people: Readonly<Record<"train" | "validation" | "test", number>>;
  /** Pictures trained on. */
  readonly images: number;
  readonly steps: number;
  /** The epoch that was kept; 0 is the network as it was. */
  readonly epoch: number;
  /** On people that took no part in anything; `null` where nobody was held back for it. */
  readonly before: PeopleVerification | null;
  readonly after: PeopleVerification | null;
};
