import { EVALUATION_FORMAT, type Evaluation, type Identified, type Verified } from "../../evaluate/evaluation.ts";
import { columnsFrom } from "./sample-pairs.ts";

export type SampleOptions = {
  /** What is added to genuine scores: a model that is better or worse by that. Default 0. */
  readonly shift?: number;
  readonly model?: string;
  /** Names of people and pictures begin with it. */
  readonly prefix?: string;
};

/** An evaluation made up: 40 people of two pictures, four folds, a column, searches, and two pictures missed. */
export function sampleEvaluation({
  shift = 0,
  model = "team/first",
  prefix = "Person",
}: SampleOptions = {}): Evaluation {
  const people = 40;
  const items = Array.from({ length: 2 * people }, (_, i) => {
    const person = `${prefix}_${String(i >> 1).padStart(2, "0")}`;
    const name = `${person}/${person}_000${(i % 2) + 1}.jpg`;
    return { name, person, images: [name], imageCount: 1 };
  });
  const pairs = columnsFrom(people, shift);
  return {
    format: EVALUATION_FORMAT,
    protocol: {
      name: "lfw",
      title: "LFW, view 2",
      options: { flip: true },
      dataSet: "0123456789abcdef",
      images: items.length,
      templates: items.length,
      people,
    },
    recognizer: { name: model, fingerprint: "f00d", licence: { name: "MIT", commercial: true } },
    detector: { name: "team/detector", fingerprint: "beef", licence: null },
    figures: [
      { name: "accuracy", value: 0.95, std: 0.02, interval: [0.9, 0.98], better: "higher", threshold: 0.45 },
      { name: "TAR@FAR=1e-1", value: 0.9, interval: [0.8, 0.95], better: "higher", threshold: 0.5 },
      { name: "TAR@FAR=1e-6", value: null, interval: null, better: "higher" },
      { name: "EER", value: 0.05, interval: [0.02, 0.09], better: "lower" },
    ],
    published: [{ figure: "accuracy", value: 0.9983, of: "MS1MV3, ResNet-100", source: "a paper, Table 4" }],
    items,
    verification: verifiedOf(pairs),
    identification: searches(people),
    missed: [
      { image: items[3]!.name, why: "no face" },
      { image: "gone.jpg", why: "absent" },
    ],
    timing: { startedAt: "2026-11-25T10:00:00.000Z", seconds: 12.5, embedded: 80, fromCache: 0, threads: 2 },
    versions: { "arcface-ts": "0.1.0", node: "20.0.0" },
    command: "arcface evaluate lfw --data lfw --out report",
  };
}

function verifiedOf(pairs: Verified["pairs"]): Verified {
  const [genuine, impostor] = [true, false].map((same) => pairs.scores.filter((_, i) => pairs.same[i] === same));
  const histogram = (scores: readonly number[]): number[] => {
    const counts = Array<number>(200).fill(0);
    for (const score of scores) counts[Math.min(199, Math.floor((score + 1) * 100))]!++;
    return counts;
  };
  const thresholds = [...new Set(pairs.scores)].sort((a, b) => b - a);
  const rate = (scores: readonly number[]) => (t: number) => scores.filter((s) => s >= t).length / scores.length;
  return {
    genuine: genuine!.length,
    impostor: impostor!.length,
    pairs,
    isComplete: true,
    folds: [0, 1, 2, 3].map((fold) => ({ accuracy: 0.9 + fold / 100, threshold: 0.45 })),
    histogram: { step: 0.01, genuine: histogram(genuine!), impostor: histogram(impostor!) },
    roc: {
      far: [0, ...thresholds.map(rate(impostor!))],
      tar: [0, ...thresholds.map(rate(genuine!))],
      threshold: [null, ...thresholds],
    },
  };
}

/** Every person's second picture is a probe of them, the last five of strangers; every seventh is found second. */
function searches(people: number): Identified {
  const all = Array.from({ length: people }, (_, i) => i);
  const isKnown = (i: number): boolean => i < people - 5;
  return {
    enrolled: people - 5,
    distractors: 0,
    probes: {
      probe: all.map((i) => 2 * i + 1),
      mate: all.map((i) => (isKnown(i) ? 2 * i : null)),
      rank: all.map((i) => (isKnown(i) ? (i % 7 === 3 ? 2 : 1) : null)),
      mateScore: all.map((i) => (isKnown(i) ? 0.6 - (i % 5) / 50 : null)),
      nearest: all.map((i) => 2 * ((i + 1) % people)),
      nearestScore: all.map((i) => (i % 7 === 3 ? 0.65 : 0.2 + i / 200)),
    },
    cmc: [30 / 35, 1, 1, 1, 1],
    byDistractors: [],
  };
}
