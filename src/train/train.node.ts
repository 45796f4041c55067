import type { LabelledImages } from "../data/labelled-images.ts";
import { ArcfaceError, expected } from "../errors.ts";
import { drawHead } from "../losses/head.ts";
import { sampledCount } from "../losses/partial-fc.ts";
import type { ModelProto } from "../onnx/schema.ts";
import { createRandom } from "../tensor/random.ts";
import { writeCheckpoint } from "./checkpoint.node.ts";
import { openLoader } from "./loader/open-loader.node.ts";
import type { LogEntry, Validation } from "./log.ts";
import { notFinite } from "./not-finite.node.ts";
import { openRun, runMetadata } from "./open-run.node.ts";
import { checkRecipe, netOf, type Recipe } from "./recipe.ts";
import { learningRate } from "./schedule.ts";
import { isAllFinite, startState, type TrainingState, toSafetensors } from "./state.ts";
import { stateDict } from "./state-dict.ts";
import { buildStep, type StepGraph, type StepOptions } from "./step.ts";
import { createStepper, type Micro } from "./stepper.node.ts";
import { trainedModel } from "./trained-model.ts";
import { Window } from "./window.ts";

export type TrainOptions = {
  /** A folder of class folders, a .rec, a .lst; or a set, which stays its opener's. */
  readonly data: string | LabelledImages;
  /** The run's folder: checkpoints, log.jsonl. */
  readonly out: string;
  /** Go on from the latest checkpoint, where there is one. Default false: a folder with checkpoints is refused. */
  readonly resume?: boolean;
  /** Threads of a step. The same bits come out of the same number only. Default 2. */
  readonly threads?: number;
  /** Threads that decode. Default: one. */
  readonly workers?: number;
  /** Ends early: of the whole run. The schedule stays the recipe's. */
  readonly steps?: number;
  readonly onLog?: (entry: LogEntry, hours: number) => void;
  /** Told of what a user should know: damaged checkpoints that were passed over. */
  readonly onNote?: (note: string) => void;
  /** Called every `verbose` steps and at the end with the network as it is, in inference form. */
  readonly onValidate?: (model: ModelProto, step: number) => Promise<readonly Validation[]>;
  readonly signal?: AbortSignal;
};

export type TrainResult = {
  readonly steps: number;
  readonly classes: number;
  readonly images: number;
  readonly log: readonly LogEntry[];
  readonly validations: readonly Validation[];
  /** The last one written. */
  readonly checkpoint: string;
};

/**
 * Train a network by a recipe: a step is a graph that ONNX Runtime runs, the update another.
 *
 * What comes out does not depend on where a run was cut off: data order, augmentation and masks follow from the seed and
 * the step.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where recipe and data contradict each other; CONFLICT where the folder holds
 *   another run; CANCELLED after a checkpoint was written; INTERNAL where numbers are not finite any more; of the data, as
 *   openLoader; NO_SPACE, IO.
 */
export async function train(recipe: Recipe, options: TrainOptions): Promise<TrainResult> {
  checkRecipe(recipe);
  const { out, threads = 2, workers = 1, onValidate, signal } = options;
  const { name, batchSize, size = 112, seed = 2048, gradientAcc = 1, frequent = 10, verbose = 2000 } = recipe;
  await using loader = await openLoader({
    data: options.data,
    batchSize,
    size,
    seed,
    workers,
    augment: recipe.augment,
  });
  checkData(recipe, loader);
  const stepsPerEpoch = Math.floor(loader.stepsPerEpoch / gradientAcc);
  if (stepsPerEpoch === 0) throw expected(`recipe ${name}`, `${batchSize * gradientAcc} pictures`, `${loader.count}`);
  const totalSteps = Math.ceil(stepsPerEpoch * recipe.numEpoch);
  const end = Math.min(options.steps ?? totalSteps, totalSteps);
  const saveEvery = recipe.saveEvery ?? stepsPerEpoch;

  const { graph, stepOptions } = graphOf(recipe, loader.classes);
  const state = stateOf(recipe, graph, loader.classes);
  const identity = JSON.stringify({ ...recipe, classes: loader.classes, images: loader.count });
  const { onNote, resume = false } = options;
  const run = await openRun(state, { out, resume, identity, otherwise: OTHERWISE, threads, onNote });
  const window = new Window(batchSize * gradientAcc, run.sums);
  await using stepper = await createStepper({
    graph,
    state,
    imagesShape: [batchSize, 3, size, size],
    momentum: recipe.momentum ?? 0.9,
    weightDecay: recipe.weightDecay ?? 5e-4,
    clipGradNorm: recipe.clipGradNorm ?? 5,
    seed,
    threads,
    classes: loader.classes,
    sampleRate: recipe.loss.sampleRate ?? 1,
  });

  let { checkpoint } = run;
  const save = async () => {
    const bad = [...state.parameters, ...state.statistics].find(([, tensor]) => !isAllFinite(tensor));
    if (bad) throw await notFinite(name, state.step, Number.NaN, stepOptions, { [bad[0]]: bad[1] });
    const metadata = runMetadata(identity, threads, window.sums);
    checkpoint = await writeCheckpoint(out, state.step, toSafetensors(state, metadata));
  };
  const stop = async () => {
    await save();
    return new ArcfaceError("CANCELLED", `training ${name}: stopped at step ${state.step} of ${end}`, {
      hint: "the same command with --resume goes on from there",
    });
  };
  const validate = async (validateOn: NonNullable<typeof onValidate>) => {
    const resume = window.pause();
    const model = trainedModel(name, netOf(recipe), size, weightsOf(state), name);
    for (const validation of await validateOn(model, state.step))
      await run.log.add({ kind: "validation", ...validation });
    resume();
  };
  const isDue = (every: number) => state.step > 0 && (state.step % every === 0 || state.step === end);
  const isValidated = () => run.log.validations.some(({ step }) => step === state.step);
  for (;;) {
    // A run that was stopped here before goes on with what is still to be done.
    if (onValidate && isDue(verbose) && !isValidated()) {
      await validate(onValidate).catch(async (error: unknown) => {
        throw signal?.aborted ? await stop() : error;
      });
    }
    if (isDue(saveEvery) && state.step !== run.step) await save();
    if (state.step >= end) break;
    if (signal?.aborted) throw await stop();

    const { step } = state;
    const batches = await gather(loader, step * gradientAcc, gradientAcc);
    const lr = learningRate(recipe.lr, recipe.schedule, step, { stepsPerEpoch, totalSteps });
    const result = await stepper.update(batches, lr);
    if (result.notFinite) throw await notFinite(name, step, result.loss, stepOptions, result.notFinite);
    window.add(result);
    if (isDue(frequent)) {
      const entry = window.take(state.step, Math.floor(step / stepsPerEpoch), lr);
      await run.log.add({ kind: "log", ...entry });
      options.onLog?.(entry, ((end - state.step) * batchSize * gradientAcc) / entry.speed / 3600);
    }
    // The network runs on this thread: others get their turn between steps.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { log, validations } = run.log;
  return { steps: state.step, classes: loader.classes, images: loader.count, log, validations, checkpoint };
}

const OTHERWISE = "by another recipe, or from other data";

function checkData({ name, numClasses, numImage }: Recipe, data: { classes: number; count: number }): void {
  const differs = (numClasses ?? data.classes) !== data.classes || (numImage ?? data.count) !== data.count;
  if (!differs) return;
  throw expected(
    `recipe ${name}`,
    `${numClasses} classes and ${numImage} pictures`,
    `${data.classes} and ${data.count}`,
    "the data are others than the recipe was written for: leave numClasses and numImage out of a recipe of your own",
  );
}

function graphOf(recipe: Recipe, classes: number): { graph: StepGraph; stepOptions: StepOptions } {
  const { batchSize, size = 112, seed = 2048, gradientAcc = 1, loss } = recipe;
  const compared = sampledCount(classes, loss.sampleRate ?? 1, batchSize * gradientAcc);
  const stepOptions = { net: netOf(recipe), loss, classes: compared, batch: batchSize, size, seed };
  return { graph: buildStep(stepOptions), stepOptions };
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

async function gather(loader: { batch(step: number): Promise<Micro> }, first: number, count: number): Promise<Micro[]> {
  const batches: Micro[] = [];
  for (let i = 0; i < count; i++) batches.push(await loader.batch(first + i));
  return batches;
}

const weightsOf = ({ parameters, statistics, step }: TrainingState) =>
  stateDict(new Map([...parameters, ...statistics]), step);
