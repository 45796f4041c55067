import type { FoldResult } from "../metrics/verification.ts";

/** The version of the shape below: reports and gates refuse another. */
export const EVALUATION_FORMAT = "arcface-evaluation-1";

/**
 * What any protocol gives: plain data, the same as JSON and in memory, enough to draw every figure of a report from.
 * Rates are fractions, 0 to 1; similarities are cosines.
 */
export type Evaluation = {
  readonly format: typeof EVALUATION_FORMAT;
  readonly protocol: EvaluatedProtocol;
  readonly recognizer: EvaluatedModel;
  /** `null` where the data say where the faces are. */
  readonly detector: EvaluatedModel | null;
  /** What was measured, the most important first. */
  readonly figures: readonly Figure[];
  /** What others published for the same figures. */
  readonly published: readonly PublishedFigure[];
  /** Templates: what the numbers below are indices of. */
  readonly items: readonly EvaluatedItem[];
  /** `null` where the protocol only searches. */
  readonly verification: Verified | null;
  /** `null` where the protocol only compares pairs. */
  readonly identification: Identified | null;
  /** Pictures that gave no embedding, by key. */
  readonly missed: readonly MissedImage[];
  readonly timing: EvaluationTiming;
  /** Of arcface-ts, Node and ONNX Runtime. */
  readonly versions: Readonly<Record<string, string>>;
  /** The command line that made it; `null` where a program did. */
  readonly command: string | null;
};

export type EvaluatedProtocol = {
  /** As `arcface evaluate` takes it: `lfw`. */
  readonly name: string;
  /** As people know it: `LFW, view 2`. */
  readonly title: string;
  /** What changes the figures: flip, pooling, the folder of aligned crops … */
  readonly options: Readonly<Record<string, string | number | boolean>>;
  /** 16 hex digits over every picture's bytes and every pair: results of two data sets are not to be compared. */
  readonly dataSet: string;
  readonly images: number;
  readonly templates: number;
  /** `null` where the set does not say whose pictures are. */
  readonly people: number | null;
};

export type EvaluatedModel = {
  /** Slug, or file. */
  readonly name: string;
  /** See Embedder.fingerprint and Recognizer.detectorFingerprint. */
  readonly fingerprint: string;
  /** `null` for a network that has no card. */
  readonly licence: { readonly name: string; readonly commercial: boolean } | null;
};

/**
 * One number, by its name: `accuracy`, `TAR@FAR=1e-3`, `EER`; of a search `rank-1`, `rank-5`, `rank-10`, and
 * `TPIR@FPIR=1e-2`.
 */
export type Figure = {
  readonly name: string;
  /** `null` where the data are too few to tell. */
  readonly value: number | null;
  /** Over folds, of the population. */
  readonly std?: number;
  /** 95 %, by a bootstrap over people; `null` where it was not computed. */
  readonly interval: readonly [number, number] | null;
  /** The rate that the figure is told at is that of fewer than ten pairs or searches: it hangs on a few. See farSupport. */
  readonly support?: "roughly";
  /** Which way is better. */
  readonly better: "higher" | "lower";
  /** The similarity that decides, where one does. */
  readonly threshold?: number;
};

export type PublishedFigure = {
  /** A figure's name. */
  readonly figure: string;
  readonly value: number;
  /** What was measured: training data and network. */
  readonly of: string;
  /** Where it stands. */
  readonly source: string;
};

export type EvaluatedItem = {
  readonly name: string;
  readonly person: string | null;
  /** Keys of its pictures, the first few of many. */
  readonly images: readonly string[];
  readonly imageCount: number;
};

/** Pairs by columns: the i-th entries of the lists belong to one pair. */
export type PairColumns = {
  /** Indices into `items`. */
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly same: readonly boolean[];
  /** Cosine; −1 where a face was missed. */
  readonly scores: readonly number[];
  readonly fold: readonly number[] | null;
  /** What is known of each pair, by the column's name. */
  readonly columns: Readonly<Record<string, readonly (string | null)[]>>;
};

export type Verified = {
  readonly genuine: number;
  readonly impostor: number;
  /** Of all pairs; or, where there are too many to keep, of the genuine ones scored lowest and the others scored highest. */
  readonly pairs: PairColumns;
  /** Whether `pairs` are all. */
  readonly isComplete: boolean;
  readonly folds: readonly FoldResult[] | null;
  /** All pairs, by similarity: bin i counts from −1 + i·step up to, not including, the next. */
  readonly histogram: {
    readonly step: number;
    readonly genuine: readonly number[];
    readonly impostor: readonly number[];
  };
  /** All pairs: points of the ROC, FAR rising, thinned to a few hundred. The first accepts nothing (threshold `null`). */
  readonly roc: {
    readonly far: readonly number[];
    readonly tar: readonly number[];
    readonly threshold: readonly (number | null)[];
  };
};

export type Identified = {
  /** Templates enrolled, distractors among them, and how many of those there were. */
  readonly enrolled: number;
  readonly distractors: number;
  /** Probes by columns, indices into `items`. */
  readonly probes: {
    readonly probe: readonly number[];
    /** The enrolled template of the same person; `null` for an unknown visitor. */
    readonly mate: readonly (number | null)[];
    /** The mate's place among all enrolled, 1 the best; `null` for unknown visitors and missed probes. */
    readonly rank: readonly (number | null)[];
    readonly mateScore: readonly (number | null)[];
    /** The best enrolled template of somebody else, and its score. */
    readonly nearest: readonly number[];
    readonly nearestScore: readonly number[];
  };
  /** Share of known probes whose mate is among the first k, for k = 1, 2, … */
  readonly cmc: readonly number[];
  /** Rank-1 rate by the number of distractors, growing. */
  readonly byDistractors: readonly { readonly distractors: number; readonly rank1: number }[];
};

export type MissedImage = {
  readonly image: string;
  /** No face was found; the file cannot be read as a picture; the set lists it and it is not there. */
  readonly why: "no face" | "unreadable" | "absent";
};

export type EvaluationTiming = {
  /** ISO 8601. */
  readonly startedAt: string;
  readonly seconds: number;
  /** Pictures embedded in this run, and those an earlier one had. */
  readonly embedded: number;
  readonly fromCache: number;
  /** Threads that embedded side by side. */
  readonly threads: number;
};
