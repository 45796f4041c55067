import type { Value } from "../onnx/builder.ts";
import type { Parameter } from "../onnx/parameter.ts";

/** A loss and its head: the layer over the classes that is thrown away after training. */
export type LossSpec = {
  /**
   * margin: cos(m1·θ + m2) − m3 of the own class, times `s`; (1, 0.5, 0) is ArcFace, (1, 0, 0.4) CosFace, (1.35, 0, 0)
   * SphereFace, (1, 0, 0) norm-softmax. softmax: x·wᵀ + b, nothing normalised.
   */
  readonly kind: "margin" | "softmax";
  /** (m1, m2, m3); default (1, 0.5, 0). */
  readonly marginList?: readonly [m1: number, m2: number, m3: number];
  /** The scale of the cosines; default 64. */
  readonly s?: number;
  /**
   * How the margin's gradient is taken: `exact`, with the factor m1·sin(m1·θ + m2)/sin θ; `straight-through` as InsightFace's code
   * does, as if the margin were not there. Default straight-through.
   */
  readonly gradient?: "exact" | "straight-through";
  /** K centres a class, the nearest of which counts; default 1. */
  readonly subCenters?: number;
  /** Cosines to other classes above it become 0, as they are mislabelled pictures; 0 (the default) leaves it out. */
  readonly interclassFilteringThreshold?: number;
  /** Share of the classes that a step compares with, its own always among them (Partial FC); default 1. */
  readonly sampleRate?: number;
  /** Weights of the paper's additional terms; absent: none. */
  readonly intra?: number;
  readonly inter?: number;
  readonly triplet?: { readonly weight: number; readonly margin: number };
};

/** A loss as nodes of a training graph. */
export type Loss = {
  /** A scalar: the mean over the batch. */
  readonly loss: Value;
  /** A scalar: the share of the batch whose own class is the nearest, without a margin. */
  readonly accuracy: Value;
  /** `head.weight` [classes · K, features], and of softmax `head.bias` [classes]. */
  readonly parameters: readonly Parameter[];
};
