/**
 * How well mislabelled pictures are found: a set of crops with 30 % of its labels spoilt in three ways, over three seeds;
 * centres by clustering and by training, K = 1, 3, 5. Prints a table, writes precision over recall as a figure.
 *
 *     npx tsx --conditions=arcface-source scripts/measure-cleaning.ts CROPS [FIGURE.svg] [recogniser's slug or file] [card]
 */
import { join } from "node:path";
import { writeWhole } from "../src/bytes/write-whole.node.ts";
import { clusterCentres } from "../src/clean/cluster-centres.ts";
import { embedSet } from "../src/clean/embed-set.node.ts";
import { trainCentres } from "../src/clean/train-centres.ts";
import { type Centres, type Labelled, vote } from "../src/clean/vote.ts";
import { openLabelledImages } from "../src/data/open-labelled-images.node.ts";
import { createNodeHost } from "../src/host/host.node.ts";
import { loadEmbedderInThreads } from "../src/recognize/compose.node.ts";
import { createRandom } from "../src/tensor/random.ts";
import { cacheFolder } from "../src/zoo/cache/cache.node.ts";
import { cleaningFigure, type Point } from "./cleaning/figure.ts";
import { SPOILERS } from "./cleaning/spoil.ts";

const [crops, figure, model, card] = process.argv.slice(2);
if (crops === undefined) throw new Error("name a folder of crops, a folder a person");
await using data = await openLabelledImages(crops);
await using embedder = await loadEmbedderInThreads({ ...(model && { model }), ...(card && { card }) });
const set = await embedSet(embedder, data, { cacheDir: join(cacheFolder(), "embeddings"), flip: false });
const truth = { labels: set.labels, classes: data.classes };
const host = createNodeHost();

const SEEDS = [1, 2, 3];
const THRESHOLDS = Array.from({ length: 91 }, (_, i) => 30 + i);
const MARKED = 75;
type Maker = (labelled: Labelled, subCenters: number, seed: number) => Promise<Centres>;
const MAKERS: Readonly<Record<string, Maker>> = {
  clustering: (labelled, subCenters, seed) => clusterCentres(labelled, set.size, { subCenters, seed }),
  training: (labelled, subCenters, seed) => trainCentres(host, labelled, set.size, { subCenters, seed }),
};

const points: Point[] = [];
for (const [spoilt, spoil] of Object.entries(SPOILERS)) {
  for (const [centres, make] of Object.entries(MAKERS)) {
    for (const k of [1, 3, 5]) {
      const runs: Scores[][] = [];
      for (const seed of SEEDS) {
        const labels = spoil(truth, createRandom(seed));
        const labelled = { embeddings: set.embeddings, labels, classes: data.classes };
        const { angles } = vote(labelled, await make(labelled, k, seed));
        runs.push(THRESHOLDS.map((threshold) => scoresAt(angles, labels, threshold)));
      }
      THRESHOLDS.forEach((threshold, i) => {
        const own = runs.map((run) => run[i]!);
        points.push({ spoilt, centres, k, threshold, ...mean(own) });
      });
    }
  }
}

const at = (threshold: number) => points.filter((point) => point.threshold === threshold);
console.log(`${set.labels.length} crops, ${data.classes} people, ${embedder.fingerprint}, ${SEEDS.length} seeds`);
console.log("| labels | centres | K | 70°: precision, recall | 75° | 80° | best threshold: lesser of both |");
console.log("|---|---|--:|--:|--:|--:|--:|");
for (const { spoilt, centres, k } of at(MARKED)) {
  const own = points.filter((point) => point.spoilt === spoilt && point.centres === centres && point.k === k);
  const said = [70, MARKED, 80].map((t) => say(own.find(({ threshold }) => threshold === t)!));
  const best = own.reduce((a, b) => (lesser(b) > lesser(a) ? b : a));
  console.log(
    `| ${spoilt} | ${centres} | ${k} | ${said.join(" | ")} | ${best.threshold}°: ${lesser(best).toFixed(3)} |`,
  );
}
if (figure !== undefined) {
  const drawn = points.filter(({ k }) => k !== 5);
  await writeWhole(figure, `${cleaningFigure(drawn, MARKED)}\n`);
}

type Scores = { readonly precision: number; readonly recall: number };

/** Of what is dropped, how much is spoilt; of what is spoilt, how much is dropped. */
function scoresAt(angles: Float32Array, labels: Int32Array, threshold: number): Scores {
  let [dropped, spoilt, both] = [0, 0, 0];
  labels.forEach((label, i) => {
    const [isDropped, isSpoilt] = [!(angles[i]! < threshold), label !== truth.labels[i]];
    if (isDropped) dropped++;
    if (isSpoilt) spoilt++;
    if (isDropped && isSpoilt) both++;
  });
  return { precision: dropped === 0 ? 1 : both / dropped, recall: both / spoilt };
}

function mean(scores: readonly Scores[]): Scores {
  const of = (key: keyof Scores): number => scores.reduce((sum, one) => sum + one[key], 0) / scores.length;
  return { precision: of("precision"), recall: of("recall") };
}

function lesser({ precision, recall }: Scores): number {
  return Math.min(precision, recall);
}

function say({ precision, recall }: Scores): string {
  return `${precision.toFixed(3)}, ${recall.toFixed(3)}`;
}
