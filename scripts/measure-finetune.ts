/**
 * What fine-tuning the default recogniser does: on people it never saw, over several splits of the people and several seeds
 * each, with bootstrap intervals by person of what it changed; and on LFW's aligned crops.
 *
 *     npx tsx --conditions=arcface-source scripts/measure-finetune.ts CROPS OUT [--splits 3] [--seeds 3] [--test 20]
 *         [--validation 7] [--settings JSON] [--draws 1000] [--lfw LFW --aligned CROPS_OF_LFW]
 *
 * CROPS: a folder a person, made by `arcface align`. A split holds back `--test` people, others in each; of the rest each
 * seed draws who chooses the epoch, and the order. SETTINGS are finetune's. OUT keeps a folder a run, which is resumed.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openLabelledImages } from "../src/data/open-labelled-images.node.ts";
import { evaluateLfwAligned } from "../src/evaluate/evaluate.node.ts";
import { summaryOf } from "../src/evaluate/summary.ts";
import { embedPictures } from "../src/finetune/embed-pictures.node.ts";
import { finetune } from "../src/finetune/finetune.node.ts";
import { picturesOf } from "../src/finetune/people-split.ts";
import { verifyPeople } from "../src/finetune/people-verification.ts";
import type { Interval } from "../src/metrics/bootstrap.ts";
import { loadEmbedder } from "../src/recognize/compose.node.ts";
import { createRandom } from "../src/tensor/random.ts";
import { pooledComparison, type Split } from "./finetune/pooled.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    splits: { type: "string", default: "3" },
    seeds: { type: "string", default: "3" },
    test: { type: "string", default: "20" },
    validation: { type: "string", default: "7" },
    settings: { type: "string", default: "{}" },
    draws: { type: "string", default: "1000" },
    lfw: { type: "string" },
    aligned: { type: "string" },
  },
});
const [data, out] = positionals;
if (data === undefined || out === undefined) throw new Error("usage: measure-finetune.ts CROPS OUT [OPTIONS]");
const [splits, seeds, test] = [Number(values.splits), Number(values.seeds), Number(values.test)];

const began = performance.now();
const note = (text: string) => console.error(`${Math.round((performance.now() - began) / 1000)} s  ${text}`);

await using all = await openLabelledImages(data);
if (splits * test > all.classes - 2)
  throw new Error(`${splits} splits of ${test} people want more than the ${all.classes} of ${data}`);
const order = shuffled(all.classes);

async function embed(model: string | undefined, people: readonly number[]) {
  await using embedder = await loadEmbedder({ threads: 2, ...(model !== undefined && { model }) });
  const pictures = await picturesOf(all, people);
  return await embedPictures(
    embedder,
    pictures,
    Array.from({ length: pictures.count }, (_, i) => i),
  );
}

const measured: Split[] = [];
const models: string[] = [];
console.log(
  "| split, seed | epoch kept | EER before | after | TAR at FAR 1e-3 before | after |\n|---|--:|--:|--:|--:|--:|",
);
for (let split = 0; split < splits; split++) {
  const held = order.slice(split * test, (split + 1) * test);
  const rest = order.filter((person) => !held.includes(person)).sort((a, b) => a - b);
  const { embeddings: before, labels } = await embed(undefined, held);
  const after: Float32Array[][] = [];
  for (let seed = 0; seed < seeds; seed++) {
    const name = `split ${split}, seed ${seed}`;
    const { model, epoch } = await finetune({
      data: await picturesOf(all, rest),
      out: join(out, `split-${split}-seed-${seed}`),
      resume: true,
      settings: { validation: Number(values.validation), test: 0, seed, ...JSON.parse(values.settings) },
      onLog: ({ step, loss, accuracy }) =>
        note(`${name}, step ${step}: loss ${loss.toFixed(3)}, right ${(100 * accuracy).toFixed(1)} %`),
    });
    const { embeddings } = await embed(model, held);
    models.push(model);
    after.push([...embeddings]);
    const cells = [before, embeddings].map((one) => verifyPeople(one, labels));
    const eers = cells.map(({ eer }) => percent(eer));
    const tars = cells.map(({ atFar }) => (atFar["1e-3"] ? percent(atFar["1e-3"].tar) : "–"));
    console.log(`| ${[name, epoch, ...eers, ...tars].join(" | ")} |`);
  }
  measured.push({ labels, before, after });
}

note("bootstrap");
const { eer, tar } = pooledComparison(measured, { draws: Number(values.draws) });
console.log(
  `\n${splits} splits of ${test} people, ${seeds} seeds each; in brackets 95 % intervals, people drawn anew\n`,
);
console.log("| % | before | difference |\n|---|--:|--:|");
for (const [name, { before, difference }] of Object.entries({ EER: eer, "TAR at FAR 1e-3": tar }))
  console.log(`| ${name} | ${interval(before)} | ${interval(difference, true)} |`);

const { lfw, aligned } = values;
if (lfw !== undefined && aligned !== undefined) {
  const accuracies: number[] = [];
  for (const model of [undefined, ...models]) {
    await using embedder = await loadEmbedder({ threads: 2, ...(model !== undefined && { model }) });
    accuracies.push(summaryOf(await evaluateLfwAligned(embedder, lfw, aligned)).accuracy!);
  }
  const [first, ...others] = accuracies.map(percent);
  console.log(`\nLFW aligned, %: before ${first}; after ${others.join(", ")}`);
}

function shuffled(count: number): number[] {
  const random = createRandom(0);
  const numbers = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1));
    [numbers[i], numbers[j]] = [numbers[j]!, numbers[i]!];
  }
  return numbers;
}

function percent(rate: number): string {
  return (100 * rate).toFixed(2);
}

function interval({ value, low, high }: Interval, isDifference = false): string {
  const signed = (rate: number): string => (isDifference && rate > 0 ? `+${percent(rate)}` : percent(rate));
  return `${signed(value)} [${signed(low)}, ${signed(high)}]`;
}
