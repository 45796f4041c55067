import { ArcfaceError, expected } from "../errors.ts";

/** A similarity at or above `threshold` means the same person, at this measured rate of false accepts. */
export type Threshold = { readonly falseAcceptRate: number; readonly threshold: number; readonly measuredOn: string };

export type DecisionOptions = {
  /** Cosine similarity at or above which two faces are one person; overrides `falseAcceptRate`. −1 to 1. */
  readonly threshold?: number;
  /** One of the rates the recogniser's card was measured at. Default: the card's first. */
  readonly falseAcceptRate?: number;
};

/** What a decision rests on. The rate is of one comparison; it is `null` where the caller chose the threshold. */
export type Rule = {
  readonly threshold: number;
  readonly falseAcceptRate: number | null;
  readonly measuredOn: string | null;
};

/**
 * The rule that a caller's options and a recogniser's card agree on.
 *
 * @param model the recogniser's slug, for errors.
 * @throws {ArcfaceError} INVALID_ARGUMENT where the threshold is no cosine, or nothing was measured at that rate;
 *   NOT_FOUND where the card has no thresholds and the caller gives none.
 */
export function chooseRule(
  measured: readonly Threshold[],
  { threshold, falseAcceptRate }: DecisionOptions,
  model: string,
): Rule {
  if (threshold !== undefined) {
    if (!(threshold >= -1 && threshold <= 1))
      throw expected("threshold", "a cosine similarity from -1 to 1", `${threshold}`);
    return { threshold, falseAcceptRate: null, measuredOn: null };
  }
  const [first] = measured;
  if (!first) {
    throw new ArcfaceError("NOT_FOUND", `${model}: its card has no measured thresholds`, {
      hint: "name one yourself with the option threshold",
    });
  }
  if (falseAcceptRate === undefined) return first;
  const match = measured.find((m) => Math.abs(m.falseAcceptRate / falseAcceptRate - 1) < 1e-6);
  if (!match) {
    const rates = measured.map((m) => m.falseAcceptRate).join(", ");
    throw expected("falseAcceptRate", `a rate that ${model} was measured at (${rates})`, `${falseAcceptRate}`);
  }
  return match;
}
