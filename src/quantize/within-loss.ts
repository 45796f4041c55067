import type { Host } from "../host/host.ts";
import { decodeModel, encodeModel } from "../onnx/model.ts";
import type { ModelProto } from "../onnx/schema.ts";
import { calibrate, type Feed, quantizeCalibrated } from "./calibrate.ts";
import type { FaceAgreement } from "./face-agreement.ts";
import { type MixedPlan, planMixed } from "./mixed-plan.ts";
import { outputSimilarity } from "./output-error.ts";
import type { QuantizedNetwork, QuantizeNetworkOptions } from "./quantize-network.ts";
import { answersOf, type LayerSensitivity, layerSensitivity } from "./sensitivity.ts";

/** Points lost by a network in 8 bits, and what they were read from. */
export type Measured = {
  readonly loss: number;
  readonly accuracy: QuantizedNetwork["accuracy"];
  readonly faces: FaceAgreement | null;
};

export type WithinLossParts = {
  readonly createSession: Host["createSession"];
  /** What errors call the network. */
  readonly name: string;
  /** Can be gone through more than once. */
  readonly feeds: () => AsyncIterable<Feed>;
  readonly count: number;
  /** A few of them, for sensitivities and cosines. */
  readonly probes: readonly Feed[];
  /** `null` where there is nothing to measure by. @param model an ONNX file. */
  readonly measure: ((model: Uint8Array) => Promise<Measured>) | null;
};

/**
 * Calibrate and quantise; where more is lost than allowed, leave the most sensitive layers in float.
 *
 * @throws {ArcfaceError} as calibrate; CANCELLED.
 */
export async function quantizeWithin(
  original: ModelProto,
  { createSession, name, feeds, count, probes, measure }: WithinLossParts,
  { maxLoss, threads = 1, signal, onProgress, equalize = true, ...options }: QuantizeNetworkOptions,
): Promise<QuantizedNetwork> {
  const { ranges = "mse", biasCorrection = true, reduceRange = false } = options;
  const how = { ranges, biasCorrection, reduceRange };
  const calibrated = await calibrate(createSession, original, feeds, {
    ...{ name, threads, signal, equalize },
    onProgress: (phase, done) => onProgress?.(phase, done, count),
  });
  const build = (stays: ReadonlySet<string>): Uint8Array =>
    encodeModel(quantizeCalibrated(calibrated, { ...how, stays }));
  const results = new Map<number, Measured>();
  const lossOf = async (stays: ReadonlySet<string>, model = build(stays)): Promise<number> => {
    const known = results.get(stays.size) ?? (await measure!(model));
    results.set(stays.size, known);
    return known.loss;
  };
  let [stays, model]: [ReadonlySet<string>, Uint8Array] = [new Set(), build(new Set())];
  const loss = measure ? await lossOf(stays, model) : null;
  let [sensitivity, plan]: [LayerSensitivity[], MixedPlan | null] = [[], null];
  if (loss !== null && maxLoss !== undefined && loss > maxLoss) {
    sensitivity = await layerSensitivity(createSession, calibrated, probes, {
      ...{ name, threads, signal, ...how },
      onProgress: (done, total) => onProgress?.("sensitivity", done, total),
    });
    plan = await planMixed(sensitivity, maxLoss, (some) => lossOf(some));
    stays = plan.stays;
    model = build(stays);
  }
  const measured = results.get(stays.size);
  const run = (what: ModelProto) => answersOf(createSession, what, probes, { name, threads });
  return {
    model,
    layers: calibrated.layers.length,
    floatLayers: calibrated.layers.filter((layer) => stays.has(layer)),
    inputs: count,
    cosine: outputSimilarity(await run(original), await run(decodeModel(model, name))),
    accuracy: measured?.accuracy ?? null,
    faces: measured?.faces ?? null,
    kept: maxLoss === undefined ? null : (plan?.kept ?? true),
    tried: plan?.tried ?? [],
    sensitivity,
  };
}
