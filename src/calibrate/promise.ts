import { expected } from "../errors.ts";
import { normalQuantile } from "../metrics/normal.ts";
import { farSupport } from "../metrics/roc.ts";
import { fitTail, type Tail, tailRate, type Visits } from "./tail.ts";

/** "Of so many visitors who are not enrolled, at most one gets a name", with this confidence. */
export type GalleryPromise = {
  readonly visitors: number;
  readonly confidence: number;
};

/** A promise, and the threshold that keeps it for one gallery as it is now. */
export type PromisedThreshold = GalleryPromise & {
  /** Cosine: from here on a name is given. */
  readonly threshold: number;
  /**
   * Where the threshold lies at which one in so many visitors gets a name in the long run: 95 %. The promised threshold
   * is high in it or above, since it covers bad luck among the next visitors, too.
   */
  readonly interval: readonly [number, number];
  /** How many visitors, of so many, are expected to get a name. */
  readonly expected: number;
  /**
   * Can so many measured strangers tell so rare a rate? `no`: the data cannot support the promise, and the threshold is a
   * guess far beyond what was seen.
   */
  readonly support: "no" | "roughly" | "yes";
  /** Strangers it was measured on. */
  readonly measuredOn: number;
};

const LEAST_VISITORS = 10;

/**
 * The threshold of a promise for one gallery.
 *
 * The tail of the strangers' best similarities to the gallery as it is (see fitTail) says how rare a name is at each
 * threshold, and how well that is known. The threshold is the lowest at which, both the unknown rate and the chance of the next
 * visitors counted, at most one of them gets a name with that confidence.
 *
 * @param visits of people who are not enrolled.
 * @param centre the mean similarity of strangers.
 * @throws {ArcfaceError} INVALID_ARGUMENT for a promise of fewer than 10 visitors, a confidence that is none, or fewer than
 * about 50 strangers.
 */
export function promisedThreshold(
  visits: Visits,
  centre: number,
  { visitors, confidence = 0.95 }: { readonly visitors: number; readonly confidence?: number | undefined },
): PromisedThreshold {
  const where = "promise";
  if (!(visitors >= LEAST_VISITORS)) throw expected(where, `${LEAST_VISITORS} visitors or more`, `${visitors}`);
  if (!(confidence >= 0.5 && confidence < 1)) throw expected(where, "a confidence from 0.5 to 1", `${confidence}`);
  const measuredOn = new Set(Array.from(visits.visitor)).size;
  const tail = fitTail(visits, centre);
  if (!tail) {
    const hint = "calibrate on photographs of more people who are not enrolled";
    throw expected(where, "faces of 50 strangers or more to measure on", `${measuredOn}`, hint);
  }
  const threshold = solve(tail, (t) => brokenRisk(tail, t, visitors) <= 1 - confidence);
  const sure = normalQuantile(0.975);
  const bound = (deviations: number): number =>
    solve(tail, (t) => {
      const { rate, logError } = tailRate(tail, t);
      return rate * Math.exp(deviations * logError) <= 1 / visitors;
    });
  return {
    visitors,
    confidence,
    threshold,
    interval: [bound(-sure), bound(sure)],
    expected: visitors * tailRate(tail, threshold).rate,
    support: farSupport(measuredOn, 1 / visitors),
    measuredOn,
  };
}

/** How likely two or more of so many visitors get a name, the rate being known as well as it is. */
function brokenRisk(tail: Tail, t: number, visitors: number): number {
  const { rate, logError } = tailRate(tail, t);
  const steps = 41;
  let risk = 0;
  for (let i = 0; i < steps; i++) {
    // Rates at evenly spaced shares of their distribution.
    const mean = visitors * rate * Math.exp(logError * normalQuantile((i + 0.5) / steps));
    risk += -Math.expm1(-mean) - mean * Math.exp(-mean);
  }
  return risk / steps;
}

/** The lowest threshold that is high enough, at least the tail's start; 1 where none is. */
function solve(tail: Tail, enough: (t: number) => boolean): number {
  if (enough(tail.start)) return tail.start;
  let [low, high] = [tail.start, 1];
  while (high - low > 1e-7) {
    const middle = (low + high) / 2;
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return high;
}
