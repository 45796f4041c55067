import { join } from "node:path";
import { loadCropPairs } from "../data/load-crop-pairs.node.ts";
import { loadIjbPairs, loadIjbSearch } from "../data/load-ijb.node.ts";
import { loadDistractors, loadPairCsv, loadPeople } from "../data/load-own.node.ts";
import { loadYtf } from "../data/load-ytf.node.ts";
import { loadCfpFolder, loadLfwFolder, type PairFolder } from "../data/pair-folder.node.ts";
import { type FaceSpot, type TestSet, testSetOfPairs } from "../data/test-set.ts";
import type { YtfLabels } from "../data/ytf.ts";
import { expected } from "../errors.ts";
import type { PublishedFigure } from "./evaluation.ts";
import type { Pooling } from "./pool.ts";
import { PUBLISHED } from "./published.ts";
import type { TarRule } from "./verification-figures.ts";

/** What changes which pictures are measured; each protocol reads those that it has. */
export type ProtocolOptions = {
  /** Count what is missing, rather than refuse the set. Default false. */
  readonly allowMissing?: boolean;
  /** lfw: a folder of aligned crops, named as the photographs, to use instead of them. */
  readonly aligned?: string;
  /** people, pairs, distractors: the pictures are aligned crops. */
  readonly crops?: boolean;
  /** ytf: the authors' aligned frames (default, where they are there), or whole ones. */
  readonly frames?: "aligned" | "raw";
  /** ytf: at most so many frames of a video, evenly spread. Default: all. */
  readonly sample?: number;
  /** ytf: take the middle square of an aligned frame, of so many pixels, rather than look for the face. */
  readonly middle?: number;
  /** ytf: which label column. Default corrected, where there are two. */
  readonly labels?: YtfLabels;
  /** ytf: L2-normalise each frame's embedding before the mean (default), or not. */
  readonly pooling?: "norm-mean" | "mean";
  /** ijb…: weigh pictures by their embedding's length and by the detector's score. Default both. */
  readonly normScore?: boolean;
  readonly detectorScore?: boolean;
  /** ijb…-1n: which of the two galleries. Default both as one. */
  readonly gallery?: "both" | "1" | "2";
  /** people: at most so many pairs of a kind. Default 500,000. */
  readonly maxPairs?: number;
  /** distractors: folders of strangers. */
  readonly distractors?: readonly string[];
};

export const PROTOCOL_OPTIONS: readonly (keyof ProtocolOptions)[] = [
  "allowMissing",
  "aligned",
  "crops",
  "frames",
  "sample",
  "middle",
  "labels",
  "pooling",
  "normScore",
  "detectorScore",
  "gallery",
  "maxPairs",
  "distractors",
];

/** A benchmark: how its data are read and measured, and what was published for it. */
export type Protocol = {
  /** As people know it. */
  readonly title: string;
  readonly kind: "pairs" | "templates" | "identification";
  /** What `data` is. */
  readonly data: string;
  readonly published: readonly PublishedFigure[];
  /** Which options it has; others are refused. */
  readonly options: readonly (keyof ProtocolOptions)[];
  /** Default: kept. */
  readonly tarRule?: TarRule;
  load(data: string, options: ProtocolOptions): Promise<TestSet>;
  pooling?(options: ProtocolOptions): Pooling;
};

const LFW = "a folder a person, pairs.txt beside them";
const CFP = "the folder with Data/ and Protocol/";
const IJB = "the folder with meta/ and loose_crop/";
const PEOPLE = "a folder a person, a .rec or a list (.lst)";
const bin = (stem: string): string => `${stem}.bin, or a folder with it, ${stem}_ann.txt and crops`;
const authors = (stem: string, list: string): string => `${bin(stem)}, or ${list} and images/`;

const IJB_OPTIONS = ["allowMissing", "normScore", "detectorScore"] as const;

const ijbPooling = ({ normScore = true, detectorScore = true }: ProtocolOptions): Pooling => ({
  keepNorm: normScore,
  byFaceScore: detectorScore,
});

/** The protocols by the names that `arcface evaluate` takes. */
export const PROTOCOLS = {
  lfw: {
    title: "LFW",
    kind: "pairs",
    data: LFW,
    published: PUBLISHED.lfw,
    options: ["allowMissing", "aligned"],
    load: (data, options) => loadLfw(data, "pairs", options),
  },
  "lfw-dev": {
    title: "LFW DevTest",
    kind: "pairs",
    data: "a folder a person, pairsDevTrain.txt and pairsDevTest.txt beside them",
    published: [],
    options: ["allowMissing", "aligned"],
    load: (data, options) => loadLfw(data, "dev", options),
  },
  "cfp-ff": {
    title: "CFP-FF",
    kind: "pairs",
    data: CFP,
    published: [],
    options: ["allowMissing"],
    load: async (data, options) => cfpSet(await loadCfpFolder(data, "FF", options)),
  },
  "cfp-fp": {
    title: "CFP-FP",
    kind: "pairs",
    data: CFP,
    published: PUBLISHED.cfpFp,
    options: ["allowMissing"],
    load: async (data, options) => cfpSet(await loadCfpFolder(data, "FP", options)),
  },
  "agedb-30": {
    title: "AgeDB-30",
    kind: "pairs",
    data: bin("agedb_30"),
    published: PUBLISHED.agedb30,
    options: ["allowMissing"],
    load: (data, options) => loadCropPairs(data, { ...options, name: "AgeDB-30", stem: "agedb_30" }),
  },
  calfw: {
    title: "CALFW",
    kind: "pairs",
    data: authors("calfw", "pairs_CALFW.txt"),
    published: PUBLISHED.calfw,
    options: ["allowMissing"],
    load: (data, options) => loadCropPairs(data, { ...options, name: "CALFW", stem: "calfw", list: "pairs_CALFW.txt" }),
  },
  cplfw: {
    title: "CPLFW",
    kind: "pairs",
    data: authors("cplfw", "pairs_CPLFW.txt"),
    published: PUBLISHED.cplfw,
    options: ["allowMissing"],
    load: (data, options) => loadCropPairs(data, { ...options, name: "CPLFW", stem: "cplfw", list: "pairs_CPLFW.txt" }),
  },
  bin: {
    title: "pairs of crops",
    kind: "pairs",
    data: "an InsightFace evaluation file, .bin",
    published: [],
    options: ["allowMissing"],
    load: (data, options) => loadCropPairs(data, { ...options, name: "bin" }),
  },
  ytf: {
    title: "YTF",
    kind: "templates",
    data: "the folder with splits.txt and aligned_images_DB/ or frame_images_DB/",
    published: PUBLISHED.ytf,
    options: ["allowMissing", "frames", "sample", "middle", "labels", "pooling"],
    load: loadYtf,
    pooling: ({ pooling = "norm-mean" }) => ({ keepNorm: pooling === "mean" }),
  },
  ijbb: ijbPairs("IJB-B", "ijbb", PUBLISHED.ijbb),
  ijbc: ijbPairs("IJB-C", "ijbc", PUBLISHED.ijbc),
  "ijbb-1n": ijbSearch("IJB-B", "ijbb", PUBLISHED.ijbbSearch),
  "ijbc-1n": ijbSearch("IJB-C", "ijbc", PUBLISHED.ijbcSearch),
  distractors: {
    title: "people among distractors",
    kind: "identification",
    data: PEOPLE,
    published: PUBLISHED.megaFace,
    options: ["allowMissing", "crops", "distractors"],
    load: (data, options) => loadDistractors(data, options.distractors ?? [], options),
  },
  people: {
    title: "people in folders",
    kind: "pairs",
    data: `${PEOPLE}; columns.csv beside the folders`,
    published: [],
    options: ["allowMissing", "crops", "maxPairs"],
    load: loadPeople,
  },
  pairs: {
    title: "pairs in a table",
    kind: "pairs",
    data: "a CSV with the columns a, b and same",
    published: [],
    options: ["allowMissing", "crops"],
    load: loadPairCsv,
  },
} as const satisfies Readonly<Record<string, Protocol>>;

function ijbPairs(title: string, part: "ijbb" | "ijbc", published: Protocol["published"]): Protocol {
  return {
    title: `${title} 1:1`,
    kind: "templates",
    data: IJB,
    published,
    options: IJB_OPTIONS,
    tarRule: "nearest",
    load: (data, options) => loadIjbPairs(data, part, options),
    pooling: ijbPooling,
  };
}

function ijbSearch(title: string, part: "ijbb" | "ijbc", published: Protocol["published"]): Protocol {
  return {
    title: `${title} 1:N`,
    kind: "identification",
    data: IJB,
    published,
    options: [...IJB_OPTIONS, "gallery"],
    load: (data, options) => loadIjbSearch(data, part, options),
    pooling: ijbPooling,
  };
}

export type ProtocolName = keyof typeof PROTOCOLS;

export const PROTOCOL_NAMES = Object.keys(PROTOCOLS) as ProtocolName[];

/** @throws {ArcfaceError} INVALID_ARGUMENT where there is no protocol of that name. */
export function protocolOf(name: string): Protocol {
  if (Object.hasOwn(PROTOCOLS, name)) return PROTOCOLS[name as ProtocolName];
  throw expected("evaluate", `a protocol (${PROTOCOL_NAMES.join(", ")})`, name);
}

async function loadLfw(data: string, list: "pairs" | "dev", options: ProtocolOptions): Promise<TestSet> {
  const { aligned, allowMissing = false } = options;
  const folder = await loadLfwFolder(data, { aligned, list, allowMissing });
  const face: FaceSpot = { kind: aligned === undefined ? "centre" : "crop" };
  const set = setOf(folder, face, (image) => image.split("/")[0]!);
  return list === "dev" ? { ...set, pairs: { ...set.pairs!, judged: 1 } } : set;
}

/** `Data/Images/001/frontal/01.jpg` */
const cfpSet = (folder: PairFolder): TestSet => setOf(folder, { kind: "centre" }, (image) => image.split("/")[2]!);

function setOf({ pairSet, root, absent }: PairFolder, face: FaceSpot, personOf: (image: string) => string): TestSet {
  const place = (image: string) => ({ kind: "file", path: join(root, image) }) as const;
  return testSetOfPairs(pairSet, { place, face, personOf, absent });
}
