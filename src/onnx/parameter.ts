import type { Value } from "./builder.ts";

/** What is learnt: an input of a training graph, and what it starts from. */
export type Parameter = {
  /** As InsightFace's state dict has it: `layer1.0.conv1.weight`. Its gradient is the graph's output `gradient.NAME`. */
  readonly name: string;
  /** As in the state dict: a PReLU's slopes are [C]. */
  readonly shape: readonly number[];
  /** The graph's input of that name and shape. */
  readonly value: Value;
  readonly initial: Float32Array<ArrayBuffer>;
};

/** What is measured while learning (a batch normalisation's running mean and variance): an input of a training graph. */
export type Statistic = Parameter & {
  /** What it is after the step. The graph's output `new.NAME`. */
  readonly updated: Value;
};

/** Where random zeros come in: a graph's input of 0 and 1/(1 − rate), fed anew for each step. */
export type Mask = { readonly name: string; readonly shape: readonly number[]; readonly rate: number };
