import type { Evaluation, Figure, PublishedFigure } from "./evaluation.ts";

/** An evaluation without lists: what `arcface evaluate --json` prints. Rates are fractions. */
export type EvaluationSummary = {
  /** The protocol's title. */
  readonly protocol: string;
  readonly model: string;
  readonly detector: string | null;
  /** Of k folds: the mean, the population's standard deviation, and the mean threshold, a cosine. `null` without folds. */
  readonly accuracy: number | null;
  readonly std: number | null;
  readonly threshold: number | null;
  /** `null` where there are too few impostor pairs to tell; `null` altogether where no pairs are compared. */
  readonly tarAtFar: Readonly<Record<string, number | null>> | null;
  /** Pictures that gave no embedding. */
  readonly missed: number;
  readonly images: number;
  readonly pairs: number;
  /** Wall time of this run; what came from a cache took none. */
  readonly seconds: number;
  readonly eer: number | null;
  /** Pictures whose embedding the cache had. */
  readonly fromCache: number;
  readonly figures: readonly Figure[];
  /** The same figures of other networks, with their source. */
  readonly published: readonly PublishedFigure[];
};

const TAR = "TAR@FAR=";

export function summaryOf(evaluation: Evaluation): EvaluationSummary {
  const { protocol, recognizer, detector, figures, verification, missed, timing } = evaluation;
  const accuracy = figureOf(evaluation, "accuracy");
  const rates = figures.filter(({ name }) => name.startsWith(TAR));
  return {
    protocol: protocol.title,
    model: recognizer.name,
    detector: detector?.name ?? null,
    accuracy: accuracy?.value ?? null,
    std: accuracy?.std ?? null,
    threshold: accuracy?.threshold ?? null,
    tarAtFar:
      rates.length === 0 ? null : Object.fromEntries(rates.map(({ name, value }) => [name.slice(TAR.length), value])),
    missed: missed.length,
    images: protocol.images,
    pairs: verification ? verification.genuine + verification.impostor : 0,
    seconds: timing.seconds,
    eer: figureOf(evaluation, "EER")?.value ?? null,
    fromCache: timing.fromCache,
    figures,
    published: evaluation.published,
  };
}

/** A figure by its name; `null` where the protocol has none such. */
export function figureOf({ figures }: Pick<Evaluation, "figures">, name: string): Figure | null {
  return figures.find((figure) => figure.name === name) ?? null;
}
