import { lockFolder } from "../bytes/lock-folder.node.ts";
import type { LabelledImages } from "../data/labelled-images.ts";
import { expected } from "../errors.ts";
import { drawHead } from "../losses/head.ts";
import { sampledCount } from "../losses/partial-fc.ts";
import type { ModelProto } from "../onnx/schema.ts";
import { createRandom } from "../tensor/random.ts";
import { blockSize } from "./block-size.node.ts";
import { type Loader, openLoader } from "./loader/open-loader.node.ts";
import type { LogEntry, StepsRun, Validation } from "./log.ts";
import { checkRecipe, netOf, type Recipe } from "./recipe.ts";
import { runSteps } from "./run-steps.node.ts";
import { learningRate } from "./schedule.ts";
import { startState, type TrainingState } from "./state.ts";
import { stateDict } from "./state-dict.ts";
import { buildStep, type StepGraph, type StepOptions } from "./step.ts";
import { trainedModel } from "./trained-model.ts";

export type TrainOptions = {
  /** A folder of class folders, a .rec, a .lst; or a set, which stays its opener's. */
  readonly data: string | LabelledImages;
  /** The run's folder: checkpoints, log.jsonl, and curves.svg, which is drawn as the run goes. */
  readonly out: string;
  /** Go on from the latest checkpoint, where there is one. Default false: a folder with checkpoints is refused. */
  readonly resume?: boolean;
  /** Threads of a step. The same bits come out of the same number only. Default 2. */
  readonly threads?: number;
  /** Threads that decode. Default: one. */
  readonly workers?: number;
  /** A picture that cannot be used ends the run, or the batch's next one stands in for it and it is told at the end. Default "throw". */
  readonly onBad?: "throw" | "skip";
  /** Ends early: of the whole run. The schedule stays the recipe's. */
  readonly steps?: number;
  readonly onLog?: (entry: LogEntry, hours: number) => void;
  /** Told of what a user should know: damaged checkpoints that were passed over, pictures that could not be used. */
  readonly onNote?: (note: string) => void;
  /** Called every `verbose` steps and at the end with the network as it is, in inference form. */
  readonly onValidate?: (model: ModelProto, step: number) => Promise<readonly Validation[]>;
  readonly signal?: AbortSignal;
};

export type TrainResult = StepsRun & {
  readonly steps: number;
  readonly classes: number;
  readonly images: number;
};

/**
 * Train a network by a recipe: a step is a graph that ONNX Runtime runs, the update another.
 *
 * What comes out does not depend on where a run was cut off: data order, augmentation and masks follow from the seed and
 * the step.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where recipe and data contradict each other; CONFLICT where the folder holds
 *   another run, or another process is at work in it; CANCELLED after a checkpoint was written; DIVERGED where numbers are
 *   not finite any more; of the data, as openLoader; NO_SPACE, IO.
 */
export async function train(recipe: Recipe, options: TrainOptions): Promise<TrainResult> {
  checkRecipe(recipe);
  const { out, threads = 2, workers = 1, onValidate } = options;
  const { name, batchSize, size = 112, seed = 2048, gradientAcc = 1, frequent = 10, verbose = 2000 } = recipe;
  await using loader = await openLoader({
    data: options.data,
    batchSize,
    size,
    seed,
    workers,
    augment: recipe.augment,
    onBad: options.onBad,
  });
  checkData(recipe, loader);
  const stepsPerEpoch = Math.floor(loader.stepsPerEpoch / gradientAcc);
  if (stepsPerEpoch === 0) throw expected(`recipe ${name}`, `${batchSize * gradientAcc} pictures`, `${loader.count}`);
  const totalSteps = Math.ceil(stepsPerEpoch * recipe.numEpoch);
  await using _ = await lockFolder(out);

  const { graph, stepOptions } = graphOf(recipe, loader.classes, await blockSize());
  const state = stateOf(recipe, graph, loader.classes);
  const run = await runSteps({
    name: `training ${name}`,
    out,
    resume: options.resume ?? false,
    identity: JSON.stringify({ ...recipe, classes: loader.classes, images: loader.count }),
    otherwise: "by another recipe, or from other data",
    stepper: {
      graph,
      state,
      imagesShape: [batchSize, 3, size, size],
      momentum: recipe.momentum ?? 0.9,
      weightDecay: recipe.weightDecay ?? 5e-4,
      normWeightDecay: recipe.normWeightDecay,
      clipGradNorm: recipe.clipGradNorm ?? 5,
      seed,
      threads,
      classes: loader.classes,
      sampleRate: recipe.loss.sampleRate ?? 1,
    },
    probed: () => buildStep({ ...stepOptions, probe: true }),
    loader,
    gradientAcc,
    stepsPerEpoch,
    end: Math.min(options.steps ?? totalSteps, totalSteps),
    rate: (step) => learningRate(recipe.lr, recipe.schedule, step, { stepsPerEpoch, totalSteps }),
    every: { log: frequent, save: recipe.saveEvery ?? stepsPerEpoch, validate: verbose },
    onValidate:
      onValidate && (() => onValidate(trainedModel(name, netOf(recipe), size, weightsOf(state), name), state.step)),
    onLog: options.onLog,
    onNote: options.onNote,
    signal: options.signal,
  });
  tellBad(loader, options.onNote);
  return { steps: state.step, classes: loader.classes, images: loader.count, ...run };
}

function tellBad(loader: Loader, onNote: TrainOptions["onNote"]): void {
  const { bad, leftOut } = loader.report();
  const reasons = [...bad.values(), ...leftOut];
  if (reasons.length === 0) return;
  onNote?.(`${reasons.length} of ${loader.count} pictures could not be used: ${reasons.slice(0, 3).join("; ")}`);
}

function checkData({ name, numClasses, numImage }: Recipe, data: { classes: number; count: number }): void {
  const differs = (numClasses ?? data.classes) !== data.classes || (numImage ?? data.count) !== data.count;
  if (!differs) return;
  throw expected(
    `recipe ${name}`,
    `${numClasses ?? data.classes} classes and ${numImage ?? data.count} pictures`,
    `${data.classes} and ${data.count}`,
    "the data are others than the recipe was written for: leave numClasses and numImage out of a recipe of your own",
  );
}

/** @returns the graph, and what that of one batch is made of. */
function graphOf(
  recipe: Recipe,
  classes: number,
  block: number | null,
): { graph: StepGraph; stepOptions: StepOptions } {
  const { batchSize, size = 112, seed = 2048, gradientAcc = 1, loss } = recipe;
  const compared = sampledCount(classes, loss.sampleRate ?? 1, batchSize * gradientAcc);
  const stepOptions = { net: netOf(recipe), loss, classes: compared, batch: batchSize, size, seed, block };
  return { graph: buildStep({ ...stepOptions, gradientAcc }), stepOptions };
}

/** Where a step compares with some classes only, the state holds them all. */
function stateOf({ seed = 2048 }: Recipe, graph: StepGraph, classes: number): TrainingState {
  const random = createRandom(seed + 1);
  const parameters = graph.parameters.map((parameter) => {
    if (!graph.head.includes(parameter.name)) return parameter;
    const [rows, ...rest] = parameter.shape as [number, ...number[]];
    const compared = rows / (graph.rowsPerClass ?? 1);
    if (compared === classes) return parameter;
    const all = classes * graph.rowsPerClass;
    const shape = [all, ...rest];
    return { ...parameter, shape, initial: rest.length > 0 ? drawHead(random, all, rest[0]!) : new Float32Array(all) };
  });
  return startState({ parameters, statistics: graph.statistics });
}

const weightsOf = ({ parameters, statistics, step }: TrainingState) =>
  stateDict(new Map([...parameters, ...statistics]), step);
