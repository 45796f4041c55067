import { throwIfCancelled } from "../errors.ts";
import type { Host } from "../host/host.ts";
import { encodeModel } from "../onnx/model.ts";
import type { ModelProto } from "../onnx/schema.ts";
import { type Calibrated, type Feed, type QuantizeOptions, quantizeCalibrated } from "./calibrate.ts";
import { type Answers, outputError } from "./output-error.ts";

/** How much one layer in 8 bits, all others in float, changes the network's outputs. */
export type LayerSensitivity = { readonly layer: string /** See outputError. */; readonly error: number };

export type SensitivityOptions = Pick<QuantizeOptions, "ranges" | "biasCorrection" | "reduceRange"> & {
  readonly name: string;
  readonly threads?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
};

/** Layer after layer, the most sensitive first. @param probes a few inputs. @throws {ArcfaceError} CANCELLED. */
export async function layerSensitivity(
  createSession: Host["createSession"],
  calibrated: Calibrated,
  probes: readonly Feed[],
  { name, threads = 1, signal, onProgress, ...how }: SensitivityOptions,
): Promise<LayerSensitivity[]> {
  const { layers } = calibrated;
  const run = (model: ModelProto) => answersOf(createSession, model, probes, { name, threads });
  const truth = await run(calibrated.model);
  const found: LayerSensitivity[] = [];
  for (const [done, layer] of layers.entries()) {
    throwIfCancelled(signal, name);
    onProgress?.(done, layers.length);
    const stays = new Set(layers.filter((other) => other !== layer));
    found.push({ layer, error: outputError(truth, await run(quantizeCalibrated(calibrated, { ...how, stays }))) });
  }
  return found.sort((a, b) => b.error - a.error);
}

/** A network's outputs on some inputs. */
export async function answersOf(
  createSession: Host["createSession"],
  model: ModelProto,
  feeds: readonly Feed[],
  { name, threads = 1 }: { readonly name: string; readonly threads?: number },
): Promise<Answers> {
  await using session = await createSession(encodeModel(model), name, { threads });
  const answers: Record<string, Float32Array>[] = [];
  for (const feed of feeds) {
    const made = await session.run(feed);
    answers.push(
      Object.fromEntries(
        Object.entries(made).flatMap(([output, { data }]) => (data instanceof Float32Array ? [[output, data]] : [])),
      ),
    );
  }
  return answers;
}
