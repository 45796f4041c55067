import { throwIfCancelled } from "../errors.ts";
import type { Host, Session } from "../host/host.ts";
import { buildLoss } from "../losses/build.ts";
import type { LossSpec } from "../losses/loss.ts";
import { gradients } from "../onnx/autodiff.ts";
import { GraphBuilder } from "../onnx/builder.ts";
import { encodeModel } from "../onnx/model.ts";
import { createRandom, type Random } from "../tensor/random.ts";
import { float32, type Tensor } from "../tensor/tensor.ts";
import type { Centres, Labelled } from "./vote.ts";

export type CentreOptions = {
  /** K, centres a class. Default 3. */
  readonly subCenters?: number;
  /** Default: ArcFace, s = 64. */
  readonly loss?: LossSpec;
  readonly numEpoch?: number;
  readonly batchSize?: number;
  /** At the start; it falls to 0 as a polynomial of degree 2. */
  readonly lr?: number;
  readonly momentum?: number;
  readonly weightDecay?: number;
  readonly seed?: number;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number; readonly loss: number }) => void;
  readonly signal?: AbortSignal;
};

/**
 * Centres of classes over embeddings that stay as they are: the head of a training alone, by SGD.
 *
 * @param size D, numbers in an embedding.
 * @throws {ArcfaceError} CANCELLED; INVALID_ARGUMENT for fewer than two classes.
 */
export async function trainCentres(
  host: Pick<Host, "createSession">,
  { embeddings, labels, classes }: Labelled,
  size: number,
  options: CentreOptions = {},
): Promise<Centres> {
  const { subCenters = 3, loss = { kind: "margin" }, numEpoch = 20, batchSize = 128, lr = 0.1, seed = 0 } = options;
  const random = createRandom(seed);
  const batch = Math.min(batchSize, labels.length);
  const { graph, initial } = buildHeadStep({ ...loss, subCenters }, { ...options, classes, size, batch, random });
  await using session = await host.createSession(graph, "head", {});
  const shape = [classes * subCenters, size];
  const state = { weight: float32(initial, shape), velocity: float32(new Float32Array(initial.length), shape) };
  const steps = Math.floor(labels.length / batch);
  const total = numEpoch * steps;
  for (let epoch = 0, step = 0; epoch < numEpoch; epoch++) {
    const order = shuffled(labels.length, random);
    for (let k = 0; k < steps; k++, step++) {
      throwIfCancelled(options.signal, "clean");
      const rows = order.subarray(k * batch, (k + 1) * batch);
      const feeds = batchOf(rows, embeddings, labels, size);
      const rate = float32(Float32Array.of(lr * (1 - step / total) ** 2), []);
      const value = await update(session, { ...feeds, rate }, state);
      options.onProgress?.({ done: step + 1, total, loss: value });
    }
  }
  return { weights: state.weight.data, subCenters, size };
}

type State = Readonly<Record<"weight" | "velocity", Tensor & { readonly data: Float32Array }>>;

/** One step; the state is written in place. */
async function update(session: Session, feeds: Record<string, Tensor>, { weight, velocity }: State): Promise<number> {
  const into = { "new.weight": weight, "new.velocity": velocity };
  const answer = await session.run({ ...feeds, "head.weight": weight, velocity }, into);
  return (answer.loss!.data as Float32Array)[0]!;
}

/** Inputs: `embeddings`, `labels`, `head.weight`, `velocity`, `rate`. Outputs: `loss`, `new.weight`, `new.velocity`. */
function buildHeadStep(
  loss: LossSpec,
  {
    classes,
    size,
    batch,
    random,
    momentum = 0.9,
    weightDecay = 5e-4,
  }: Pick<CentreOptions, "momentum" | "weightDecay"> & {
    readonly classes: number;
    readonly size: number;
    readonly batch: number;
    readonly random: Random;
  },
): { graph: Uint8Array; initial: Float32Array } {
  const g = new GraphBuilder();
  const embeddings = g.input("embeddings", [batch, size]);
  const labels = g.input("labels", [batch], "int64");
  const head = buildLoss(g, embeddings, labels, loss, { classes, random });
  const [weight] = head.parameters;
  const [gradient] = gradients(g, head.loss, [weight!.value]);
  const velocity = g.input("velocity", weight!.shape);
  const rate = g.input("rate", []);
  const constant = (x: number) => g.literal([], Float32Array.of(x));
  const decayed = g.add(gradient!, g.node("Mul", [weight!.value, constant(weightDecay)]));
  const newVelocity = g.add(g.node("Mul", [velocity, constant(momentum)]), decayed);
  g.output("loss", head.loss);
  g.output("new.velocity", newVelocity);
  g.output("new.weight", g.node("Sub", [weight!.value, g.node("Mul", [newVelocity, rate])]));
  return { graph: encodeModel(g.toModel("head")), initial: weight!.initial };
}

function batchOf(
  rows: Uint32Array,
  embeddings: Float32Array,
  labels: ArrayLike<number>,
  size: number,
): Record<string, Tensor> {
  const data = new Float32Array(rows.length * size);
  rows.forEach((row, i) => void data.set(embeddings.subarray(row * size, (row + 1) * size), i * size));
  const own = BigInt64Array.from(rows, (row) => BigInt(labels[row]!));
  return {
    embeddings: float32(data, [rows.length, size]),
    labels: { dtype: "int64", shape: [rows.length], data: own },
  };
}

/** Fisher and Yates. */
function shuffled(count: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
