import { checkFields, expected } from "../errors.ts";

/** How the learning rate goes on: in epochs, so that it does not depend on the batch. */
export type Schedule =
  /** base·(1 − t)^power, t from 0 after the warm-up to 1 at the end. InsightFace's PolynomialLRWarmup. */
  | { readonly kind: "polynomial"; readonly power?: number; readonly warmupEpoch?: number }
  /** Times `factor` at each of these epochs. */
  | {
      readonly kind: "steps";
      readonly at: readonly number[];
      readonly factor?: number;
      readonly warmupEpoch?: number;
    };

export type Span = { readonly stepsPerEpoch: number; readonly totalSteps: number };

/**
 * The learning rate of a step, from 0. The very first is the base rate whatever the warm-up, as in InsightFace's
 * lr_scheduler.py; the warm-up then rises from base/warm-up steps.
 */
export function learningRate(base: number, schedule: Schedule, step: number, span: Span): number {
  const { stepsPerEpoch, totalSteps } = span;
  const warmup = Math.floor(stepsPerEpoch * (schedule.warmupEpoch ?? 0));
  if (step === 0) return base;
  if (step < warmup) return (base * step) / warmup;
  if (schedule.kind === "polynomial") {
    const left = 1 - (step - warmup) / (totalSteps - warmup);
    return base * Math.max(left, 0) ** (schedule.power ?? 1);
  }
  const passed = schedule.at.filter((epoch) => step >= epoch * stepsPerEpoch).length;
  return base * (schedule.factor ?? 0.1) ** passed;
}

const FIELDS = {
  polynomial: { kind: true, power: true, warmupEpoch: true },
  steps: { kind: true, at: true, factor: true, warmupEpoch: true },
} as const;

/** @throws {ArcfaceError} INVALID_ARGUMENT */
export function checkSchedule(schedule: Schedule, numEpoch: number): void {
  const fields = Object.hasOwn(FIELDS, schedule?.kind) ? FIELDS[schedule.kind] : null;
  if (!fields) throw expected("recipe: schedule.kind", Object.keys(FIELDS).join(" or "), `${schedule?.kind}`);
  checkFields("recipe: schedule", schedule, fields);
  const { warmupEpoch = 0 } = schedule;
  if (!(warmupEpoch >= 0 && warmupEpoch < numEpoch))
    throw expected("recipe: schedule.warmupEpoch", `0 to below numEpoch (${numEpoch})`, `${warmupEpoch}`);
  if (schedule.kind === "polynomial" && !((schedule.power ?? 1) > 0))
    throw expected("recipe: schedule.power", "a positive number", `${schedule.power}`);
  if (schedule.kind !== "steps") return;
  const { at, factor = 0.1 } = schedule;
  if (!Array.isArray(at) || at.some((epoch, i) => !(epoch > (at[i - 1] ?? 0))))
    throw expected("recipe: schedule.at", "rising epochs above 0", JSON.stringify(at) ?? "none");
  if (!(factor > 0 && Number.isFinite(factor)))
    throw expected("recipe: schedule.factor", "a positive number", `${factor}`);
}
