import { dot, l2Normalize } from "../tensor/vector.ts";

/** One look at a face. */
export type Sample = {
  /** L2-normalised. */
  readonly embedding: Float32Array;
  /** What it is worth, 0–1: see faceQuality. */
  readonly quality: number;
};

/** What a face looks like from one side: samples that resemble one another, as one. */
export type View = {
  /** L2-normalised mean of its samples, weighted by their quality. */
  readonly direction: Float32Array;
  /** Sum of the qualities of its samples, up to MAX_WEIGHT: later ones go on counting. */
  readonly weight: number;
  /** Of its best sample. */
  readonly quality: number;
};

/** What somebody looks like: a few views, like to be compared with like, and the mean of all. */
export type Template = {
  readonly views: readonly View[];
  /** L2-normalised mean of the views by weight. */
  readonly mean: Float32Array;
  /** Of the best view. */
  readonly quality: number;
};

export type TemplateOptions = {
  /** A sample at least as similar to a view joins it. */
  readonly joinSimilarity?: number;
  /** A sample less similar to every view, and to the mean, is somebody else or nothing, and is left out. */
  readonly leastSimilarity?: number;
  /** Samples of less quality are left out: smears resemble one another, whosever they are. */
  readonly leastQuality?: number;
  /** Above so many the two most similar become one. */
  readonly maxViews?: number;
};

const MAX_WEIGHT = 8;
/** How much more similar strangers are at quality 0: see docs/decisions/tracking.md. */
const SHARED_BLUR = 0.4;
/** Below it a template may have begun with a bad look, and takes in others. */
const FIRM_WEIGHT = 0.7;

/**
 * A template that has taken in one more sample, or the same template where the sample was left out. No sample can lead
 * it away to another person: each must resemble what is there already.
 *
 * @param template `null` for nobody yet.
 */
export function addSample(
  template: Template | null,
  { embedding, quality }: Sample,
  { joinSimilarity = 0.6, leastSimilarity = 0.3, leastQuality = 0.2, maxViews = 5 }: TemplateOptions = {},
): Template | null {
  if (quality < leastQuality) return template;
  const view: View = { direction: embedding, weight: quality, quality };
  if (template === null) return templateOf([view]);
  const similarities = template.views.map(({ direction }) => dot(direction, embedding));
  const nearest = similarities.indexOf(Math.max(...similarities));
  if (similarities[nearest]! >= joinSimilarity) {
    return templateOf(template.views.map((old, i) => (i === nearest ? blend(old, view) : old)));
  }
  const known = Math.max(similarities[nearest]!, dot(template.mean, embedding)) >= leastSimilarity;
  if (known) return templateOf(atMost(maxViews, [...template.views, view]));
  const weight = template.views.reduce((sum, old) => sum + old.weight, 0);
  // A first look so bad that a better one contradicts it was none.
  return weight < FIRM_WEIGHT && quality > template.quality ? templateOf([view]) : template;
}

/** Two templates of one person as one. */
export function mergeTemplates(a: Template, b: Template, { maxViews = 5 }: TemplateOptions = {}): Template {
  return templateOf(atMost(maxViews, [...a.views, ...b.views]));
}

/** How similar a look is to the nearest view, or to the mean of all: a cosine. */
export function similarityTo({ mean, views }: Template, embedding: Float32Array): number {
  return views.reduce((best, { direction }) => Math.max(best, dot(direction, embedding)), dot(mean, embedding));
}

/** How similar the two most similar of the views and the means of two templates are: a cosine. */
export function templateSimilarity(a: Template, b: Template): number {
  return b.views.reduce((best, { direction }) => Math.max(best, similarityTo(a, direction)), similarityTo(a, b.mean));
}

/**
 * What a cosine between faces of that quality says, on the scale of good faces: poor ones resemble one another, so that
 * what one pair of strangers in a hundred exceeds is 0.31 at quality 0.9, 0.40 at 0.4 and 0.53 at 0.2.
 */
export function discounted(similarity: number, quality: number): number {
  return similarity - SHARED_BLUR * (1 - quality);
}

/** From views alone: the mean and the quality follow. */
export function templateOf(views: readonly View[]): Template {
  const sum = new Float32Array(views[0]!.direction.length);
  for (const { direction, weight } of views) {
    for (let i = 0; i < sum.length; i++) sum[i]! += weight * direction[i]!;
  }
  return { views, mean: l2Normalize(sum), quality: Math.max(...views.map((view) => view.quality)) };
}

function blend(a: View, b: View): View {
  const mixed = a.direction.map((value, i) => a.weight * value + b.weight * b.direction[i]!);
  return {
    direction: l2Normalize(mixed),
    weight: Math.min(MAX_WEIGHT, a.weight + b.weight),
    quality: Math.max(a.quality, b.quality),
  };
}

function atMost(count: number, views: readonly View[]): readonly View[] {
  if (views.length <= count) return views;
  let [first, second, nearest] = [0, 1, -Infinity];
  for (let i = 0; i < views.length; i++) {
    for (let j = i + 1; j < views.length; j++) {
      const similarity = dot(views[i]!.direction, views[j]!.direction);
      if (similarity > nearest) [first, second, nearest] = [i, j, similarity];
    }
  }
  const kept = views.filter((_, i) => i !== first && i !== second);
  return atMost(count, [...kept, blend(views[first]!, views[second]!)]);
}
