import { throwIfCancelled } from "../errors.ts";
import type { Host } from "../host/host.ts";
import { encodeModel } from "../onnx/model.ts";
import { GrowingHistogram, type Histogram } from "../onnx/quantize/histogram.ts";
import { watchValues } from "../onnx/quantize/watch.ts";
import type { ModelProto } from "../onnx/schema.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** What a value inside a network was like over all calibration inputs. */
export type Observed = {
  readonly histogram: Histogram;
  /** Of each channel (the second axis): over images and pixels. */
  readonly means: Float64Array;
  /** What each channel reaches in absolute terms, in the mean of all runs. */
  readonly reaches: Float64Array;
};

export type ObserveOptions = {
  readonly name: string;
  readonly threads?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number) => void) | undefined;
};

/**
 * Run a network on inputs, and watch values inside it.
 *
 * @param feeds a run each.
 * @returns by value; those that no run made a float of are absent.
 */
export async function observe(
  createSession: Host["createSession"],
  model: ModelProto,
  values: readonly string[],
  feeds: Iterable<Readonly<Record<string, Tensor>>> | AsyncIterable<Readonly<Record<string, Tensor>>>,
  { name, threads = 1, signal, onProgress }: ObserveOptions,
): Promise<Map<string, Observed>> {
  await using session = await createSession(encodeModel(watchValues(model, values)), name, { threads });
  const watched = new Map<string, Watched>();
  let done = 0;
  for await (const feed of feeds) {
    throwIfCancelled(signal, name);
    const made = { ...(await session.run(feed)), ...feed };
    for (const value of values) {
      const tensor = made[value];
      if (!(tensor?.data instanceof Float32Array)) continue;
      const known = watched.get(value) ?? new Watched();
      watched.set(value, known);
      known.add(tensor.data, tensor.shape);
    }
    onProgress?.(++done);
  }
  return new Map([...watched].map(([value, one]) => [value, one.observed()]));
}

class Watched {
  readonly #histogram = new GrowingHistogram();
  #sums = new Float64Array(0);
  #reaches = new Float64Array(0);
  #pixels = 0;
  #runs = 0;

  add(data: Float32Array, [images = 1, channels = 1, ...rest]: readonly number[]): void {
    this.#histogram.add(data);
    const area = rest.reduce((product, side) => product * side, 1);
    if (this.#sums.length !== channels)
      [this.#sums, this.#reaches] = [new Float64Array(channels), new Float64Array(channels)];
    const reaches = new Float64Array(channels);
    for (let at = 0, plane = 0; plane < images * channels; plane++) {
      let [sum, reach] = [0, 0];
      for (const end = at + area; at < end; at++) {
        const x = data[at]!;
        sum += x;
        reach = Math.max(reach, Math.abs(x));
      }
      const channel = plane % channels;
      this.#sums[channel]! += sum;
      reaches[channel] = Math.max(reaches[channel]!, reach);
    }
    for (let channel = 0; channel < channels; channel++) this.#reaches[channel]! += reaches[channel]!;
    this.#pixels += images * area;
    this.#runs++;
  }

  observed(): Observed {
    const [pixels, runs] = [Math.max(this.#pixels, 1), Math.max(this.#runs, 1)];
    return {
      histogram: this.#histogram,
      means: this.#sums.map((sum) => sum / pixels),
      reaches: this.#reaches.map((reach) => reach / runs),
    };
  }
}
