/**
 * One training, ours and PyTorch's: same starting weights, same batches in the same order, the losses of every step beside
 * one another.
 *
 *     npx tsx --conditions=arcface-source scripts/compare-training.ts CROPS FOLDER \
 *       [--steps 300] [--rate 1] [--float64] [--figure out.svg]
 *
 * The recipe is small-arcface; `--rate` multiplies its learning rates. CROPS is what openLoader reads; FOLDER gets the plan,
 * the batches (0.6 MB a step) and the losses. Beside PyTorch (scripts/compare_training.py) stands our own run once more with
 * its starting weights moved by a ten-millionth: what rounding alone does. `--float64` has PyTorch run in float64, too.
 * Needs Debian's python3-torch.
 */
import { spawnSync } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { parseArgs } from "node:util";
import { smallArcface } from "../src/recipes/small.ts";
import { openLoader } from "../src/train/loader/open-loader.node.ts";
import { netOf } from "../src/train/recipe.ts";
import { learningRate } from "../src/train/schedule.ts";
import { startState } from "../src/train/state.ts";
import { buildStep, type StepGraph } from "../src/train/step.ts";
import { createStepper } from "../src/train/stepper.node.ts";
import { type Curve, compareFigure } from "./compare-training-figure.ts";

const THREADS = 2;
const [MOMENTUM, WEIGHT_DECAY, CLIP, SEED] = [0.9, 5e-4, 5, 2048];
const { batchSize, size = 112, loss, network } = smallArcface;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: "string", default: "300" },
    rate: { type: "string", default: "1" },
    float64: { type: "boolean", default: false },
    figure: { type: "string" },
  },
});
const [crops, folder] = positionals;
if (crops === undefined || folder === undefined) throw new Error("name the crops and a folder for what is compared");
const steps = Number(values.steps);

await mkdir(folder, { recursive: true });
await using loader = await openLoader({ data: crops, batchSize, size, seed: SEED, steps });
const span = { stepsPerEpoch: loader.stepsPerEpoch, totalSteps: loader.stepsPerEpoch * smallArcface.numEpoch };
const rates = Array.from(
  { length: steps },
  (_, step) => Number(values.rate) * learningRate(smallArcface.lr, smallArcface.schedule, step, span),
);
const graph = buildStep({
  net: netOf(smallArcface),
  loss,
  classes: loader.classes,
  batch: batchSize,
  size,
  seed: SEED,
});
await lay(graph);
const curves: Curve[] = [
  { name: "arcface", losses: await train({ moved: 0 }) },
  { name: "arcface, start moved by 1e-7", losses: await train({ moved: 1e-7 }) },
  { name: "PyTorch", losses: await torch("float32") },
  ...(values.float64 ? [{ name: "PyTorch in float64", losses: await torch("float64") }] : []),
];
await writeFile(join(folder, "curves.json"), JSON.stringify(curves));

const marks = [5, 10, 20, 50, 100, 200, 300, 500, 1000].filter((until) => until <= steps);
const [ours, moved] = curves as [Curve, Curve, ...Curve[]];
const judge = curves.at(-1)!;
console.log("largest relative difference of a step's loss, up to a step; mean loss of the 50 steps before");
console.table(
  marks.map((step) => ({
    step,
    ...Object.fromEntries(curves.slice(2).map(({ name, losses }) => [name, apart(ours.losses, losses, step)])),
    "itself, moved": apart(ours.losses, moved.losses, step),
    mean: mean(ours.losses.slice(0, step).slice(-50)),
    [`mean of ${judge.name}`]: mean(judge.losses.slice(0, step).slice(-50)),
  })),
);
if (values.figure !== undefined) {
  const title = `small-arcface, learning rates × ${values.rate}: loss of each step`;
  await writeFile(values.figure, compareFigure(curves, title));
}

/** Losses by our graphs; the batches are left in the folder. */
async function train({ moved }: { readonly moved: number }): Promise<number[]> {
  const state = startState(graph);
  for (const { data } of state.parameters.values())
    for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) * (1 + moved * Math.sin(i));
  await using stepper = await createStepper({
    graph,
    state,
    imagesShape: [batchSize, 3, size, size],
    momentum: MOMENTUM,
    weightDecay: WEIGHT_DECAY,
    clipGradNorm: CLIP,
    seed: SEED,
    threads: THREADS,
    classes: loader.classes,
    sampleRate: 1,
  });
  const [images, labels] = ["images.bin", "labels.bin"].map((name) => createWriteStream(join(folder!, name)));
  const losses: number[] = [];
  for (const [step, rate] of rates.entries()) {
    const batch = await loader.batch(step);
    images!.write(Uint8Array.from(batch.images, (x) => Math.round(x * 127.5 + 127.5)));
    labels!.write(new Uint8Array(Int32Array.from(batch.labels, Number).buffer));
    losses.push((await stepper.update([batch], rate)).loss);
    if (step % 50 === 49) console.error(`step ${step + 1}: loss ${losses.at(-1)!.toFixed(3)}`);
  }
  for (const stream of [images!, labels!]) await finished(stream.end());
  return losses;
}

async function lay({ parameters }: StepGraph): Promise<void> {
  const [, margin] = loss.marginList ?? [];
  const plan = {
    net: network,
    size,
    batch: batchSize,
    momentum: MOMENTUM,
    weightDecay: WEIGHT_DECAY,
    clip: CLIP,
    s: loss.s,
    margin,
    rates,
    parameters: parameters.map(({ name, shape }) => [name, shape]),
  };
  await writeFile(join(folder!, "plan.json"), JSON.stringify(plan));
  const start = parameters.map(({ initial }) => new Uint8Array(initial.buffer, initial.byteOffset, initial.byteLength));
  await writeFile(join(folder!, "start.bin"), Buffer.concat(start));
}

async function torch(dtype: "float32" | "float64"): Promise<number[]> {
  const script = join(import.meta.dirname, "compare_training.py");
  const { status } = spawnSync("/usr/bin/python3", [script, folder!, dtype, "--threads", `${THREADS}`], {
    stdio: "inherit",
  });
  if (status !== 0) throw new Error(`PyTorch in ${dtype} failed`);
  return JSON.parse(await readFile(join(folder!, `torch-${dtype}.json`), "utf8")).losses;
}

function apart(a: readonly number[], b: readonly number[], until: number): string {
  return Math.max(...a.slice(0, until).map((value, i) => Math.abs(value / b[i]! - 1))).toExponential(1);
}

function mean(losses: readonly number[]): string {
  return (losses.reduce((sum, value) => sum + value, 0) / losses.length).toFixed(3);
}
