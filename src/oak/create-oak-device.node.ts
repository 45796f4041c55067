import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ArcfaceError } from "../errors.ts";
import { isArchiveName } from "../nn-archive/archive-name.ts";
import type { NNArchive } from "../nn-archive/nn-archive.ts";
import { readArchiveFile } from "../nn-archive/read.node.ts";
import { writeArchiveFile } from "../nn-archive/write.node.ts";
import { createDevice } from "../pipeline/device.node.ts";
import type { Device } from "../pipeline/device.ts";
import { NNModelDescription } from "../zoo/description.ts";
import { getModelFromZoo } from "../zoo/hub/get-model.node.ts";
import { openBridgeCamera } from "./bridge-camera.node.ts";
import { bridgeNetwork } from "./bridge-network.node.ts";
import { BridgeProcess } from "./bridge-process.node.ts";

export type OakDeviceOptions = {
  /** The Python that has `depthai`. Default: `ARCFACE_PYTHON`, else `python3`. */
  readonly python?: string;
  /** Which of several devices, as DepthAI names it. Default: the first. */
  readonly deviceId?: string;
  /** What the library's own detectors and recognisers, and videos, go to. Default: this machine. */
  readonly local?: Device;
  /** How long the device may take for an answer, or to boot. */
  readonly timeoutMs?: number;
  /** Another bridge that speaks the same messages. */
  readonly script?: string;
};

/** Beside the sources also where this file is compiled. */
const BRIDGE = fileURLToPath(new URL("../../src/oak/bridge.py", import.meta.url));

/**
 * An OAK camera as a device: its processor runs the networks of NN archives that were made for it, and gives frames.
 * Python's `depthai` talks to it, in a process of its own. Frames go through that process: one that both comes from the
 * device and is recognised there crosses the cable twice. Tested against a stand-in for `depthai`, not verified on hardware.
 *
 * Networks and cameras of a device are opened before the first is used, as a pipeline does when it starts; after the last
 * is closed, others can be.
 *
 * @throws {ArcfaceError} MISSING_TOOL where Python or depthai is not installed; NOT_FOUND where there is no such device;
 *   NETWORK where it dies or is silent.
 */
export async function createOakDevice({
  python = process.env.ARCFACE_PYTHON ?? "python3",
  deviceId,
  local = createDevice(),
  timeoutMs = 30_000,
  script = BRIDGE,
}: OakDeviceOptions = {}): Promise<Device> {
  const args = deviceId === undefined ? [] : ["--device", deviceId];
  const { bridge, hello } = await BridgeProcess.start({ python, script, args, timeoutMs });
  const { platform } = hello;
  return {
    getPlatform: () => ({ name: platform }),
    getPlatformAsString: () => platform,
    getDeviceId: () => hello.deviceId,
    async getModel(description, signal) {
      const { model, optimizationLevel, compressionLevel, snpeVersion, modelPrecisionType } = description;
      const wanted = description.platform || platform;
      if (wanted !== platform) throw mismatch(model, platform, wanted);
      if (isArchiveName(model)) return readArchiveFile(model, { signal });
      const asked = [optimizationLevel, compressionLevel, snpeVersion, modelPrecisionType] as const;
      const path = await getModelFromZoo(new NNModelDescription(model, platform, ...asked), signal ? { signal } : {});
      return readArchiveFile(path, { signal });
    },
    async openNetwork(archive) {
      const made = archive.getSupportedPlatforms();
      if (!made.some((one) => one === platform)) throw mismatch(archive.name, platform, made.join(" and "));
      const network = await openArchive(bridge, archive);
      return bridgeNetwork(bridge, network, archive, platform);
    },
    loadDetector: (model, signal) => local.loadDetector(model, signal),
    loadEmbedder: (model, signal) => local.loadEmbedder(model, signal),
    openVideo: (source, options, signal) => local.openVideo(source, options, signal),
    openCamera: (camera, options, signal) => openBridgeCamera(bridge, camera, options, signal),
    async [Symbol.asyncDispose]() {
      await bridge[Symbol.asyncDispose]();
    },
  };
}

/** DepthAI reads archives from files. */
async function openArchive(bridge: BridgeProcess, archive: NNArchive): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "arcface-oak-"));
  try {
    const path = join(folder, "network.tar");
    await writeArchiveFile(path, { config: archive.getConfig(), files: archive.files });
    const { header } = await bridge.request({ type: "openNetwork", archive: path });
    return header.network as number;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function mismatch(name: string, platform: string, got: string): ArcfaceError {
  const what = `${name}: expected a model for ${platform}, got one for ${got || "none"}`;
  const hint = `\`arcface models pull SLUG --platform ${platform}\` fetches it; ONNX runs on createDevice()`;
  return new ArcfaceError("MODEL_MISMATCH", what, { hint });
}
