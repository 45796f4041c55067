import type { Buffer } from "../messages/buffer.ts";
import type { ImgFrame } from "../messages/img-frame.ts";
import { Output } from "../output.ts";
import type { CameraResizeMode, FrameSize, FrameSource } from "./frame-source.ts";
import { ReplayVideo } from "./replay-video.ts";

export type FrameInputOptions = {
  /** Frames a second that a camera or replay is asked for. Default: its own. */
  readonly fps?: number;
  /** How pictures are brought into the network's shape. Default: a camera's CROP, a replay's STRETCH, as in DepthAI. */
  readonly resizeMode?: CameraResizeMode;
};

/** What frames come from: an output as it is, or a camera or replay, which is asked for what is wanted. */
export type FrameInput = Output<Buffer> | Output<ImgFrame> | FrameSource;

/** @param size `null`: frames as the source has them. */
export function framesFor(
  input: FrameInput,
  size: FrameSize | null,
  { fps, resizeMode = input instanceof ReplayVideo ? "STRETCH" : "CROP" }: FrameInputOptions = {},
): Output<Buffer> | Output<ImgFrame> {
  if (input instanceof Output) return input;
  return size
    ? input.requestOutput(size, undefined, resizeMode, fps)
    : input.requestFullResolutionOutput(undefined, fps);
}
