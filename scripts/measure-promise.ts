/**
 * Does a gallery's promise hold? LFW's people by lot, 200 times over: so many enrolled with half of their photographs, others as
 * visitors, others to measure with; nobody is in two parts.
 *
 *     npx tsx --conditions=arcface-source scripts/measure-promise.ts LFW_DIR [draws] [figure.svg]
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expectedMisses } from "../src/calibrate/misses.ts";
import { promisedThreshold } from "../src/calibrate/promise.ts";
import { scorePairs } from "../src/calibrate/score-pairs.ts";
import { embedTestSet } from "../src/evaluate/embed-test-set.node.ts";
import { openPictureEmbedder } from "../src/evaluate/picture-embedder.node.ts";
import { protocolOf } from "../src/evaluate/protocols.node.ts";
import { createRandom, type Random } from "../src/tensor/random.ts";
import { l2Normalize } from "../src/tensor/vector.ts";
import { cacheFolder } from "../src/zoo/cache/cache.node.ts";
import { promiseFigure } from "./promise/figure.ts";

const DESIGNS = [
  { enrolled: 100, cohort: 1167, visitors: 3000 },
  { enrolled: 500, cohort: 767, visitors: 3000 },
  { enrolled: 2000, cohort: 1267, visitors: 1000 },
];
const PROMISES = [100, 1000, 10_000];

/**
 * One person under two names, or one's photograph under another's: looked at, of the pairs of names above a similarity of
 * 0.6. The twins Moraes are two people.
 */
const SAME: readonly (readonly [string, string])[] = [
  ["Gabrielle_Rose", "Martha_Bowen"],
  ["Chyung_Dai-chul", "Dai_Chul_Chyung"],
  ["Hasan_Wirayuda", "Hassan_Wirajuda"],
  ["Flor_Montulo", "Nora_Bendijo"],
  ["Nan_Wang", "Wang_Nan"],
  ["Cristina_Fernandez", "Cristina_Kirchner"],
  ["Diana_Taurasi", "Shavon_Earp"],
  ["John_Barnett", "John_Burnett"],
  ["Joseph_Blatter", "Sepp_Blatter"],
  ["Felipe_De_Borbon", "Prince_Felipe"],
  ["Mireya_Elisa_Moscoso_Rodriguez", "Mireya_Moscoso"],
  ["Lane_Bryant", "Roseanne_Barr"],
  ["John_Gruden", "Jon_Gruden"],
  ["Odai_Hussein", "Uday_Hussein"],
];

const [data, drawsText = "200", figure] = process.argv.slice(2);
if (data === undefined) throw new Error("name LFW's folder");
const draws = Number(drawsText);
const { similarity, size, people } = await similarities(data);
const at = (i: number, j: number): number => similarity[i * size + j]!;
let [sum, count] = [0, 0];
for (let i = 0; i < size; i += 7) for (let j = i + 1; j < size; j += 7, count++) sum += at(i, j);
const centre = sum / count;
console.error(`${size} photographs of ${people.length} people, mean similarity ${centre.toFixed(4)}`);

const outcomes: Outcome[] = [];
for (const design of DESIGNS) {
  for (let draw = 0; draw < draws; draw++) outcomes.push(...drawOnce(design, draw));
  for (const visitors of PROMISES) console.log(summary(design.enrolled, visitors));
}
if (figure !== undefined) await writeFile(figure, promiseFigure(outcomes.filter(({ support }) => support !== "no")));

/** Wrong and right names of one draw at one promise; rates are shares. */
export type Outcome = {
  enrolled: number;
  visitors: number;
  support: string;
  threshold: number;
  /** Visitors who got a name, each visitor's photographs in equal parts. */
  wrong: number;
  /** Probes of enrolled people who got their own name, at the promised threshold and at the oracle's. */
  right: number;
  oracle: number;
  oracleThreshold: number;
  /** Share of enrolled people's visits, one each, that were missed; was it in its interval? */
  missed: number;
  expectedMisses: number;
  missesInInterval: boolean;
};

function drawOnce({ enrolled, cohort, visitors }: (typeof DESIGNS)[number], seed: number): Outcome[] {
  const random = createRandom(1000 * enrolled + seed);
  const order = shuffled([...people.keys()], random);
  const gallery = order.slice(0, enrolled);
  const others = order.slice(enrolled, enrolled + cohort);
  const strangers = order.slice(enrolled + cohort, enrolled + cohort + visitors);

  const templates: number[] = [];
  const owner: number[] = [];
  const probes: { image: number; owner: number }[] = [];
  const counts: number[] = [];
  gallery.forEach((person, g) => {
    const images = shuffled(people[person]!, random);
    const half = Math.ceil(images.length / 2);
    for (const image of images.slice(0, half)) owner[templates.push(image) - 1] = g;
    for (const image of images.slice(half)) probes.push({ image, owner: g });
    // Who has a photograph left comes to be named.
    if (images.length > half) counts[half - 1] = (counts[half - 1] ?? 0) + 1;
  });
  /** Of an image, the best template of the person g, and of everybody else. */
  const search = (image: number, g: number): { mate: number; rival: number } => {
    let [mate, rival] = [-2, -2];
    for (let t = 0; t < templates.length; t++) {
      const s = at(image, templates[t]!);
      if (owner[t] === g) mate = Math.max(mate, s);
      else rival = Math.max(rival, s);
    }
    return { mate, rival };
  };
  const rowsOf = (group: readonly number[]) => group.flatMap((p, i) => people[p]!.map((image) => ({ image, who: i })));
  const cohortRows = rowsOf(others);
  const best = cohortRows.map(({ image }) => search(image, -1).rival);
  const visits = {
    best: [...best, ...templates.map((image, t) => search(image, owner[t]!).rival)],
    visitor: [...cohortRows.map(({ who }) => who), ...owner.map((g) => cohort + g)],
  };
  const seen = rowsOf(strangers).map(({ image, who }) => ({
    score: search(image, -1).rival,
    weight: 1 / people[strangers[who]!]!.length / visitors,
  }));
  const found = probes.map(({ image, owner }) => {
    const { mate, rival } = search(image, owner);
    return { owner, score: mate > rival ? mate : -2 };
  });
  const measured = {
    size: cohortRows.length,
    people: cohort,
    person: Uint32Array.from(cohortRows, ({ who }) => who),
    rows: new Float32Array(),
    dimension: 0,
    own: cohortRows.map(({ image, who }) =>
      Float64Array.from(
        people[others[who]!]!.filter((j) => j !== image),
        (j) => at(image, j),
      ).sort(),
    ),
  };
  const templateCounts = Array.from(counts, (n) => n ?? 0);
  // One visit of each enrolled person who has a photograph left.
  const firsts = found.filter((probe, i) => found[i - 1]?.owner !== probe.owner);

  return PROMISES.map((n) => {
    const { threshold, support } = promisedThreshold(visits, centre, { visitors: n });
    const oracleThreshold = oracleOf(seen, 1 / n);
    const right = (t: number): number => found.filter(({ score }) => score >= t).length / found.length;
    const misses = expectedMisses(measured, best, threshold, templateCounts)!;
    const missed = firsts.filter(({ score }) => score < threshold).length / firsts.length;
    return {
      enrolled,
      visitors: n,
      support,
      threshold,
      oracleThreshold,
      wrong: seen.reduce((all, { score, weight }) => all + (score >= threshold ? weight : 0), 0),
      right: right(threshold),
      oracle: right(oracleThreshold),
      missed,
      expectedMisses: misses.value,
      missesInInterval: missed >= misses.low - 1e-12 && missed <= misses.high + 1e-12,
    };
  });
}

/** The lowest threshold that keeps a rate among the very visitors it is measured on. */
function oracleOf(seen: readonly { score: number; weight: number }[], rate: number): number {
  let named = 0;
  for (const { score, weight } of seen.toSorted((a, b) => b.score - a.score)) {
    named += weight;
    if (named > rate * (1 + 1e-9)) return score + 1e-9;
  }
  return -1;
}

function summary(enrolled: number, visitors: number): string {
  const own = outcomes.filter((o) => o.enrolled === enrolled && o.visitors === visitors);
  const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
  const share = (what: (o: Outcome) => boolean): string =>
    `${((100 * own.filter(what).length) / own.length).toFixed(1)} %`;
  const mean = (what: (o: Outcome) => number): number => own.reduce((all, o) => all + what(o), 0) / own.length;
  return [
    `${enrolled} enrolled, 1 in ${visitors}`,
    `cannot support ${share(({ support }) => support === "no")}`,
    `kept ${share(({ wrong }) => wrong <= (1 / visitors) * (1 + 1e-9))}`,
    `wrong names ${(visitors * mean(({ wrong }) => wrong)).toFixed(2)}`,
    `threshold ${median(own.map(({ threshold }) => threshold)).toFixed(3)}`,
    `oracle's ${median(own.map(({ oracleThreshold }) => oracleThreshold)).toFixed(3)}`,
    `right names ${(100 * median(own.map(({ right }) => right))).toFixed(2)} %`,
    `lost to the oracle ${(100 * median(own.map(({ oracle, right }) => oracle - right))).toFixed(2)} points`,
    `misses ${(100 * mean(({ missed }) => missed)).toFixed(2)} %, expected ${(100 * mean((o) => o.expectedMisses)).toFixed(2)} %`,
    `in their interval ${share(({ missesInInterval }) => missesInInterval)}`,
  ].join("; ");
}

function shuffled<T>(values: readonly T[], random: Random): T[] {
  const out = [...values];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1));
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

/** Every photograph of LFW against every other, flip-summed as `arcface evaluate lfw` embeds them, out of its cache. */
async function similarities(data: string) {
  await using source = await openPictureEmbedder({ withDetector: true });
  const set = await protocolOf("lfw").load(data, {});
  const { embeddings } = await embedTestSet(set, source, { flip: true, cacheDir: join(cacheFolder(), "embeddings") });
  const other = new Map(SAME.map(([a, b]) => [b, a]));
  const found = set.templates.flatMap(({ person, images: [image] }) => {
    const embedding = embeddings[image!];
    return embedding ? [{ embedding: l2Normalize(embedding), name: other.get(person!) ?? person! }] : [];
  });
  const size = found.length;
  const similarity = new Float32Array(size * size);
  await scorePairs(
    "promise",
    found.map(({ embedding }) => embedding),
    (i, j, score) => {
      similarity[i * size + j] = score;
      similarity[j * size + i] = score;
    },
  );
  const images = new Map<string, number[]>();
  for (const [i, { name }] of found.entries()) images.set(name, [...(images.get(name) ?? []), i]);
  return { similarity, size, people: [...images.values()] };
}
