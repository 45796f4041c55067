import { join } from "node:path";
import { ArcfaceError } from "../errors.ts";
import { writeCheckpoint } from "./checkpoint.node.ts";
import type { LogEntry, StepsRun, Validation } from "./log.ts";
import { notFinite } from "./not-finite.node.ts";
import { type OpenRunOptions, openRun, runMetadata } from "./open-run.node.ts";
import { isAllFinite, toSafetensors } from "./state.ts";
import type { StepGraph } from "./step.ts";
import { createStepper, type Micro, type StepperOptions } from "./stepper.node.ts";
import { type LoaderTimes, Window } from "./window.ts";

export type RunStepsOptions = Omit<OpenRunOptions, "threads"> & {
  /** What errors and the curves call it. */
  readonly name: string;
  readonly stepper: StepperOptions;
  /** The same step's graph with probes, for numbers that are not finite. */
  readonly probed: () => StepGraph;
  /** The same number gives the same batch. */
  readonly loader: { batch(number: number): Promise<Micro>; report?(): LoaderTimes };
  /** Batches of an update. */
  readonly gradientAcc: number;
  readonly stepsPerEpoch: number;
  /** Updates in all. */
  readonly end: number;
  /** The learning rate of a step, from 0. */
  readonly rate: (step: number) => number;
  /** Steps between log lines, checkpoints and validations; each is made at the end, too. */
  readonly every: { readonly log: number; readonly save: number; readonly validate: number };
  /** @param before of the steps before. */
  readonly onValidate?: ((before: readonly Validation[]) => Promise<readonly Validation[]>) | undefined;
  /** Validate before the first step, too. Default false. */
  readonly validateAtStart?: boolean;
  /** @param hours still to go. */
  readonly onLog?: ((entry: LogEntry, hours: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
};

// What it draws with is large.
const loadCurves = () => import("./curves.node.ts");
/** A drawing takes up to a second; the run's end and where it is stopped are drawn in any case. */
const MS_BETWEEN_DRAWINGS = 5000;

/**
 * The steps of a run, from its latest checkpoint or the first one on: log lines, validations, checkpoints, curves. The caller
 * holds the run's folder: lockFolder.
 *
 * @throws {ArcfaceError} CONFLICT where the folder holds another run, or one that is not to be resumed; CANCELLED after a
 *   checkpoint was written; DIVERGED where numbers are not finite any more; NO_SPACE, IO; as `loader` and `onValidate`.
 */
export async function runSteps(options: RunStepsOptions): Promise<StepsRun> {
  const { name, out, identity, end, every, gradientAcc, loader, onValidate, signal } = options;
  const { state, imagesShape, threads } = options.stepper;
  const run = await openRun(state, { ...options, threads });
  const images = imagesShape[0]! * gradientAcc;
  const window = new Window(images, run.sums);
  await using stepper = await createStepper(options.stepper);

  let { checkpoint } = run;
  const curves = join(out, "curves.svg");
  const save = async () => {
    const bad = [...state.parameters, ...state.statistics].find(([, tensor]) => !isAllFinite(tensor));
    if (bad) throw await notFinite(name, state.step, Number.NaN, options.probed, { [bad[0]]: bad[1] });
    const metadata = runMetadata(identity, threads, window.sums);
    checkpoint = await writeCheckpoint(out, state.step, toSafetensors(state, metadata));
  };
  let drawn = Number.NEGATIVE_INFINITY;
  const draw = async () => {
    const { drawCurves } = await loadCurves();
    await drawCurves(curves, name, run.log);
    drawn = performance.now();
  };
  const stop = async () => {
    await save();
    await draw();
    return new ArcfaceError("CANCELLED", `${name}: stopped at step ${state.step} of ${end}`, {
      hint: "the same command with --resume goes on from there",
    });
  };
  const validate = async (validateOn: NonNullable<typeof onValidate>) => {
    const found = await validateOn(run.log.validations).catch(async (error: unknown) => {
      throw signal?.aborted ? await stop() : error;
    });
    for (const validation of found) await run.log.add({ kind: "validation", ...validation });
  };
  const isDue = (every: number) => state.step > 0 && (state.step % every === 0 || state.step === end);
  const isValidated = () => run.log.validations.some(({ step }) => step === state.step);
  for (;;) {
    const goOn = window.pause();
    const toValidate = onValidate && (isDue(every.validate) || (options.validateAtStart && state.step === 0));
    // A run that was stopped here before goes on with what is still to be done.
    if (toValidate && !isValidated()) await validate(onValidate);
    if (isDue(every.save) && state.step !== run.step) await save();
    const toDraw = (toValidate || isDue(every.save)) && performance.now() - drawn > MS_BETWEEN_DRAWINGS;
    if (toDraw || state.step >= end) await draw();
    goOn();
    if (state.step >= end) break;
    if (signal?.aborted) throw await stop();

    const { step } = state;
    const batches: Micro[] = [];
    for (let i = 0; i < gradientAcc; i++) batches.push(await loader.batch(step * gradientAcc + i));
    const lr = options.rate(step);
    const result = await stepper.update(batches, lr);
    if (result.notFinite) throw await notFinite(name, step, result.loss, options.probed, result.notFinite);
    window.add(result);
    if (isDue(every.log)) {
      const entry = window.take(state.step, Math.floor(step / options.stepsPerEpoch), lr, loader.report?.());
      await run.log.add({ kind: "log", ...entry });
      options.onLog?.(entry, ((end - state.step) * images) / entry.speed / 3600);
    }
    // The network runs on this thread: others get their turn between steps.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { log: run.log.log, validations: run.log.validations, checkpoint, curves };
}
