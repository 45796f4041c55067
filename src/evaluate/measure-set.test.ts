import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type MeasureSetOptions, measureSet } from "./measure-set.node.ts";
import { protocolOf } from "./protocols.node.ts";
import { figureOf } from "./summary.ts";
import { fakePictureEmbedder } from "./testing/fake-embedder.ts";
import { writeIjb, writeYtf } from "./testing/small-sets.node.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "arcface-measure-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(path: string, content = path): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}
const pictures = (names: readonly string[], count: number) =>
  Object.fromEntries(
    names.map((name) => [name, Array.from({ length: count }, (_, i) => put(`src/${name}${i}.jpg`))] as const),
  );

type Vectors = Parameters<typeof fakePictureEmbedder>[0];

async function measured(name: string, data: string, vectors: Vectors, options: Partial<MeasureSetOptions> = {}) {
  const protocol = protocolOf(name);
  const set = await protocol.load(join(folder, data), options);
  return measureSet(name, protocol, set, fakePictureEmbedder(vectors), { cacheDir: null, ...options });
}

const NAMES = ["Ann", "Bob", "Cid", "Dan"];
const axis = (name: string): number[] => NAMES.map((one) => Number(one === name));
/** Everybody looks along an axis of their own; Ann's first video's second frame looks along Bob's, and is three times as clear. */
const videos: Vectors = ({ name }) => {
  const person = name.split("/")[0]!;
  if (name === "Ann/1/aligned_detect_1.101.jpg") return axis("Bob").map((x) => 3 * x);
  return name === "Ann/1/aligned_detect_1.102.jpg" ? null : axis(person);
};

test("YTF: the mean of normalised frames, or of frames as they are, then cosines", async () => {
  writeYtf(join(folder, "ytf"), pictures(NAMES, 6), { frames: "aligned", columns: "corrected" });
  const { verification, items, missed, protocol } = await measured("ytf", "ytf", videos);
  // (1, 1)/√2 with Ann's other video, and with Bob's second.
  const half = Number(Math.SQRT1_2.toFixed(7));
  expect(verification!.pairs.scores).toEqual([half, half, 1, 0, 1, 0, 1, 0]);
  expect(verification!.pairs.same).toEqual([true, false, true, false, true, false, true, false]);
  expect(missed).toEqual([{ image: "Ann/1/aligned_detect_1.102.jpg", why: "no face" }]);
  expect(items[0]).toMatchObject({ name: "Ann/1", person: "Ann", imageCount: 3 });
  expect(protocol).toMatchObject({ name: "ytf", title: "YTF", images: 24, templates: 8, people: 4 });
  const mean = await measured("ytf", "ytf", videos, { pooling: "mean" });
  // (1, 3)/√10
  expect(mean.verification!.pairs.scores.slice(0, 2)).toEqual([0.3162278, 0.9486833]);
  expect(mean.protocol.options).toEqual({ flip: true, pooling: "mean" });
  expect(mean.protocol.dataSet).toBe(protocol.dataSet);
});

test("YTF: each fold's threshold comes of the other, as worked out by hand", async () => {
  writeYtf(join(folder, "ytf"), pictures(NAMES, 6), { frames: "aligned", columns: "corrected" });
  const evaluation = await measured("ytf", "ytf", videos);
  // On the first split d = 0.586, 0.586, 0, 2: three of four are right from d < 0.01 on; on the second all four are.
  expect(evaluation.verification!.folds).toEqual([
    { accuracy: 0.75, threshold: 0.995 },
    { accuracy: 1, threshold: 0.995 },
  ]);
  expect(figureOf(evaluation, "accuracy")).toMatchObject({ value: 0.875, std: 0.125 });
  expect(evaluation.published.map(({ value }) => value)).toEqual([0.9802, 0.9801]);
});

test("YTF: one label error, where it was not corrected, costs its own pair and a threshold", async () => {
  writeYtf(join(folder, "ytf"), pictures(NAMES, 6), { frames: "aligned", columns: "corrected" });
  const perfect: Vectors = ({ name }) => axis(name.split("/")[0]!);
  expect(figureOf(await measured("ytf", "ytf", perfect), "accuracy")!.value).toBe(1);
  const original = await measured("ytf", "ytf", perfect, { labels: "original" });
  // With the error the first split is judged best by accepting nothing, the first of equals: half of the second is then wrong.
  expect(original.verification!.folds!.map(({ accuracy }) => accuracy)).toEqual([0.75, 0.5]);
  expect(figureOf(original, "accuracy")!.value).toBe(0.625);
});

test("a missing video scores −1 where that is allowed, and is listed", async () => {
  writeYtf(join(folder, "ytf"), pictures(NAMES, 6), { frames: "aligned", columns: "corrected" });
  rmSync(join(folder, "ytf/aligned_images_DB/Dan/2"), { recursive: true });
  const evaluation = await measured("ytf", "ytf", videos, { allowMissing: true });
  expect(evaluation.verification!.pairs.scores.slice(4)).toEqual([1, -1, -1, 0]);
  expect(evaluation.missed.at(-1)).toEqual({ image: "Dan/2", why: "absent" });
});

/** Of 100: (2, 0), then (0, 2) and (0, 4) of one video; the first is half as sure. All others of the same person: (0, 1). */
const template: Vectors = ({ name }) =>
  [
    [2, 0],
    [0, 2],
    [0, 4],
  ][Number(name.match(/(\d+)\.jpg/)![1]) - 1] ?? [0, 1];

test.each([
  ["norm score, detector score", {}, 3 / Math.hypot(1, 3)],
  ["norm score", { detectorScore: false }, 3 / Math.hypot(2, 3)],
  ["detector score", { normScore: false }, 1 / Math.hypot(0.5, 1)],
  ["neither", { normScore: false, detectorScore: false }, Math.SQRT1_2],
])("IJB: media are averaged, then summed, with %s", async (_, options, expected) => {
  writeIjb(join(folder, "ijbc"), pictures(["Ann", "Bob"], 4));
  const { verification } = await measured("ijbc", "ijbc", template, options);
  expect(verification!.pairs.scores[0]).toBeCloseTo(expected, 6);
  expect(verification!.pairs.fold).toBeNull();
});

test("IJB 1:N by hand: ranks, and the rate of right names where everybody is known", async () => {
  writeIjb(join(folder, "ijbc"), pictures(NAMES, 4));
  // Four pictures a person; Dan's last looks like Ann.
  const vectors: Vectors = ({ name }) => {
    const image = Number(name.match(/(\d+)\.jpg/)![1]) - 1;
    return axis(image === 15 ? "Ann" : NAMES[image >> 2]!);
  };
  const both = await measured("ijbc-1n", "ijbc", vectors);
  expect(both.identification!.probes.rank).toEqual([1, 1, 1, 4]);
  expect(both.identification!.cmc).toEqual([0.75, 0.75, 0.75, 1]);
  expect(both.identification!.probes.nearestScore).toEqual([0, 0, 0, 1]);
  // One wrong name in four at the rate of 1e-1 is the highest rival of all: 1.
  expect(figureOf(both, "TPIR@FPIR=1e-1")).toMatchObject({ value: 0, threshold: 1 });
  const one = await measured("ijbc-1n", "ijbc", vectors, { gallery: "1" });
  expect(one.identification!.probes.mate).toEqual([0, null, 2, null]);
  expect(one.identification!.probes.rank).toEqual([1, null, 1, null]);
});

test("distractors by hand: how often nobody of so many strangers is nearer", async () => {
  for (const name of ["Ann", "Bob"]) for (const i of [1, 2]) put(`p/${name}/${i}.jpg`);
  for (let i = 10; i < 32; i++) put(`q/S${i}/1.jpg`);
  // The fifteenth stranger looks like Bob.
  const vectors: Vectors = ({ name }) => axis(name.includes("S24") ? "Bob" : (name.split("/").at(-2) ?? ""));
  const evaluation = await measured("distractors", "p", (picture) => offAxis(vectors(picture)), {
    distractors: [join(folder, "q")],
  });
  expect(evaluation.identification!.byDistractors).toEqual([
    { distractors: 10, rank1: 1 },
    { distractors: 22, rank1: 0.5 },
  ]);
  expect(figureOf(evaluation, "rank-1")).toMatchObject({ value: 0.5 });
});

/** Strangers look nowhere: along an axis of nobody. */
const offAxis = (vector: readonly number[] | null): readonly number[] | null =>
  vector && [...vector, vector.every((x) => x === 0) ? 1 : 0];

test("people in folders: all pairs, with columns; one person alone is refused before anything is embedded", async () => {
  for (const name of ["Ann", "Bob"]) for (const i of [1, 2]) put(`p/${name}/${i}.jpg`);
  put("p/columns.csv", "image,light\nAnn/1.jpg,day\nAnn/2.jpg,night\nBob/1.jpg,day\nBob/2.jpg,day");
  const evaluation = await measured("people", "p", ({ name }) => axis(name.split("/")[0]!));
  expect(evaluation.verification!.pairs.columns.light).toEqual([
    "day × night",
    "day",
    "day",
    "day",
    "day × night",
    "day × night",
  ]);
  expect(figureOf(evaluation, "EER")).toMatchObject({ value: 0 });
  expect(figureOf(evaluation, "accuracy")).toBeNull();
  expect(JSON.parse(JSON.stringify(evaluation))).toEqual(evaluation);
});

test("LFW's view 1: DevTest is judged by the threshold that DevTrain chose, and nothing else counts", async () => {
  const jpeg = await sharp({ create: { width: 64, height: 64, channels: 3, background: "teal" } })
    .jpeg()
    .toBuffer();
  for (const image of ["Ann/Ann_0001", "Ann/Ann_0002", "Bob/Bob_0001", "Bob/Bob_0002"]) {
    put(`lfw/${image}.jpg`);
    writeFileSync(join(folder, `lfw/${image}.jpg`), jpeg);
  }
  put("lfw/pairsDevTrain.txt", "1\nAnn\t1\t2\nAnn\t1\tBob\t1");
  put("lfw/pairsDevTest.txt", "1\nBob\t1\t2\nAnn\t1\tBob\t1");
  // Cosines 0.8 of Ann's two, 0.6 of Bob's, 0 of both.
  const vectors: Record<string, number[]> = {
    "Ann/Ann_0001.jpg": [1, 0, 0],
    "Ann/Ann_0002.jpg": [0.8, 0.6, 0],
    "Bob/Bob_0001.jpg": [0, 0, 1],
    "Bob/Bob_0002.jpg": [0, 0.8, 0.6],
  };
  const evaluation = await measured("lfw-dev", "lfw", ({ name }) => vectors[name]!);
  expect(evaluation.verification!.pairs.scores).toEqual([0.8, 0, 0.6, 0]);
  // The first threshold that takes 0.8 (d = 0.4) leaves 0.6 (d = 0.8) out.
  const accuracy = figureOf(evaluation, "accuracy")!;
  expect(accuracy.value).toBe(0.5);
  expect(accuracy.threshold).toBeCloseTo(0.8, 2);
  expect(accuracy.std).toBeUndefined();
});
