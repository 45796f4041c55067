import { ArcfaceError } from "../errors.ts";
import type { NNArchive } from "../nn-archive/nn-archive.ts";
import type { Device } from "../pipeline/device.ts";
import { NNModelDescription } from "../zoo/description.ts";

/** What a model that was asked for came to. */
export type ChosenModel = {
  /** What runs: `null` is the library's default, which stands in. */
  readonly model: string | null;
  readonly archive: NNArchive | null;
  /** Why another one than asked for runs, in a sentence; `null` where it is the one. */
  readonly note: string | null;
};

/** Errors that mean that a model cannot be had here, rather than that something is wrong with it. */
const UNAVAILABLE: ReadonlySet<string> = new Set(["NETWORK", "NOT_FOUND"]);

/**
 * The model that was asked for, or the news that it cannot be had. What is wrong with a model that is there, and a licence
 * that forbids it, are errors.
 *
 * @throws {ArcfaceError} as Device.getModel, but NETWORK and NOT_FOUND.
 */
export async function chooseModel(
  device: Device,
  wanted: string | undefined,
  standIn: string,
  signal?: AbortSignal,
): Promise<ChosenModel> {
  if (wanted === undefined) return { model: null, archive: null, note: null };
  try {
    const description = new NNModelDescription(wanted, device.getPlatform().name);
    return { model: wanted, archive: await device.getModel(description, signal), note: null };
  } catch (error) {
    if (!(error instanceof ArcfaceError) || !UNAVAILABLE.has(error.code)) throw error;
    return { model: null, archive: null, note: `${wanted} cannot be had (${error.message}); ${standIn} stands in` };
  }
}
