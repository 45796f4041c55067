import type { FaceDetector } from "../detect/face-detector.ts";
import type { NNArchive } from "../nn-archive/nn-archive.ts";
import type { Embedder } from "../recognize/embedder.ts";
import type { FrameStream } from "../video/frame-stream.ts";
import type { NNModelDescription } from "../zoo/description.ts";
import type { Buffer } from "./messages/buffer.ts";
import type { NNData } from "./messages/nn-data.ts";

export type NetworkOptions = {
  /** Threads within one inference. */
  readonly threads?: number;
  /** Messages in one inference at most; a network of a fixed batch takes what it is made for. */
  readonly maxBatch?: number;
};

/** A network as it runs on a device: frames or tensors in, tensors out. */
export interface DeviceNetwork extends AsyncDisposable {
  /** Messages that one call may take. */
  readonly maxBatch: number;
  /**
   * @param messages ImgFrame, NNData, or a MessageGroup of them by input name.
   * @returns one answer a message, in their order; timestamps and sequence numbers are the caller's to set.
   * @throws {ArcfaceError} MODEL_MISMATCH where a message does not fit the network's inputs.
   */
  infer(messages: readonly Buffer[]): Promise<NNData[]>;
}

export type CameraRequest = {
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  readonly resize?: "stretch" | "letterbox" | "crop";
};

export type VideoRequest = CameraRequest & {
  /** From the start again after the end, timestamps growing on. */
  readonly loop?: boolean;
  /** As fast as its timestamps say, rather than as fast as it can be read. */
  readonly realtime?: boolean;
};

/** What a pipeline runs on: this machine's processor, a browser, or a camera with processors of its own. */
export interface Device extends AsyncDisposable {
  /** `cpu`, `cuda`, `wasm`, `webgpu`; of Luxonis' devices `RVC2`, `RVC4`. */
  getPlatform(): { readonly name: string };
  getPlatformAsString(): string;
  /** What tells this device from others of its kind. */
  getDeviceId(): string;
  /** A model by its description, as an archive for this device's platform. @throws {ArcfaceError} as Zoo.ensure. */
  getModel(description: NNModelDescription, signal?: AbortSignal): Promise<NNArchive>;
  /** @throws {ArcfaceError} MODEL_MISMATCH, UNSUPPORTED_FORMAT where the archive is not for this device. */
  openNetwork(archive: NNArchive, options?: NetworkOptions): Promise<DeviceNetwork>;
  /** A detector of the library by its slug, which may be made of several networks; the default where none is named. */
  loadDetector(model?: string, signal?: AbortSignal): Promise<FaceDetector>;
  /** A recogniser of the library for aligned crops; the default where none is named. */
  loadEmbedder(model?: string, signal?: AbortSignal): Promise<Embedder>;
  /** @param source a path, an address, or a test pattern. */
  openVideo(source: string, options: VideoRequest, signal?: AbortSignal): Promise<FrameStream>;
  /** @param camera which of several; the first, or the one people look into, where none is named. */
  openCamera(camera: string | undefined, options: CameraRequest, signal?: AbortSignal): Promise<FrameStream>;
}
