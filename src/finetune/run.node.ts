import type { LabelledImages } from "../data/labelled-images.ts";
import { ArcfaceError } from "../errors.ts";
import { writeCheckpoint } from "../train/checkpoint.node.ts";
import { openLoader } from "../train/loader/open-loader.node.ts";
import type { LogEntry, Validation } from "../train/log.ts";
import { openRun, runMetadata } from "../train/open-run.node.ts";
import { learningRate } from "../train/schedule.ts";
import { startState, type TrainingState, toSafetensors } from "../train/state.ts";
import type { StepGraph } from "../train/step.ts";
import { createStepper } from "../train/stepper.node.ts";
import { Window } from "../train/window.ts";
import type { FinetuneSettings } from "./options.ts";

export type RunOptions = {
  readonly graph: StepGraph;
  readonly images: LabelledImages;
  readonly size: number;
  readonly settings: FinetuneSettings;
  readonly out: string;
  /** What a run that is resumed must have been made by. */
  readonly identity: string;
  readonly resume: boolean;
  readonly threads: number;
  readonly workers: number;
  /** Before the first epoch and after each: how good it is, where that is known. @param before of the epochs before. */
  readonly onEpoch: (state: TrainingState, before: readonly Validation[]) => Promise<Validation>;
  readonly onLog?: ((entry: LogEntry) => void) | undefined;
  readonly onNote?: ((note: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
};

export type FinetuneRun = {
  readonly steps: number;
  readonly log: readonly LogEntry[];
  readonly validations: readonly Validation[];
};

/** Steps between log lines. */
const FREQUENT = 10;

/**
 * The epochs of a fine-tuning, resumable at their ends and wherever it was stopped.
 *
 * @throws {ArcfaceError} CONFLICT where the folder holds another run; CANCELLED after a checkpoint was written; INTERNAL where
 *   numbers are not finite any more.
 */
export async function runEpochs(options: RunOptions): Promise<FinetuneRun> {
  const { graph, images, size, settings, out, identity, resume, threads, workers, onEpoch, signal } = options;
  const { batchSize, seed, momentum, weightDecay, lr: base, numEpoch, warmupEpoch } = settings;
  const state = startState(graph);
  const otherwise = "with other settings, of another network or other data";
  const { log, sums } = await openRun(state, { out, resume, identity, otherwise, threads, onNote: options.onNote });
  const augment = settings.augment;
  await using loader = await openLoader({ data: images, batchSize, size, seed, workers, augment });
  const { stepsPerEpoch } = loader;
  const totalSteps = numEpoch * stepsPerEpoch;
  await using stepper = await createStepper({
    graph,
    state,
    imagesShape: [batchSize, 3, size, size],
    momentum,
    weightDecay,
    clipGradNorm: 5,
    seed,
    threads,
    classes: images.classes,
    sampleRate: 1,
  });
  const save = () =>
    writeCheckpoint(out, state.step, toSafetensors(state, runMetadata(identity, threads, window.sums)));
  const schedule = { kind: "polynomial", power: 2, warmupEpoch } as const;
  const window = new Window(batchSize, sums);
  const stopped = () =>
    new ArcfaceError("CANCELLED", `finetune: stopped at step ${state.step} of ${totalSteps}`, {
      hint: "the same command with --resume goes on from there",
    });
  for (;;) {
    if (state.step % stepsPerEpoch === 0 && !log.validations.some(({ step }) => step === state.step)) {
      const goOn = window.pause();
      // An epoch's end was saved before.
      const validation = await onEpoch(state, log.validations).catch((error: unknown) => {
        throw signal?.aborted ? stopped() : error;
      });
      await log.add({ kind: "validation", ...validation });
      goOn();
    }
    if (state.step >= totalSteps) break;
    if (signal?.aborted) {
      await save();
      throw stopped();
    }
    const { step } = state;
    const lr = learningRate(base, schedule, step, { stepsPerEpoch, totalSteps });
    // The schedule's very first step is at the whole rate, which suits weights that know nothing yet, not these.
    const result = await stepper.update([await loader.batch(step)], step === 0 && warmupEpoch > 0 ? 0 : lr);
    if (result.notFinite) {
      throw new ArcfaceError("INTERNAL", `finetune: step ${step}: the loss or a gradient is not finite`, {
        hint: "a lower --lr helps; the last checkpoint is as it was",
      });
    }
    window.add(result);
    if (state.step % FREQUENT === 0 || state.step === totalSteps) {
      const entry = window.take(state.step, Math.floor(step / stepsPerEpoch), lr);
      await log.add({ kind: "log", ...entry });
      options.onLog?.(entry);
    }
    if (state.step % stepsPerEpoch === 0) await save();
    // The network runs on this thread: others get their turn between steps.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { steps: state.step, log: log.log, validations: log.validations };
}
