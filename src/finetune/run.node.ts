import type { LabelledImages } from "../data/labelled-images.ts";
import { openLoader } from "../train/loader/open-loader.node.ts";
import type { LogEntry, StepsRun, Validation } from "../train/log.ts";
import { runSteps } from "../train/run-steps.node.ts";
import { learningRate } from "../train/schedule.ts";
import { startState, type TrainingState } from "../train/state.ts";
import type { StepGraph } from "../train/step.ts";
import type { FinetuneSettings } from "./options.ts";

export type RunOptions = {
  /** @param probe with probes: buildStepOf. */
  readonly graphOf: (probe: boolean) => StepGraph;
  readonly images: LabelledImages;
  readonly size: number;
  readonly settings: FinetuneSettings;
  /** The caller's: lockFolder. */
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

/** Steps between log lines. */
const FREQUENT = 10;

/** The epochs of a fine-tuning, resumable at their ends and wherever it was stopped. @throws {ArcfaceError} as runSteps. */
export async function runEpochs(options: RunOptions): Promise<StepsRun & { readonly steps: number }> {
  const { graphOf, images, size, settings, threads, onEpoch } = options;
  const { batchSize, seed, momentum, weightDecay, lr, numEpoch, warmupEpoch, augment } = settings;
  const graph = graphOf(false);
  const state = startState(graph);
  await using loader = await openLoader({ data: images, batchSize, size, seed, workers: options.workers, augment });
  const { stepsPerEpoch } = loader;
  const totalSteps = numEpoch * stepsPerEpoch;
  const schedule = { kind: "polynomial", power: 2, warmupEpoch } as const;
  const run = await runSteps({
    name: "finetune",
    out: options.out,
    resume: options.resume,
    identity: options.identity,
    otherwise: "with other settings, of another network or other data",
    stepper: {
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
    },
    probed: () => graphOf(true),
    loader,
    gradientAcc: 1,
    stepsPerEpoch,
    end: totalSteps,
    // The schedule's very first step is at the whole rate, which suits weights that know nothing yet, not these.
    rate: (step) =>
      step === 0 && warmupEpoch > 0 ? 0 : learningRate(lr, schedule, step, { stepsPerEpoch, totalSteps }),
    every: { log: FREQUENT, save: stepsPerEpoch, validate: stepsPerEpoch },
    validateAtStart: true,
    onValidate: async (before) => [await onEpoch(state, before)],
    onLog: options.onLog,
    onNote: options.onNote,
    signal: options.signal,
  });
  return { ...run, steps: state.step };
}
