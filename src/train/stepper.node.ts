import type { Session } from "../host/host.ts";
import { createSession } from "../host/session.node.ts";
import { sampleClasses } from "../losses/partial-fc.ts";
import { encodeModel } from "../onnx/model.ts";
import { createRandom, type Random } from "../tensor/random.ts";
import { float32, sizeOf, type Tensor } from "../tensor/tensor.ts";
import { normParameters } from "./norm-parameters.ts";
import type { TrainingState } from "./state.ts";
import type { StepGraph } from "./step.ts";
import { buildUpdate, clipFactor, updateMap } from "./update.ts";
import { type UpdateRows, updateRows } from "./update-rows.ts";

/** What one update is made of. */
export type Micro = { readonly images: Float32Array<ArrayBuffer>; readonly labels: BigInt64Array<ArrayBuffer> };

export type StepResult = {
  /** Means over the update's batches. */
  readonly loss: number;
  readonly accuracy: number;
  /** Of the backbone's gradients, before clipping. */
  readonly gradientNorm: number;
  /** Where the loss or a gradient is not finite: what the step was fed with. Nothing was updated then. */
  readonly notFinite: Readonly<Record<string, Tensor>> | null;
};

export type StepperOptions = {
  readonly graph: StepGraph;
  readonly state: TrainingState;
  readonly imagesShape: readonly number[];
  readonly momentum: number;
  readonly weightDecay: number;
  /** Default weightDecay. */
  readonly normWeightDecay?: number | undefined;
  readonly clipGradNorm: number;
  /** Decides masks and sampled classes, with the step's number. */
  readonly seed: number;
  readonly threads: number;
  /** Of the data; where a share is compared with only, its rows are gathered before and put back after each update. */
  readonly classes: number;
  readonly sampleRate: number;
};

/** The two graphs of a run, and the arrays that they read and write. */
export interface Stepper extends AsyncDisposable {
  /** Gradients of the batches, their mean, and one update of the state. @param batches as many as the graph's `gradientAcc`. */
  update(batches: readonly Micro[], lr: number): Promise<StepResult>;
}

/** The state's arrays of weights and momentum are others afterwards: beside the gradients, as the update wants them. */
export async function createStepper(options: StepperOptions): Promise<Stepper> {
  const { graph, state, threads, seed, classes, sampleRate, clipGradNorm, weightDecay } = options;
  const { normWeightDecay = weightDecay, momentum } = options;
  const names = graph.parameters.map(({ name }) => name);
  const places = new Map(graph.parameters.map(({ name, shape }) => [name, updateRows(shape)]));
  const rows = sampleRate < 1 ? sampledRows(state, graph.head, places) : null;
  for (const [name, place] of places) if (!rows || !graph.head.includes(name)) move(state, name, place);
  const norms = normParameters(graph.parameters);
  const mapOf = (name: string) =>
    `${graph.head.includes(name) ? "head" : "network"}.${norms.has(name) ? "norms" : "products"}`;
  const used = [...new Set(names.map(mapOf))];
  const update = buildUpdate(
    graph.parameters.map(({ name, shape }) => ({ name, size: sizeOf(shape), map: mapOf(name) })),
  );
  await using stack = new Disposables();
  const how = { threads, memoryPattern: false };
  const step = stack.use(await createSession(encodeModel(graph.model), "training step", how));
  const descend = stack.use(await createSession(encodeModel(update), "update", how));
  stack.keep();

  const of = (prefix: string, part: keyof UpdateRows): Record<string, Tensor> =>
    Object.fromEntries([...places].map(([name, rows]) => [prefix + name, rows[part]]));
  const [weights, gradients] = [of("", "weights"), of("gradient.", "gradient")];
  const [multiplied, updated] = [of("rows.", "rows"), of("new.", "updated")];
  // Each batch adds its gradients to those of the batches before, in place.
  const sums = graph.gradientAcc === 1 ? {} : of("sum.", "gradient");

  function feeds({ images, labels }: Micro, random: Random): Record<string, Tensor> {
    return {
      images: float32(images, options.imagesShape),
      labels: { dtype: "int64", shape: [labels.length], data: labels },
      ...weights,
      ...Object.fromEntries(state.statistics),
      ...masks(graph, random),
    };
  }

  /** The maps of an update, where the backbone's gradient is so long. */
  function maps(lr: number, norm: number): Record<string, Tensor> {
    return Object.fromEntries(
      used.map((map) => {
        const factor = map.startsWith("network") ? clipFactor(norm, clipGradNorm) : 1;
        const decay = map.endsWith("norms") ? normWeightDecay : weightDecay;
        return [map, float32(updateMap({ lr, momentum, weightDecay: decay, factor }), [2, 3])];
      }),
    );
  }

  return {
    async update(batches, lr) {
      const random = createRandom((seed + 1) * 2 ** 32 + state.step);
      const taken = rows ? rows.gather(batches, { random, classes, sampleRate }) : batches;
      const into = {
        ...gradients,
        ...Object.fromEntries([...state.statistics].map(([name, tensor]) => [`new.${name}`, tensor])),
      };
      const before = [...state.statistics.values()].map(({ data }) => (data as Float32Array).slice());
      const dropped = createRandom(seed * 2 ** 32 + state.step);
      let [loss, accuracy, norm] = [0, 0, 0];
      for (const { data } of Object.values(sums)) (data as Float32Array).fill(0);
      for (const batch of taken) {
        const fed = feeds(batch, dropped);
        // Statistics are read long before they are written: each depends on sums over the whole batch.
        const answer = await step.run({ ...fed, ...sums }, into);
        const own = answer.loss!.data[0] as number;
        const squares = answer.squares!.data as Float32Array;
        if (!Number.isFinite(own) || !squares.every(Number.isFinite)) {
          [...state.statistics.values()].forEach(({ data }, k) => void (data as Float32Array).set(before[k]!));
          return { loss: own, accuracy: 0, gradientNorm: Number.NaN, notFinite: fed };
        }
        loss += own / taken.length;
        accuracy += (answer.accuracy!.data[0] as number) / taken.length;
        norm = Math.sqrt(squares.reduce((sum, x, i) => (graph.head.includes(names[i]!) ? sum : sum + x), 0));
      }
      await descend.run({ ...maps(lr, norm), ...multiplied }, updated);
      rows?.putBack();
      state.step++;
      return { loss, accuracy, gradientNorm: norm, notFinite: null };
    },
    [Symbol.asyncDispose]: () => stack.dispose(),
  };
}

/** The state's values, in other arrays. */
function move(
  state: TrainingState,
  name: string,
  { weights, momentum }: Pick<UpdateRows, "weights" | "momentum">,
): void {
  (weights.data as Float32Array).set(state.parameters.get(name)!.data as Float32Array);
  (momentum.data as Float32Array).set(state.momentum.get(name)!.data as Float32Array);
  state.parameters.set(name, weights);
  state.momentum.set(name, momentum);
}

/** 0 with the mask's rate, else 1/(1 − rate). */
function masks({ masks }: StepGraph, random: Random): Record<string, Tensor> {
  return Object.fromEntries(
    masks.map(({ name, shape, rate }) => {
      const data = new Float32Array(sizeOf(shape));
      for (let i = 0; i < data.length; i++) data[i] = random.uniform() < rate ? 0 : 1 / (1 - rate);
      return [name, float32(data, shape)];
    }),
  );
}

/** The rows of the head that a step compares with, in arrays of their own. */
function sampledRows(state: TrainingState, head: readonly string[], places: ReadonlyMap<string, UpdateRows>) {
  const tables = {
    parameters: head.map((name) => [name, places.get(name)!.weights] as const),
    momentum: head.map((name) => [name, places.get(name)!.momentum] as const),
  };
  let index = new Int32Array(0);
  const move = (to: "out" | "back") => {
    for (const table of ["parameters", "momentum"] as const) {
      for (const [name, part] of tables[table]) {
        const whole = state[table].get(name)!.data as Float32Array;
        const some = part.data as Float32Array;
        const width = (some.length / index.length) | 0;
        index.forEach((row, i) => {
          if (to === "out") some.set(whole.subarray(row * width, (row + 1) * width), i * width);
          else whole.set(some.subarray(i * width, (i + 1) * width), row * width);
        });
      }
    }
  };
  return {
    gather(
      batches: readonly Micro[],
      { random, classes, sampleRate }: { random: Random; classes: number; sampleRate: number },
    ): Micro[] {
      const all = batches.flatMap(({ labels }) => [...labels]);
      const sampled = sampleClasses(random, all, classes, sampleRate);
      index = sampled.index;
      move("out");
      let at = 0;
      return batches.map(({ images, labels }) => {
        const own = sampled.labels.slice(at, at + labels.length);
        at += labels.length;
        return { images, labels: own };
      });
    },
    putBack: () => move("back"),
  };
}

/** Sessions that are closed together; at once, unless they are kept. */
class Disposables implements AsyncDisposable {
  readonly #sessions: Session[] = [];
  #kept = false;

  use(session: Session): Session {
    this.#sessions.push(session);
    return session;
  }

  keep(): void {
    this.#kept = true;
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session[Symbol.asyncDispose]()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#kept) await this.dispose();
  }
}
