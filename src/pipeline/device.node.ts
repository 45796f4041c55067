import { hostname } from "node:os";
import { ArcfaceError, expected } from "../errors.ts";
import { createNodeHost } from "../host/host.node.ts";
import { isArchiveName } from "../nn-archive/archive-name.ts";
import type { NNArchive } from "../nn-archive/nn-archive.ts";
import { type NodeOptions, openNodeZoo } from "../recognize/compose.node.ts";
import { DEFAULT_DETECTOR, DEFAULT_RECOGNIZER } from "../recognize/load.ts";
import { isCardFile, isModelFile, openCard } from "../recognize/local-model.node.ts";
import { openArchiveFile } from "../recognize/local-model-archive.node.ts";
import { loadDetectorInWorkers, loadEmbedderInWorker } from "../recognize/worker/load-in-worker.node.ts";
import { openVideo } from "../video/open-video.node.ts";
import { type Platform, parsePlatform } from "../zoo/platform.ts";
import { archiveOfModel } from "./card-archive.ts";
import type { Device } from "./device.ts";
import { createLocalDevice } from "./local-device.ts";

export type DeviceOptions = Omit<NodeOptions, "signal" | "platform"> & {
  /** Default cpu, which is what Node has. */
  readonly platform?: Platform;
};

/**
 * This machine as a device: networks from the zoo run on its processor, videos and cameras come through ffmpeg.
 * A model may also be named by the path of an NN archive (`.tar.xz` …, `config.json`) or of a card (`.yaml`).
 *
 * @throws {ArcfaceError} MISSING_TOOL where the platform is one that needs a device; INVALID_ARGUMENT where it is none
 *   that Node runs on.
 */
export function createDevice({ platform = "cpu", threads, ...zooOptions }: DeviceOptions = {}): Device {
  checkPlatform(parsePlatform(platform));
  const zoo = openNodeZoo(zooOptions);

  async function getArchive(name: string, signal?: AbortSignal): Promise<NNArchive | null> {
    if (isArchiveName(name)) return openArchiveFile(name, { signal });
    if (/\.(onnx|tflite)$/i.test(name)) {
      throw expected("model", `an NN archive or a card beside the file ${name}`, "none", "it says how it is fed");
    }
    if (!isCardFile(name) && !isModelFile(name)) return null;
    const card = await openCard(zoo, name);
    return archiveOfModel((await zoo.ensure([card], signal && { signal })).get(card.slug)!);
  }

  const local = createLocalDevice({
    platform,
    deviceId: hostname(),
    host: createNodeHost(),
    models: zoo,
    getArchive,
    ...(threads !== undefined && { threads }),
    openVideo: (source, options, signal) => openVideo(source, { ...options, signal }),
    openCamera: (camera = "camera:0", options, signal) => openVideo(camera, { ...options, signal }),
  });
  const parts = (signal: AbortSignal | undefined) => ({
    models: zoo,
    ...(threads !== undefined && { threads }),
    ...(signal && { signal }),
  });
  // Each in a thread of its own, so that one finds faces while another embeds them.
  return {
    ...local,
    loadDetector: (model = DEFAULT_DETECTOR, signal) => loadDetectorInWorkers(parts(signal), model),
    loadEmbedder: (model = DEFAULT_RECOGNIZER, signal) => loadEmbedderInWorker(parts(signal), model),
  };
}

function checkPlatform(platform: Platform): void {
  if (platform === "cpu") return;
  if (platform === "RVC2" || platform === "RVC4") {
    throw new ArcfaceError(
      "MISSING_TOOL",
      `createDevice: ${platform} needs an ${platform} device, this machine is none`,
      {
        hint: "createOakDevice() opens one that is connected; models run on this machine's processor with the platform cpu",
      },
    );
  }
  throw expected("createDevice", "platform cpu", platform, "webgpu and wasm are a browser's");
}
