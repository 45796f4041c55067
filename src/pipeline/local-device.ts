import { ArcfaceError } from "../errors.ts";
import type { Host } from "../host/host.ts";
import { prepareForCache } from "../host/prepare.ts";
import type { NNArchive } from "../nn-archive/nn-archive.ts";
import { runRefusal } from "../nn-archive/run-refusal.ts";
import {
  DEFAULT_DETECTOR,
  DEFAULT_RECOGNIZER,
  type LoadParts,
  loadDetectorFrom,
  loadEmbedderFrom,
  type ModelSource,
} from "../recognize/load.ts";
import type { NNModelDescription } from "../zoo/description.ts";
import { ONNX_PLATFORMS } from "../zoo/platform.ts";
import { archiveOfModel } from "./card-archive.ts";
import type { Device } from "./device.ts";
import { openLocalNetwork } from "./local-network.ts";

export type LocalDeviceOptions = Pick<Device, "openVideo" | "openCamera"> & {
  /** What ONNX Runtime runs on here: cpu, cuda, wasm, webgpu. */
  readonly platform: string;
  /** Default: `local`. */
  readonly deviceId?: string;
  readonly host: Host;
  readonly models: ModelSource;
  /** What is named by a path or an address rather than a slug; `null` where it is a slug. */
  getArchive?(name: string, signal?: AbortSignal): Promise<NNArchive | null>;
  /** Threads within one run of a network. Default 1. */
  readonly threads?: number;
};

/** A device of the machine that the program runs on: networks go through ONNX Runtime, wherever it is. */
export function createLocalDevice({
  platform,
  deviceId = "local",
  host,
  models,
  getArchive,
  threads = 1,
  openVideo,
  openCamera,
}: LocalDeviceOptions): Device {
  /** Archives whose network has been made ready already. */
  const ready = new WeakSet<NNArchive>();
  const parts = (signal: AbortSignal | undefined): LoadParts => ({ host, models, threads, ...(signal && { signal }) });

  async function ensureArchive({ model }: NNModelDescription, signal: AbortSignal | undefined): Promise<NNArchive> {
    const own = await getArchive?.(model, signal);
    if (own) return own;
    const loaded = (await models.ensure([model], signal ? { signal } : {})).get(model);
    if (!loaded) throw new ArcfaceError("NOT_FOUND", `${model}: the model source answered without it`);
    const archive = await archiveOfModel(loaded);
    ready.add(archive);
    return archive;
  }

  return {
    getPlatform: () => ({ name: platform }),
    getPlatformAsString: () => platform,
    getDeviceId: () => deviceId,
    getModel(description, signal) {
      return checkPlatform(description, platform) ?? ensureArchive(description, signal);
    },
    async openNetwork(archive, options = {}) {
      const refusal = runRefusal(archive);
      if (refusal) throw refusal;
      const model = ready.has(archive)
        ? archive.model
        : (await prepareForCache(host.createSession, archive.model, archive.name)).model;
      return openLocalNetwork(host, archive, model, { threads, ...options });
    },
    loadDetector: (model = DEFAULT_DETECTOR, signal) => loadDetectorFrom(parts(signal), model),
    loadEmbedder: (model = DEFAULT_RECOGNIZER, signal) => loadEmbedderFrom(parts(signal), model),
    openVideo,
    openCamera,
    // Networks, detectors and streams belong to who opened them.
    async [Symbol.asyncDispose]() {},
  };
}

/** ONNX runs wherever ONNX Runtime does; what is made for a device runs there alone. */
function checkPlatform({ model, platform }: NNModelDescription, own: string): Promise<never> | null {
  const runs = platform === "" || [own, ...ONNX_PLATFORMS].some((one) => one.toLowerCase() === platform.toLowerCase());
  if (runs) return null;
  return Promise.reject(
    new ArcfaceError("MODEL_MISMATCH", `${model}: expected a model for ${own}, got a description for ${platform}`, {
      hint: `what is made for ${platform} runs on such a device only; leave the platform out, or say ${own}`,
    }),
  );
}
