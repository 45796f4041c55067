import type { LabelledImages } from "../data/labelled-images.ts";
import { expected } from "../errors.ts";
import { createNodeHost } from "../host/host.node.ts";
import type { Embedder } from "../recognize/embedder.ts";
import { clusterCentres } from "./cluster-centres.ts";
import { type EmbedSetOptions, embedSet } from "./embed-set.node.ts";
import { type CleanReport, isKept, reportOf } from "./report.ts";
import { trainCentres } from "./train-centres.ts";
import { type Centres, type Votes, vote } from "./vote.ts";

/** Where centres of classes come from; docs/decisions/cleaning.md compares them. */
export type CentreSource = "cluster" | "train" | Centres;

export type CleanOptions = Partial<EmbedSetOptions> & {
  /** Default cluster. Centres in hand are those of a training with sub-centers. */
  readonly centres?: CentreSource;
  /** Centres a class; default 3. Not asked of centres in hand. */
  readonly subCenters?: number;
  /** Degrees; default 75. */
  readonly threshold?: number;
  readonly seed?: number;
  /** What is being done: `embed` counts pictures, `centres` classes, or steps of the training. */
  readonly onStage?: (stage: "embed" | "centres", done: number, total: number) => void;
};

export type Cleaned = {
  readonly report: CleanReport;
  /** Pictures that could not be read: they are not kept. */
  readonly unread: readonly { readonly image: string; readonly why: string }[];
  /** Numbers of the pictures that are kept, and of those that are dropped, ascending. */
  readonly kept: readonly number[];
  readonly dropped: readonly number[];
  readonly votes: Votes;
};

/**
 * Which pictures of a set are not of the person they are labelled as, by the sub-center method: each class has K
 * centres; its dominant one is that of the person, and what is farther from it than the threshold is dropped.
 *
 * @param data aligned crops.
 * @throws {ArcfaceError} INVALID_ARGUMENT for an option, or centres that do not fit; as embedSet.
 */
export async function cleanSet(embedder: Embedder, data: LabelledImages, options: CleanOptions = {}): Promise<Cleaned> {
  const { threshold = 75, centres = "cluster", cacheDir = null, flip = false, signal, onStage } = options;
  if (!(threshold > 0 && threshold <= 180))
    throw expected("clean: threshold", "degrees, above 0, at most 180", `${threshold}`);
  const { subCenters = typeof centres === "object" ? centres.subCenters : 3 } = options;
  if (!Number.isInteger(subCenters) || subCenters < 1 || subCenters > 255)
    throw expected("clean: subCenters", "a whole number from 1 to 255", `${subCenters}`);
  const set = await embedSet(embedder, data, {
    cacheDir,
    flip,
    ...(signal && { signal }),
    onProgress: ({ done, total }) => onStage?.("embed", done, total),
  });
  const labelled = { ...set, classes: data.classes };
  const own = await centresOf(centres, labelled, { ...options, subCenters });
  const votes = vote(labelled, own);
  const report = reportOf({
    votes,
    labels: set.labels,
    threshold,
    subCenters,
    classes: data.classes,
    nameOf: (row) => data.name(set.index[row]!),
    classNames: data.classNames,
  });
  const rows = [...set.index.keys()];
  const numbers = (keep: boolean): number[] =>
    rows.filter((row) => isKept(votes, row, threshold) === keep).map((row) => set.index[row]!);
  return { report, unread: set.unread, kept: numbers(true), dropped: numbers(false), votes };
}

async function centresOf(
  source: CentreSource,
  labelled: Parameters<typeof clusterCentres>[0] & { readonly size: number },
  { subCenters, seed = 0, signal, onStage }: CleanOptions & { readonly subCenters: number },
): Promise<Centres> {
  if (typeof source === "object") {
    if (source.size === labelled.size) return source;
    throw expected("clean: centres", `${labelled.size} numbers, as the recogniser's embeddings`, `${source.size}`);
  }
  const options = {
    subCenters,
    seed,
    ...(signal && { signal }),
    onProgress: ({ done, total }: { readonly done: number; readonly total: number }) =>
      onStage?.("centres", done, total),
  };
  if (source === "cluster") return clusterCentres(labelled, labelled.size, options);
  return trainCentres(createNodeHost(), labelled, labelled.size, options);
}
