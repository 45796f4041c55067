import type { Host } from "../host/host.ts";
import { affineOf } from "../onnx/quantize/affine.ts";
import { biasCorrection } from "../onnx/quantize/bias-correction.ts";
import { quantizeGraph } from "../onnx/quantize/emit.ts";
import { equalize } from "../onnx/quantize/equalize.ts";
import { quantLayers, rangedValues, wantedValues } from "../onnx/quantize/parts.ts";
import { type RangeMethod, rangeOf } from "../onnx/quantize/ranges.ts";
import { readyToQuantize } from "../onnx/quantize/ready.ts";
import type { ModelProto } from "../onnx/schema.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Observed, observe } from "./observe.ts";

export type Feed = Readonly<Record<string, Tensor>>;

/** A network of floats ready to be quantised, with all that was seen inside it. */
export type Calibrated = {
  readonly model: ModelProto;
  readonly observed: ReadonlyMap<string, Observed>;
  /** The layers that can be int8, by their outputs' names, in their order. */
  readonly layers: readonly string[];
};

export type CalibrateOptions = {
  /** What errors call the network. */
  readonly name: string;
  /** Make channels alike first: see equalize. Default true. */
  readonly equalize?: boolean;
  readonly threads?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((phase: string, done: number) => void) | undefined;
};

/** So many runs tell how channels differ. */
const RUNS_TO_EQUALIZE = 16;

/**
 * Run a network on calibration inputs, and watch every value that 8 bits are to stand for.
 *
 * @param feeds can be gone through more than once.
 * @throws {ArcfaceError} as readyToQuantize; CANCELLED.
 */
export async function calibrate(
  createSession: Host["createSession"],
  original: ModelProto,
  feeds: () => AsyncIterable<Feed>,
  { name, equalize: alike = true, threads = 1, signal, onProgress }: CalibrateOptions,
): Promise<Calibrated> {
  const ready = readyToQuantize(original, name);
  const values = rangedValues(ready.graph!);
  const options = (phase: string) => ({
    name,
    threads,
    signal,
    onProgress: (done: number) => onProgress?.(phase, done),
  });
  let model = ready;
  if (alike) {
    const seen = await observe(createSession, ready, values, firstOf(feeds(), RUNS_TO_EQUALIZE), options("channels"));
    model = equalize(ready, new Map([...seen].map(([value, { reaches }]) => [value, reaches])));
  }
  const observed = await observe(createSession, model, values, feeds(), options("calibrating"));
  return { model, observed, layers: [...quantLayers(model.graph!).keys()] };
}

export type QuantizeOptions = {
  /** Default mse. */
  readonly ranges?: RangeMethod;
  /** Default true. */
  readonly biasCorrection?: boolean;
  /** Layers that stay in float. Default none. */
  readonly stays?: ReadonlySet<string>;
  readonly reduceRange?: boolean;
};

/**
 * The network in 8 bits. Whatever the method, pixels keep their whole range, and so does what no layer reads: of a detector's
 * boxes the largest is not an outlier.
 */
export function quantizeCalibrated(
  { model, observed }: Calibrated,
  {
    ranges: method = "mse",
    biasCorrection: correct = true,
    stays = new Set(),
    reduceRange = false,
  }: QuantizeOptions = {},
): ModelProto {
  const graph = model.graph!;
  const layers = quantLayers(graph);
  const read = wantedValues(graph, layers, new Set());
  const whole = new Set(graph.input.map(({ name }) => name));
  for (const { output } of layers.values()) if (!read.has(output)) whole.add(output);
  const ranges = new Map(
    [...observed].map(([value, { histogram }]) => [value, rangeOf(histogram, whole.has(value) ? "minmax" : method)]),
  );
  const corrections = new Map<string, Float32Array>();
  for (const layer of correct ? layers.values() : []) {
    const [seen, range] = [observed.get(layer.input), ranges.get(layer.input)];
    if (!seen || !range || stays.has(layer.name)) continue;
    const options = { means: seen.means, inputScale: affineOf(range).scale, reduceRange };
    corrections.set(layer.name, biasCorrection(layer, options));
  }
  return quantizeGraph(model, { ranges, stays, corrections, reduceRange });
}

async function* firstOf<T>(items: AsyncIterable<T>, count: number): AsyncGenerator<T> {
  let taken = 0;
  for await (const item of items) {
    yield item;
    if (++taken === count) return;
  }
}
