import type { ImgFrame } from "../pipeline/messages/img-frame.ts";
import { Camera } from "../pipeline/nodes/camera.ts";
import { ReplayVideo } from "../pipeline/nodes/replay-video.ts";
import type { Output } from "../pipeline/output.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";

/** Where the pictures come from. */
export type VideoSource = {
  /** A file or an address; without it a camera is looked through. */
  readonly media?: string | undefined;
  /** Which camera. Default: the device's first. */
  readonly camera?: string | undefined;
  /** Frames a second at most. Default: those that there are. */
  readonly fps?: number | undefined;
  /** Of a file: no faster than it plays. Default false. */
  readonly realtime?: boolean | undefined;
};

/** @param size what the frames are stretched or, of a camera, cut to, as DepthAI does; default: as they are. */
export function framesOf(
  pipeline: Pipeline,
  { media, camera, fps, realtime = false }: VideoSource,
  size?: readonly [width: number, height: number],
): Output<ImgFrame> {
  if (media !== undefined) {
    const replay = pipeline.create(ReplayVideo).setReplayVideoFile(media).setRealTime(realtime);
    if (fps !== undefined) replay.setFps(fps);
    return (size ? replay.setSize(size) : replay).out;
  }
  const node = pipeline.create(Camera).build({
    ...(camera !== undefined && { device: camera }),
    ...(fps !== undefined && { sensorFps: fps }),
  });
  return size ? node.requestOutput(size) : node.requestFullResolutionOutput();
}
