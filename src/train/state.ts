import { ArcfaceError } from "../errors.ts";
import type { Safetensors, StoredTensor } from "../safetensors/safetensors.ts";
import { float32, type Tensor } from "../tensor/tensor.ts";
import type { StepGraph, Stored } from "./step.ts";

/** All that a run carries from step to step. The arrays are written in place. */
export type TrainingState = {
  /** Updates made. */
  step: number;
  readonly parameters: Map<string, Tensor>;
  readonly momentum: Map<string, Tensor>;
  readonly statistics: ReadonlyMap<string, Tensor>;
};

type Shapes = Pick<StepGraph, "parameters" | "statistics">;

export function startState({ parameters, statistics }: Shapes): TrainingState {
  const table = (stored: readonly Stored[], data: (one: Stored) => Float32Array<ArrayBuffer>) =>
    new Map(stored.map((one) => [one.name, float32(data(one), one.shape)]));
  return {
    step: 0,
    parameters: table(parameters, ({ initial }) => initial.slice()),
    momentum: table(parameters, ({ initial }) => new Float32Array(initial.length)),
    statistics: table(statistics, ({ initial }) => initial.slice()),
  };
}

export function isAllFinite({ data }: Tensor): boolean {
  const values = data as Float32Array;
  // Float32 values cannot make a float64 overflow.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return Number.isFinite(sum);
}

const MOMENTUM = "momentum.";

/** Parameters and statistics under their own names, momentum as `momentum.NAME`. */
export function toSafetensors(state: TrainingState, metadata: Readonly<Record<string, string>>): Safetensors {
  const tensors = new Map<string, StoredTensor>();
  const put = (name: string, { shape, data }: Tensor) =>
    tensors.set(name, { dtype: "F32", shape, data: data as Float32Array<ArrayBuffer> });
  for (const table of [state.parameters, state.statistics]) for (const [name, tensor] of table) put(name, tensor);
  for (const [name, tensor] of state.momentum) put(MOMENTUM + name, tensor);
  return { tensors, metadata: { ...metadata, step: `${state.step}` } };
}

/**
 * Write a checkpoint's values over a state.
 *
 * @throws {ArcfaceError} CONFLICT where it is of another network, loss or number of classes.
 */
export function restore(state: TrainingState, { tensors, metadata }: Safetensors, name: string): void {
  const all: (readonly [string, Tensor])[] = [
    ...state.parameters,
    ...state.statistics,
    ...[...state.momentum].map(([own, tensor]) => [MOMENTUM + own, tensor] as const),
  ];
  for (const [own, tensor] of all) {
    const stored = tensors.get(own);
    const got = stored ? `[${stored.shape.join(", ")}]` : "none";
    if (!stored || stored.shape.join() !== tensor.shape.join()) {
      throw new ArcfaceError("CONFLICT", `${name}: expected ${own} [${tensor.shape.join(", ")}], got ${got}`, {
        hint: "it is a checkpoint of another recipe: resume with that one, or train into another folder",
      });
    }
    (tensor.data as Float32Array).set(stored.data as Float32Array);
  }
  state.step = Number(metadata.step);
}
