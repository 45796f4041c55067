import { expected } from "../errors.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import type { Random } from "../tensor/random.ts";
import { checkLoss } from "./check-loss.ts";
import { scaledCosines, unitRows } from "./cosines.ts";
import { accuracyOf, crossEntropy, ownClass } from "./cross-entropy.ts";
import { filterClasses } from "./filtering.ts";
import { drawHead, headParameter } from "./head.ts";
import type { Loss, LossSpec } from "./loss.ts";
import { marginOf } from "./margin.ts";
import { interTerm, intraTerm, tripletTerm } from "./paper-terms.ts";
import { scalar, scaled } from "./scalar.ts";
import { nearestCentres } from "./sub-center.ts";

export type LossOptions = {
  /** How many the step compares with: where `sampleRate` is below 1, those sampled. */
  readonly classes: number;
  /** Where starting weights are drawn from. */
  readonly random: Random;
};

/** What a head makes of the batch, before the terms. */
type Scores = {
  /** [N, C], margins included. */
  readonly logits: Value;
  /** [N, C], without a margin. */
  readonly plain: Value;
  readonly parameters: Loss["parameters"];
  readonly terms: readonly Value[];
};

/**
 * Add a loss to a training graph; its gradients are those of `gradients()`.
 *
 * @param embedding [N, D], not normalised; N and D are numbers.
 * @param labels int64 [N], each below `classes`.
 * @throws {ArcfaceError} INVALID_ARGUMENT where the description is contradictory or out of range.
 */
export function buildLoss(
  graph: GraphBuilder,
  embedding: Value,
  labels: Value,
  spec: LossSpec,
  { classes, random }: LossOptions,
): Loss {
  checkLoss(spec);
  if (!Number.isInteger(classes) || classes < 2) throw expected("loss", "two classes or more", `${classes}`);
  const g = graph.scope("loss");
  const column = g.node("Unsqueeze", [labels, g.literal([1], [1])]);
  const head = spec.kind === "softmax" ? softmaxScores : cosineScores;
  const { logits, plain, parameters, terms } = head(g, embedding, column, spec, { classes, random });
  const entropy = crossEntropy(g, logits, column);
  return {
    loss: terms.reduce((sum, term) => g.add(sum, term), entropy),
    accuracy: accuracyOf(g, plain, column),
    parameters,
  };
}

type Head = (g: GraphBuilder, embedding: Value, labels: Value, spec: LossSpec, options: LossOptions) => Scores;

/** x·wᵀ + b */
const softmaxScores: Head = (g, embedding, labels, { triplet }, { classes, random }) => {
  const features = embedding.shape[1] as number;
  const weight = headParameter(g, "head.weight", [classes, features], drawHead(random, classes, features));
  const bias = headParameter(g, "head.bias", [classes]);
  const logits = g.gemm(embedding, weight.value, bias.value);
  const terms = triplet ? [tripletOf(g, unitRows(g, embedding), labels, triplet)] : [];
  return { logits, plain: logits, parameters: [weight, bias], terms };
};

/** s·cos θ, with the margin for the own class. */
const cosineScores: Head = (g, embedding, labels, spec, { classes, random }) => {
  const { s = 64, subCenters = 1, marginList = [1, 0.5, 0], gradient = "straight-through" } = spec;
  const { interclassFilteringThreshold: threshold = 0, intra, inter, triplet } = spec;
  const [rows, features] = [classes * subCenters, embedding.shape[1] as number];
  const weight = headParameter(g, "head.weight", [rows, features], drawHead(random, rows, features));
  const unit = unitRows(g, embedding);
  // From here on everything is s times a cosine: a large matrix is multiplied once.
  const plain = nearestCentres(g, scaledCosines(g, unit, weight.value, scalar(g, s)), subCenters);
  const own = scaled(g, ownClass(g, plain, labels), 1 / s);
  const kept = threshold > 0 ? filterClasses(g.scope("filter"), plain, labels, s * threshold) : plain;
  const margin = marginOf(g.scope("margin"), own, { marginList, gradient });
  const terms = [
    ...(intra ? [scaled(g, intraTerm(g.scope("intra_term"), own), intra)] : []),
    ...(inter ? [scaled(g, interTerm(g.scope("inter_term"), weight.value, labels), inter)] : []),
    ...(triplet ? [tripletOf(g, unit, labels, triplet)] : []),
  ];
  const logits = margin ? addToOwn(g, kept, labels, scaled(g, margin, s)) : kept;
  return { logits, plain, parameters: [weight], terms };
};

function addToOwn(g: GraphBuilder, scores: Value, labels: Value, added: Value): Value {
  return g.node("ScatterElements", [scores, labels, added], { attributes: { axis: 1, reduction: "add" } });
}

function tripletOf(
  g: GraphBuilder,
  unit: Value,
  labels: Value,
  { weight, margin }: { weight: number; margin: number },
): Value {
  return scaled(g, tripletTerm(g.scope("triplet_term"), unit, labels, margin), weight);
}
