import { ArcfaceError, throwIfCancelled } from "../errors.ts";
import { countModel } from "../onnx/count.ts";
import { describeModel, encodeModel } from "../onnx/model.ts";
import { noise } from "../onnx/noise.ts";
import type { Shape } from "../onnx/ops/dim.ts";
import { type OptimizePass, optimizeModel } from "../onnx/optimize.ts";
import type { ModelProto } from "../onnx/schema.ts";
import { sizeOf, type Tensor } from "../tensor/tensor.ts";
import { compareModels } from "./compare.ts";
import type { Host } from "./host.ts";

/** Of what a difference may be, where the largest number answered is above 1. */
const ROUNDING = 1e-4;
/** 11 significant bits a weight. */
const LEAST_COSINE_OF_HALVES = 0.999;
const WARM_UP = 3;
const RUNS = 15;
/** A network of a second a run is timed less often. */
const MOST_MILLISECONDS = 2000;

/** A graph after a pass. */
export type PassRow = {
  /** Null: as it came. */
  readonly pass: OptimizePass | null;
  /** Did the pass find anything to do? Where not, the figures are those of the row before. */
  readonly changed: boolean;
  readonly nodes: number;
  /** Parameters, as `countModel` counts them. */
  readonly weights: number;
  /** Null where a size is not known. */
  readonly macs: number | null;
  readonly bytes: number;
  /** One run on one thread, one image: the median. */
  readonly milliseconds: number;
  /** To the outputs of the graph as it came. */
  readonly maxAbsoluteDifference: number;
  readonly cosine: number;
};

export type MeasurePassesOptions = {
  /** What errors call the model. */
  readonly name: string;
  /** Of images, where the network takes any size. Default 64. */
  readonly size?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onRow?: (row: PassRow) => void;
};

/**
 * Run passes one after another, and look at the graph after each: its size, its time, and how far its outputs are from
 * those of the graph as it came, on three inputs that look random.
 *
 * @returns the graph at last, and the rows; the first is of the graph as it came.
 * @throws {ArcfaceError} INTEGRITY where outputs differ by more than 1e-4 (of the largest, where that is above 1), with
 *   half weights where their cosine is below 0.999; as createSession; CANCELLED.
 */
export async function measurePasses(
  createSession: Host["createSession"],
  model: ModelProto,
  passes: readonly OptimizePass[],
  { name, size = 64, signal, onRow }: MeasurePassesOptions,
): Promise<{ model: ModelProto; bytes: Uint8Array; rows: readonly PassRow[] }> {
  const before = encodeModel(model);
  const rows: PassRow[] = [];
  const add = (row: PassRow): void => {
    rows.push(row);
    onRow?.(row);
  };
  let [now, bytes] = [model, before];
  add({ ...(await figures(null)), maxAbsoluteDifference: 0, cosine: 1 });
  for (const pass of passes) {
    throwIfCancelled(signal, name);
    const next = optimizeModel(now, [pass]);
    if (next === now) {
      add({ ...rows.at(-1)!, pass, changed: false });
      continue;
    }
    now = next;
    bytes = encodeModel(now);
    const { maxAbsoluteDifference, largest, cosine } = await compareModels(createSession, before, bytes, name, {
      freeSize: size,
    });
    const same =
      pass === "halfWeights"
        ? cosine >= LEAST_COSINE_OF_HALVES
        : maxAbsoluteDifference <= ROUNDING * Math.max(1, largest);
    if (!same) {
      throw new ArcfaceError(
        "INTEGRITY",
        `${name}: after ${pass} its outputs differ by ${maxAbsoluteDifference} (the largest is ${largest}, the cosine ${cosine})`,
        {
          hint: "leave that pass out with --passes; a weight that is not a number, or a network that blows rounding up, does it",
        },
      );
    }
    add({ ...(await figures(pass)), maxAbsoluteDifference, cosine });
  }
  return { model: now, bytes, rows };

  async function figures(pass: OptimizePass | null) {
    const inputs = describeModel(now).inputs;
    const shapes = Object.fromEntries(inputs.map(({ name: input, shape }) => [input, sized(shape, size)]));
    const { parameters, macs } = countModel(now, { inputShapes: shapes });
    const milliseconds = await timeOf(createSession, bytes, name, shapes);
    return {
      pass,
      changed: true,
      nodes: now.graph!.node.length,
      weights: parameters,
      macs,
      bytes: bytes.length,
      milliseconds,
    };
  }
}

/** One image; other dimensions that vary are `size`. */
const sized = (shape: Shape, size: number): number[] =>
  shape.map((dim, axis) => (typeof dim === "number" && dim >= 0 ? dim : axis === 0 ? 1 : size));

async function timeOf(
  createSession: Host["createSession"],
  bytes: Uint8Array,
  name: string,
  shapes: Readonly<Record<string, readonly number[]>>,
): Promise<number> {
  await using session = await createSession(bytes, name);
  const feeds = Object.fromEntries(
    Object.entries(shapes).map(([input, shape], i): [string, Tensor] => [
      input,
      { dtype: "float32", shape: [...shape], data: noise(sizeOf(shape), i) },
    ]),
  );
  const times: number[] = [];
  const begin = performance.now();
  for (let run = 0; run < WARM_UP + RUNS; run++) {
    const start = performance.now();
    await session.run(feeds);
    if (run >= WARM_UP) times.push(performance.now() - start);
    if (times.length > 0 && performance.now() - begin > MOST_MILLISECONDS) break;
  }
  return times.sort((a, b) => a - b)[times.length >> 1]!;
}
