import type { KeptPromise, PromiseKeeper } from "../calibrate/promise-keeper.ts";
import { expected } from "../errors.ts";
import type { Gallery } from "../gallery/gallery.ts";
import type { OptionSpecs, OptionValues } from "./command.ts";

export const promiseOptions = {
  promise: {
    type: "number",
    value: "N",
    min: 10,
    integer: true,
    describe: "name at most one of N visitors who are not enrolled; needs --cohort",
  },
  cohort: {
    type: "string",
    value: "FILE",
    describe: "people who are not enrolled, to measure the promise with (arcface calibrate --cohort)",
  },
} as const satisfies OptionSpecs;

/** The promise that is asked for; `null` where none is. */
export async function openPromise(
  gallery: Gallery,
  { promise, cohort }: OptionValues<typeof promiseOptions>,
): Promise<{ keeper: PromiseKeeper; visitors: number } | null> {
  if (promise === undefined && cohort === undefined) return null;
  if (promise === undefined || cohort === undefined)
    throw expected("--promise and --cohort", "both", promise === undefined ? "--cohort alone" : "--promise alone");
  return { keeper: await openKeeper(gallery, cohort), visitors: promise };
}

export async function openKeeper(gallery: Gallery, cohort: string): Promise<PromiseKeeper> {
  const [{ PromiseKeeper }, { readCohort }] = await Promise.all([
    import("../calibrate/promise-keeper.ts"),
    import("../calibrate/cohort-file.node.ts"),
  ]);
  return new PromiseKeeper(gallery, await readCohort(cohort));
}

/** One promise in a line, its warning first. */
export function sayPromise(kept: KeptPromise): string {
  const percent = (share: number): string => (100 * share).toFixed(1);
  const { visitors, confidence, threshold, interval, misses, measuredOn, support } = kept;
  const [low, high] = interval.map((t) => t.toFixed(4));
  const missed = misses
    ? `, misses ${percent(misses.value)} % of enrolled people's visits (${percent(misses.low)}–${percent(misses.high)} %)`
    : "";
  const warning =
    support === "no"
      ? `CANNOT SUPPORT: ${measuredOn} people cannot tell a rate of 1 in ${visitors}; `
      : support === "roughly"
        ? "rests on few people; "
        : "";
  return `${warning}at most one wrong name in ${visitors} unknown visitors (${percent(confidence)} % sure): threshold ${threshold.toFixed(4)}, 1 in ${visitors} at ${low}–${high}${missed}`;
}
