import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LabelledImages } from "../data/labelled-images.ts";
import { ArcfaceError, expected } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import { drawHead } from "../losses/head.ts";
import { sampledCount } from "../losses/partial-fc.ts";
import type { ModelProto } from "../onnx/schema.ts";
import { createRandom } from "../tensor/random.ts";
import { latestCheckpoint, removeParts, writeCheckpoint } from "./checkpoint.node.ts";
import { openLoader } from "./loader/open-loader.node.ts";
import type { LogEntry, Validation } from "./log.ts";
import { notFinite } from "./not-finite.node.ts";
import { checkRecipe, netOf, type Recipe } from "./recipe.ts";
import { learningRate } from "./schedule.ts";
import { restore, startState, type TrainingState, toSafetensors } from "./state.ts";
import { buildStep, type StepGraph, type StepOptions } from "./step.ts";
import { createStepper, type Micro } from "./stepper.node.ts";
import { trainedModel } from "./trained-model.ts";

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
  /** Told of what was passed over: damaged checkpoints. */
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

/** What a run's folder keeps beside its checkpoints. */
type Line = ({ readonly kind: "log" } & LogEntry) | ({ readonly kind: "validation" } & Validation);

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
  const { out, threads = 2, workers = 1, signal } = options;
  const { batchSize, size = 112, seed = 2048, gradientAcc = 1, frequent = 10, verbose = 2000 } = recipe;
  const loaderOptions = { data: options.data, batchSize, size, seed, workers, augment: recipe.augment ?? "flip" };
  await using loader = await openLoader({ ...loaderOptions, signal });
  checkData(recipe, loader);
  const stepsPerEpoch = Math.floor(loader.stepsPerEpoch / gradientAcc);
  if (stepsPerEpoch === 0)
    throw expected(`recipe ${recipe.name}`, `${batchSize * gradientAcc} pictures`, `${loader.count}`);
  const totalSteps = Math.ceil(stepsPerEpoch * recipe.numEpoch);
  const end = Math.min(options.steps ?? totalSteps, totalSteps);
  const saveEvery = recipe.saveEvery ?? stepsPerEpoch;

  const { graph, stepOptions } = graphOf(recipe, loader.classes);
  const state = stateOf(recipe, graph, loader.classes);
  const identity = JSON.stringify({ ...recipe, classes: loader.classes, images: loader.count });
  const lines = await openRun(state, identity, options);
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

  let checkpoint = "";
  const save = async () => {
    checkpoint = await writeCheckpoint(out, state.step, toSafetensors(state, { recipe: identity }));
  };
  const tell = async (line: Line) => {
    lines.push(line);
    await appendFile(join(out, LOG), `${JSON.stringify(line)}\n`).catch((error: unknown) => {
      throw fileError(error, join(out, LOG), "writing");
    });
  };
  const window = new Window(batchSize * gradientAcc);
  while (state.step < end) {
    if (signal?.aborted) {
      await save();
      throw new ArcfaceError("CANCELLED", `training ${recipe.name}: stopped at step ${state.step} of ${end}`, {
        hint: "the same command with --resume goes on from there",
      });
    }
    const { step } = state;
    const batches = await gather(loader, step * gradientAcc, gradientAcc);
    const lr = learningRate(recipe.lr, recipe.schedule, step, { stepsPerEpoch, totalSteps });
    const result = await stepper.update(batches, lr);
    if (!Number.isFinite(result.loss) || !Number.isFinite(result.gradientNorm)) {
      throw await notFinite(recipe.name, step, result, stepOptions, stepper.feeds(batches[0]!));
    }
    window.add(result);
    const done = state.step;
    if (done % frequent === 0 || done === end) {
      const entry = window.take(done, Math.floor(step / stepsPerEpoch), lr);
      await tell({ kind: "log", ...entry });
      options.onLog?.(entry, ((end - done) * batchSize * gradientAcc) / entry.speed / 3600);
    }
    if (options.onValidate && (done % verbose === 0 || done === end)) {
      const model = trainedModel(recipe.name, netOf(recipe), size, weightsOf(state), recipe.name);
      for (const validation of await options.onValidate(model, done)) await tell({ kind: "validation", ...validation });
      window.restart();
    }
    if (done % saveEvery === 0 || done === end) await save();
    // The network runs on this thread: others get their turn between steps.
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (checkpoint === "") await save();
  return {
    steps: state.step,
    classes: loader.classes,
    images: loader.count,
    log: lines.filter((line) => line.kind === "log"),
    validations: lines.filter((line) => line.kind === "validation"),
    checkpoint,
  };
}

const LOG = "log.jsonl";

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

/** Takes up a run, or begins one. @returns the lines of its log so far. */
async function openRun(
  state: TrainingState,
  identity: string,
  { out, resume = false, onNote }: TrainOptions,
): Promise<Line[]> {
  await mkdir(out, { recursive: true }).catch((error: unknown) => {
    throw fileError(error, out, "making the run's folder");
  });
  const found = await latestCheckpoint(out);
  if (found && !resume) {
    throw new ArcfaceError("CONFLICT", `${out}: expected an empty folder, got a run at step ${found.metadata.step}`, {
      hint: "--resume goes on with it; another --out begins anew",
    });
  }
  await removeParts(out);
  for (const problem of found?.problems ?? []) onNote?.(`passed over: ${problem}`);
  if (found) {
    if (found.metadata.recipe !== identity) {
      throw new ArcfaceError("CONFLICT", `${found.path}: was made by another recipe, or from other data`, {
        hint: "resume with the same recipe and data, or train into another folder",
      });
    }
    restore(state, found, found.path);
  }
  // What was logged after the checkpoint will be logged again.
  const text = found ? await readFile(join(out, LOG), "utf8").catch(() => "") : "";
  const lines = text.split("\n").flatMap((line) => parseLine(line, state.step));
  await writeFile(join(out, LOG), lines.map((line) => `${JSON.stringify(line)}\n`).join("")).catch((error: unknown) => {
    throw fileError(error, join(out, LOG), "writing");
  });
  return lines;
}

/** A killed process may leave half a line. */
function parseLine(text: string, upTo: number): Line[] {
  try {
    const line = JSON.parse(text) as Line;
    return line.step <= upTo ? [line] : [];
  } catch {
    return [];
  }
}

async function gather(loader: { batch(step: number): Promise<Micro> }, first: number, count: number): Promise<Micro[]> {
  const batches: Micro[] = [];
  for (let i = 0; i < count; i++) batches.push(await loader.batch(first + i));
  return batches;
}

const weightsOf = (state: TrainingState) => new Map([...state.parameters, ...state.statistics]);

/** What happened since the last line of the log. */
class Window {
  readonly #images: number;
  #since = performance.now();
  #count = 0;
  #loss = 0;
  #accuracy = 0;
  #norm = 0;

  constructor(images: number) {
    this.#images = images;
  }

  add({ loss, accuracy, gradientNorm }: { loss: number; accuracy: number; gradientNorm: number }): void {
    this.#count++;
    this.#loss += loss;
    this.#accuracy += accuracy;
    this.#norm = Math.max(this.#norm, gradientNorm);
  }

  take(step: number, epoch: number, lr: number): LogEntry {
    const seconds = (performance.now() - this.#since) / 1000;
    const entry = {
      step,
      epoch,
      loss: this.#loss / this.#count,
      accuracy: this.#accuracy / this.#count,
      lr,
      speed: (this.#count * this.#images) / seconds,
      gradientNorm: this.#norm,
    };
    [this.#count, this.#loss, this.#accuracy, this.#norm] = [0, 0, 0, 0];
    this.restart();
    return entry;
  }

  /** Time spent elsewhere does not count. */
  restart(): void {
    this.#since = performance.now();
  }
}
