import { NNArchive } from "../nn-archive/nn-archive.ts";
import { NNModelDescription } from "../zoo/description.ts";
import type { Device } from "./device.ts";

/** A model: an archive, or what the device finds one by: a description or its slug, in Node also a path. */
export type ModelChoice = NNArchive | NNModelDescription | string;

/**
 * A description without a platform means the device's.
 *
 * @throws {ArcfaceError} as Device.getModel.
 */
export async function resolveArchive(device: Device, source: ModelChoice, signal?: AbortSignal): Promise<NNArchive> {
  if (source instanceof NNArchive) return source;
  const { model, platform, optimizationLevel, compressionLevel, snpeVersion, modelPrecisionType } =
    NNModelDescription.from(source);
  const rest = [optimizationLevel, compressionLevel, snpeVersion, modelPrecisionType] as const;
  return device.getModel(new NNModelDescription(model, platform || device.getPlatform().name, ...rest), signal);
}
