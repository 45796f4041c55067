import { buildLoss } from "../losses/build.ts";
import type { LossSpec } from "../losses/loss.ts";
import { scaled } from "../losses/scalar.ts";
import type { Net } from "../nets/registry.ts";
import { trainingNet } from "../nets/training/build.ts";
import type { TrainingNet } from "../nets/training/training-net.ts";
import { gradients } from "../onnx/autodiff.ts";
import { GraphBuilder, type Value } from "../onnx/builder.ts";
import type { Mask, Parameter, Statistic } from "../onnx/parameter.ts";
import type { ModelProto } from "../onnx/schema.ts";
import { reshape } from "../onnx/vjp/words.ts";
import { createRandom } from "../tensor/random.ts";
import { sizeOf } from "../tensor/tensor.ts";

export type StepOptions = {
  readonly net: Net;
  readonly loss: LossSpec;
  /** How many the step compares with: where `sampleRate` is below 1, those sampled. */
  readonly classes: number;
  readonly batch: number;
  /** Batches of an update: gradients are a share of their mean, added to those of the batches before. Default 1. */
  readonly gradientAcc?: number;
  /** Side of the images, pixels; default 112. */
  readonly size?: number;
  /** Of the starting weights. */
  readonly seed?: number;
  /** A probe of every value is an output too: `probes` names them, in the order in which they are made. */
  readonly probe?: boolean;
  /** Of the runtime's blocked layout, in which convolutions are faster: block-size.node.ts. Default `null`: not used. */
  readonly block?: number | null;
};

/** What a training step is made of, apart from the graph. */
export type StepGraph = {
  /**
   * Inputs: `images` float32 [batch, 3, size, size], RGB, (x − 127.5)/127.5; `labels` int64 [batch]; every parameter,
   * statistic and mask by its name; where an update has several batches, `sum.NAME` of each parameter, over which
   * `gradient.NAME` may be written. Outputs: `loss`, `accuracy` (scalars); `gradient.NAME` of each parameter;
   * `squares`, in their order, the sum of each gradient's; `new.NAME` of each statistic.
   */
  readonly model: ModelProto;
  readonly gradientAcc: number;
  readonly parameters: readonly Stored[];
  readonly statistics: readonly Stored[];
  readonly masks: readonly Mask[];
  /** Names of the parameters of the head: those that are not the network's. */
  readonly head: readonly string[];
  /** Rows of the head's weights that a class has: its sub-centres. */
  readonly rowsPerClass: number;
  readonly probes: readonly Probe[];
};

/** An output that is 0 where a value is finite throughout, else NaN, and the layer that made the value, as the state dict calls it. */
export type Probe = { readonly output: string; readonly layer: string };

/** A parameter or statistic outside the graph. */
export type Stored = Pick<Parameter, "name" | "shape" | "initial">;

/** One training step as a graph: forward, loss, gradients. The update is a graph of its own: update.ts. */
export function buildStep(options: StepOptions): StepGraph {
  const { net, loss, classes, batch, gradientAcc = 1, size = 112, seed = 0, probe = false, block = null } = options;
  const random = createRandom(seed);
  return buildStepOf((g, images) => trainingNet(g, net, images, { random, block }), {
    loss,
    classes,
    gradientAcc,
    images: [batch, 3, size, size],
    seed: seed + 1,
    probe,
  });
}

/** The same over any network in training form. @param images their shape. @param seed of the head. */
export function buildStepOf(
  makeNet: (g: GraphBuilder, images: Value) => TrainingNet,
  {
    loss: spec,
    classes,
    gradientAcc = 1,
    images: shape,
    seed,
    probe = false,
  }: Pick<StepOptions, "loss" | "classes" | "gradientAcc" | "probe"> & {
    readonly images: readonly number[];
    readonly seed: number;
  },
): StepGraph {
  const g = new GraphBuilder();
  const images = g.input("images", shape);
  const labels = g.input("labels", [shape[0]!], "int64");
  const net = makeNet(g, images);
  const head = buildLoss(g, net.output, labels, spec, { classes, random: createRandom(seed) });
  const share = scaled(g, head.loss, 1 / gradientAcc);
  const [dOutput, ...dHead] = gradients(g, share, [net.output, ...head.parameters.map(({ value }) => value)]);
  const back = new Map(net.backward(dOutput!));
  const probes = probe ? addProbes(g) : [];
  g.output("loss", head.loss);
  g.output("accuracy", head.accuracy);
  const parameters = [...net.parameters, ...head.parameters];
  head.parameters.forEach(({ name }, i) => void back.set(name, dHead[i]!));
  const squares = parameters.map(({ name, shape }) => {
    const own = back.get(name)!;
    const gradient = gradientAcc === 1 ? own : g.add(own, g.input(`sum.${name}`, shape));
    g.output(`gradient.${name}`, gradient);
    const row = reshape(g, gradient, [1, sizeOf(shape)]);
    const square = g.node("com.microsoft.FusedMatMul", [row, row], { attributes: { transB: 1 } });
    return reshape(g, square, [1]);
  });
  g.output("squares", g.node("Concat", squares, { attributes: { axis: 0 } }));
  for (const { name, updated } of net.statistics) g.output(`new.${name}`, updated);
  return {
    model: g.toModel("step"),
    gradientAcc,
    parameters: parameters.map(stored),
    statistics: net.statistics.map(stored),
    masks: net.masks,
    head: head.parameters.map(({ name }) => name),
    rowsPerClass: spec.kind === "margin" ? (spec.subCenters ?? 1) : 1,
    probes,
  };
}

/** A layer's convolution or product bears its name; what follows it in the graph belongs to it. */
function addProbes(g: GraphBuilder): Probe[] {
  let layer = "the input";
  return [...g.steps].flatMap(({ op, outputs: [value] }, i) => {
    const { name, dtype } = value!;
    // Nodes without a name of their own are called after their operator, within the layer.
    if (!name.startsWith(op) && !name.startsWith("loss.")) layer = name.replace(/\.[^.]*_\d+$/, "");
    if (name.startsWith("loss.")) layer = "the loss";
    if (dtype !== "float32") return [];
    const output = `probe.${i}`;
    // x − x, as a sum of large values overflows by itself
    const nothing = g.node("Sub", [value!, value!]);
    g.output(output, g.node("ReduceSum", [nothing], { attributes: { keepdims: 0 } }));
    return [{ output, layer: name.startsWith(op) ? `what follows ${layer}` : layer }];
  });
}

const stored = ({ name, shape, initial }: Parameter | Statistic): Stored => ({ name, shape, initial });
