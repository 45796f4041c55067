import { type BootstrapOptions, bootstrapByPerson, type Interval, type PeoplePairs } from "./bootstrap.ts";
import { equalErrorRate, farSupport, rocCurve, tarAtFar } from "./roc.ts";
import { weightedAccuracy } from "./verification.ts";
import { weightedRoc } from "./weighted-roc.ts";

export type TarFigure = {
  readonly far: number;
  /** Can so many impostor pairs tell it? See farSupport: `roughly` deserves a warning. */
  readonly support: "roughly" | "yes";
  readonly threshold: number;
  readonly tar: Interval;
};

/** Rates are fractions. Intervals are those of bootstrapByPerson. */
export type VerificationFigures = {
  /** k-fold, as kFoldAccuracy; `null` where pairs have no folds. */
  readonly accuracy: Interval | null;
  readonly eer: Interval;
  /** For the rates asked for that the pairs can tell. */
  readonly tarAtFar: readonly TarFigure[];
  readonly people: number;
  readonly confidence: number;
};

export type FiguresOptions = BootstrapOptions & {
  /** Default 1e-1, 1e-2 … 1e-6. */
  readonly rates?: readonly number[];
};

/**
 * A verification's figures with intervals by person.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT as rocCurve, kFoldAccuracy and bootstrapByPerson.
 */
export function verificationFigures(
  pairs: PeoplePairs & { readonly fold?: ArrayLike<number> | undefined },
  { rates = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6], ...options }: FiguresOptions = {},
): VerificationFigures {
  const curve = rocCurve(pairs);
  const told = rates.flatMap((far) => {
    const support = farSupport(curve.impostor, far);
    return support === "no" ? [] : [{ far, support, threshold: tarAtFar(curve, far)!.threshold }];
  });
  const roc = weightedRoc(pairs);
  const { fold } = pairs;
  const accuracy = fold && weightedAccuracy({ ...pairs, fold });
  const intervals = bootstrapByPerson(
    pairs,
    (weights) => [
      ...roc(
        weights,
        told.map(({ far }) => far),
      ),
      ...(accuracy ? [accuracy(weights)] : []),
    ],
    options,
  );
  const [eer, ...tars] = intervals;
  return {
    accuracy: accuracy ? tars[told.length]! : null,
    // Exact at weights of 1, where sums of weights would round.
    eer: { ...eer!, value: equalErrorRate(curve) },
    tarAtFar: told.map((rate, i) => ({ ...rate, tar: tars[i]! })),
    people: new Set([...Array.from(pairs.a), ...Array.from(pairs.b)]).size,
    confidence: options.confidence ?? 0.95,
  };
}
