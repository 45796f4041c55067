/**
 * Softmax, CosFace, ArcFace and sub-centers from scratch on a small set of crops: how each is best set, and what each then
 * reaches on LFW.
 *
 *     npx tsx --conditions=arcface-source scripts/measure-training.ts tune CROPS OUT [--shard 0/2]
 *     npx tsx --conditions=arcface-source scripts/measure-training.ts final CROPS OUT --lfw LFW --aligned CROPS_OF_LFW [--shard 0/2]
 *     npx tsx --conditions=arcface-source scripts/measure-training.ts report CROPS OUT
 *
 * CROPS is what `arcface align pins/ CROPS` makes. `tune` trains each setting on four fifths of the people and verifies on the
 * others; `final` trains the best setting of each loss on all of them, with three seeds. Shards run beside each other, a
 * thread each; what OUT/results.jsonl has is not made again.
 */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { trainedOnLfw } from "../src/cli/validate-lfw.node.ts";
import { createSession } from "../src/host/session.node.ts";
import { encodeModel } from "../src/onnx/model.ts";
import { trainedEmbedder } from "../src/recognize/trained-embedder.ts";
import { curvesFigure } from "../src/train/curves.node.ts";
import type { LogEntry } from "../src/train/log.ts";
import { train } from "../src/train/train.node.ts";
import { type HeldBack, verifyHeldBack } from "./training/held-back.ts";
import { type Setting, settings } from "./training/settings.ts";

const TUNE_EPOCHS = 6;
const FINAL_EPOCHS = 12;
const SEEDS = [1, 2, 3];
const ONE_OF = 5;
/** Student's t of two degrees of freedom, for 95 %. */
const T_OF_TWO = 4.3027;
const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

type Result = {
  readonly phase: "tune" | "final";
  readonly family: string;
  readonly name: string;
  readonly seed: number;
  readonly seconds: number;
  readonly loss: number;
  readonly heldBack?: HeldBack;
  readonly lfw?: { readonly accuracy: number; readonly deviation: number };
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { shard: { type: "string", default: "0/1" }, lfw: { type: "string" }, aligned: { type: "string" } },
});
const [phase, crops, out] = positionals as [string, string, string];
const [shard, shards] = values.shard.split("/").map(Number) as [number, number];
mkdirSync(out, { recursive: true });
const RESULTS = join(out, "results.jsonl");
const people = readdirSync(crops, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();
const heldBack = people.filter((_, i) => i % ONE_OF === ONE_OF - 1);

if (phase === "tune") await tune();
else if (phase === "final") await final();
else report();

async function tune(): Promise<void> {
  const training = join(out, `trained-on-${shard}`);
  rmSync(training, { recursive: true, force: true });
  mkdirSync(training);
  for (const person of people.filter((one) => !heldBack.includes(one)))
    symlinkSync(resolve(crops, person), join(training, person));
  const files = new Map(heldBack.map((person) => [person, readdirSync(join(crops, person)).sort()]));
  for (const setting of mine(settings(TUNE_EPOCHS))) {
    if (results().some((r) => r.phase === "tune" && r.name === setting.name)) continue;
    let verified: HeldBack | undefined;
    const { seconds, loss } = await run(setting, training, 2048, async (model) => {
      const session = await createSession(encodeModel(model), setting.name);
      await using embedder = trainedEmbedder(session, { name: setting.name, fingerprint: "", size: size(setting) });
      verified = await verifyHeldBack(embedder, crops, files);
      return [];
    });
    add({ phase: "tune", family: setting.family, name: setting.name, seed: 2048, seconds, loss, heldBack: verified! });
  }
}

async function final(): Promise<void> {
  const { lfw, aligned } = values;
  if (lfw === undefined || aligned === undefined) throw new Error("final: --lfw and --aligned are wanted");
  const best = bestSettings().map(({ name }) => settings(FINAL_EPOCHS).find((setting) => setting.name === name)!);
  for (const { setting, seed } of mine(SEEDS.flatMap((seed) => best.map((setting) => ({ setting, seed }))))) {
    if (results().some((r) => r.phase === "final" && r.name === setting.name && r.seed === seed)) continue;
    let measured: Result["lfw"];
    const { seconds, loss } = await run(setting, crops, seed, async (model, step) => {
      const signal = new AbortController().signal;
      measured = await trainedOnLfw(model, setting.recipe, { lfw, aligned, step, signal });
      return [];
    });
    add({ phase: "final", family: setting.family, name: setting.name, seed, seconds, loss, lfw: measured! });
  }
}

type OnValidate = NonNullable<Parameters<typeof train>[1]["onValidate"]>;

async function run({ name, recipe }: Setting, data: string, seed: number, onValidate: OnValidate) {
  const folder = join(out, `${phase}-${name}-${seed}`);
  rmSync(folder, { recursive: true, force: true });
  const began = performance.now();
  const result = await train(
    { ...recipe, seed },
    { data, out: folder, threads: shards > 1 ? 1 : 2, workers: 1, onValidate },
  );
  writeFileSync(join(out, `${phase}-${name}-${seed}.json`), JSON.stringify(result.log));
  return { seconds: Math.round((performance.now() - began) / 1000), loss: result.log.at(-1)!.loss };
}

function report(): void {
  const tuned = results().filter((result) => result.phase === "tune");
  console.table(
    tuned.map(({ name, heldBack, loss, seconds }) => ({
      setting: name,
      "EER, people held back": percent(heldBack!.eer),
      "TAR@1e-2": percent(heldBack!.tarAt1e2),
      loss: +loss.toFixed(2),
      seconds,
    })),
  );
  console.table(
    bestSettings().map(({ family, name }) => {
      const runs = results().filter((one) => one.phase === "final" && one.name === name);
      const accuracies = runs.map(({ lfw }) => lfw!.accuracy);
      const mean = accuracies.reduce((a, b) => a + b, 0) / runs.length;
      const deviation = Math.sqrt(accuracies.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (runs.length - 1));
      return {
        loss: family,
        setting: name,
        "LFW, seed by seed": accuracies.map((x) => x.toFixed(2)).join(", "),
        mean: mean.toFixed(2),
        "95 % interval": (T_OF_TWO * deviation * Math.sqrt(1 / runs.length)).toFixed(2),
        seconds: runs.map(({ seconds }) => seconds).join(", "),
      };
    }),
  );
  const curves = bestSettings().flatMap(({ family, name }) => {
    const path = join(out, `final-${name}-${SEEDS[0]}.json`);
    return existsSync(path)
      ? [{ name: family, log: JSON.parse(readFileSync(path, "utf8")) as LogEntry[], validations: [] }]
      : [];
  });
  if (curves.length > 0) writeFileSync(join(out, "curves.svg"), curvesFigure("From scratch on pins", curves));
}

/** Of each loss, the setting of the lowest equal error rate on people it never saw. */
function bestSettings(): Result[] {
  const tuned = results().filter((result) => result.phase === "tune");
  return [...new Set(tuned.map(({ family }) => family))].map(
    (family) => tuned.filter((r) => r.family === family).sort((a, b) => a.heldBack!.eer - b.heldBack!.eer)[0]!,
  );
}

function results(): Result[] {
  if (!existsSync(RESULTS)) return [];
  return readFileSync(RESULTS, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Result);
}

function add(result: Result): void {
  appendFileSync(RESULTS, `${JSON.stringify(result)}\n`);
  console.log(JSON.stringify(result));
}

function mine<T>(all: readonly T[]): T[] {
  return all.filter((_, i) => i % shards === shard);
}

function size({ recipe }: Setting): number {
  return recipe.size ?? 112;
}
