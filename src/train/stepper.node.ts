import type { Session } from "../host/host.ts";
import { createSession } from "../host/session.node.ts";
import { sampleClasses } from "../losses/partial-fc.ts";
import { encodeModel } from "../onnx/model.ts";
import { createRandom, type Random } from "../tensor/random.ts";
import { float32, sizeOf, type Tensor } from "../tensor/tensor.ts";
import { isAllFinite, type TrainingState } from "./state.ts";
import type { StepGraph } from "./step.ts";
import { buildUpdate } from "./update.ts";

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

export async function createStepper(options: StepperOptions): Promise<Stepper> {
  const { graph, state, threads, seed, classes, sampleRate } = options;
  const shapes = graph.parameters.map(({ name, shape }) => ({ name, shape }));
  const clipped = new Set(shapes.map(({ name }) => name).filter((name) => !graph.head.includes(name)));
  const update = buildUpdate({ ...options, parameters: shapes, clipped });
  await using stack = new Disposables();
  const how = { threads, memoryPattern: false };
  const step = stack.use(await createSession(encodeModel(graph.model), "training step", how));
  const descend = stack.use(await createSession(encodeModel(update), "update", how));
  stack.keep();

  const gradients = buffers(shapes, "gradient.");
  // Each batch adds its gradients to those of the batches before, in place.
  const sums = graph.gradientAcc === 1 ? {} : renamed(gradients, "gradient.", "sum.");
  const rows = sampleRate < 1 ? sampledRows(state, graph) : null;
  const now = (name: string, table: "parameters" | "momentum"): Tensor =>
    rows?.[table].get(name) ?? state[table].get(name)!;

  function feeds({ images, labels }: Micro, random: Random): Record<string, Tensor> {
    return {
      images: float32(images, options.imagesShape),
      labels: { dtype: "int64", shape: [labels.length], data: labels },
      ...Object.fromEntries(shapes.map(({ name }) => [name, now(name, "parameters")])),
      ...Object.fromEntries(state.statistics),
      ...masks(graph, random),
    };
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
      let [loss, accuracy] = [0, 0];
      for (const { data } of Object.values(sums)) (data as Float32Array).fill(0);
      for (const batch of taken) {
        const fed = feeds(batch, dropped);
        // Statistics are read long before they are written: each depends on sums over the whole batch.
        const answer = await step.run({ ...fed, ...sums }, into);
        const own = answer.loss!.data[0] as number;
        if (!Number.isFinite(own) || !Object.values(gradients).every(isAllFinite)) {
          [...state.statistics.values()].forEach(({ data }, k) => void (data as Float32Array).set(before[k]!));
          return { loss: own, accuracy: 0, gradientNorm: Number.NaN, notFinite: fed };
        }
        loss += own / taken.length;
        accuracy += (answer.accuracy!.data[0] as number) / taken.length;
      }
      const { gradient_norm: norm } = await descend.run(
        {
          lr: float32(Float32Array.of(lr), [1]),
          ...gradients,
          ...Object.fromEntries(shapes.map(({ name }) => [name, now(name, "parameters")])),
          ...Object.fromEntries(shapes.map(({ name }) => [`momentum.${name}`, now(name, "momentum")])),
        },
        {
          ...Object.fromEntries(shapes.map(({ name }) => [`new.${name}`, now(name, "parameters")])),
          ...Object.fromEntries(shapes.map(({ name }) => [`new.momentum.${name}`, now(name, "momentum")])),
        },
      );
      rows?.putBack();
      state.step++;
      return { loss, accuracy, gradientNorm: norm ? (norm.data[0] as number) : 0, notFinite: null };
    },
    [Symbol.asyncDispose]: () => stack.dispose(),
  };
}

function buffers(shapes: readonly { name: string; shape: readonly number[] }[], prefix: string) {
  return Object.fromEntries(
    shapes.map(({ name, shape }) => [prefix + name, float32(new Float32Array(sizeOf(shape)), shape)]),
  );
}

function renamed(tensors: Readonly<Record<string, Tensor>>, from: string, to: string): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [to + name.slice(from.length), tensor]));
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
function sampledRows(state: TrainingState, graph: StepGraph) {
  const own = () =>
    new Map(
      graph.head.map((name) => {
        const shape = graph.parameters.find((parameter) => parameter.name === name)!.shape;
        return [name, float32(new Float32Array(sizeOf(shape)), shape)] as const;
      }),
    );
  const tables = { parameters: own(), momentum: own() };
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
    ...tables,
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
