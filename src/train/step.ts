import { buildLoss } from "../losses/build.ts";
import type { LossSpec } from "../losses/loss.ts";
import type { Net } from "../nets/registry.ts";
import { trainingNet } from "../nets/training/build.ts";
import type { TrainingNet } from "../nets/training/training-net.ts";
import { gradients } from "../onnx/autodiff.ts";
import { GraphBuilder, type Value } from "../onnx/builder.ts";
import type { Mask, Parameter, Statistic } from "../onnx/parameter.ts";
import type { ModelProto } from "../onnx/schema.ts";
import { createRandom } from "../tensor/random.ts";

export type StepOptions = {
  readonly net: Net;
  readonly loss: LossSpec;
  /** How many the step compares with: where `sampleRate` is below 1, those sampled. */
  readonly classes: number;
  readonly batch: number;
  /** Side of the images, pixels; default 112. */
  readonly size?: number;
  /** Of the starting weights. */
  readonly seed?: number;
};

/** What a training step is made of, apart from the graph. */
export type StepGraph = {
  /**
   * Inputs: `images` float32 [batch, 3, size, size], RGB, (x − 127.5)/127.5; `labels` int64 [batch]; every parameter,
   * statistic and mask by its name. Outputs: `loss`, `accuracy` (scalars); `gradient.NAME` of each parameter; `new.NAME` of
   * each statistic.
   */
  readonly model: ModelProto;
  readonly parameters: readonly Stored[];
  readonly statistics: readonly Stored[];
  readonly masks: readonly Mask[];
  /** Names of the parameters of the head: those that are not the network's. */
  readonly head: readonly string[];
};

/** A parameter or statistic outside the graph. */
export type Stored = Pick<Parameter, "name" | "shape" | "initial">;

/** One training step as a graph: forward, loss, gradients. The update is a graph of its own: update.ts. */
export function buildStep({ net, loss, classes, batch, size = 112, seed = 0 }: StepOptions): StepGraph {
  const random = createRandom(seed);
  return buildStepOf((g, images) => trainingNet(g, net, images, { random }), {
    loss,
    classes,
    images: [batch, 3, size, size],
    seed: seed + 1,
  });
}

/** The same over any network in training form. @param images their shape. @param seed of the head. */
export function buildStepOf(
  makeNet: (g: GraphBuilder, images: Value) => TrainingNet,
  {
    loss: spec,
    classes,
    images: shape,
    seed,
  }: Pick<StepOptions, "loss" | "classes"> & {
    readonly images: readonly number[];
    readonly seed: number;
  },
): StepGraph {
  const g = new GraphBuilder();
  const images = g.input("images", shape);
  const labels = g.input("labels", [shape[0]!], "int64");
  const net = makeNet(g, images);
  const head = buildLoss(g, net.output, labels, spec, { classes, random: createRandom(seed) });
  const [dOutput, ...dHead] = gradients(g, head.loss, [net.output, ...head.parameters.map(({ value }) => value)]);
  const back = net.backward(dOutput!);
  g.output("loss", head.loss);
  g.output("accuracy", head.accuracy);
  const parameters = [...net.parameters, ...head.parameters];
  for (const { name } of net.parameters) g.output(`gradient.${name}`, back.get(name)!);
  head.parameters.forEach(({ name }, i) => void g.output(`gradient.${name}`, dHead[i]!));
  for (const { name, updated } of net.statistics) g.output(`new.${name}`, updated);
  return {
    model: g.toModel("step"),
    parameters: parameters.map(stored),
    statistics: net.statistics.map(stored),
    masks: net.masks,
    head: head.parameters.map(({ name }) => name),
  };
}

const stored = ({ name, shape, initial }: Parameter | Statistic): Stored => ({ name, shape, initial });
