import { ArcfaceError } from "../errors.ts";
import type { Host } from "../host/host.ts";
import { decodeModel, encodeModel } from "../onnx/model.ts";
import { optimizeModel } from "../onnx/optimize.ts";
import { calibrate, type Feed, quantizeCalibrated } from "../quantize/calibrate.ts";
import type { BenchmarkPrecision } from "./row.ts";

export type ToPrecisionOptions = {
  /** What errors call the network. */
  readonly name: string;
  readonly from: BenchmarkPrecision;
  readonly wanted: BenchmarkPrecision;
  readonly createSession: Host["createSession"];
  /** Inputs for calibration. */
  readonly feeds: readonly Feed[];
  readonly signal?: AbortSignal | undefined;
};

/**
 * The same network in other numbers, for measuring its speed. In int8 it is calibrated on what it is given here, so that it
 * takes the time of a quantised network and says nothing of faces: `arcface models quantize` makes one that does. In fp16 weights
 * are stored in half, and computed with in float32.
 *
 * @param bytes an ONNX file.
 * @throws {ArcfaceError} INVALID_ARGUMENT where it cannot be had from what is there; as calibrate.
 */
export async function toPrecision(
  bytes: Uint8Array,
  { name, from, wanted, createSession, feeds, signal }: ToPrecisionOptions,
): Promise<Uint8Array> {
  if (from === wanted) return bytes;
  if (from === "fp32" && wanted === "fp16")
    return encodeModel(optimizeModel(decodeModel(bytes, name), ["halfWeights"]));
  if (from === "fp32" && wanted === "int8") {
    const given = async function* (): AsyncGenerator<Feed> {
      yield* feeds;
    };
    const options = { name, equalize: false, signal };
    const calibrated = await calibrate(createSession, decodeModel(bytes, name), given, options);
    return encodeModel(quantizeCalibrated(calibrated, { ranges: "minmax", biasCorrection: false }));
  }
  throw new ArcfaceError("INVALID_ARGUMENT", `${name}: it is ${from}, and ${wanted} is not made of that`, {
    hint: `name a file that is ${wanted}, or one that is fp32`,
  });
}
