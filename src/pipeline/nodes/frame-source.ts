import type { PixelType } from "../../image/pixel-types.ts";
import type { ImgFrame } from "../messages/img-frame.ts";
import type { Output } from "../output.ts";

/** How a picture of another shape comes into a frame: filling it and losing what overhangs, bent, or with black bars. */
export type CameraResizeMode = "CROP" | "STRETCH" | "LETTERBOX";

/** Width and height, pixels. */
export type FrameSize = readonly [width: number, height: number];

/** What can be asked for frames of a size: Camera and ReplayVideo. Every call makes another output. */
export interface FrameSource {
  /**
   * @param type of the pixels. Default RGB888i.
   * @param resizeMode default CROP.
   * @param fps so many frames of a second at most, evenly spaced; default: all that there are.
   * @throws {ArcfaceError} INVALID_ARGUMENT where the size is not positive whole numbers, or fps not above 0.
   */
  requestOutput(size: FrameSize, type?: PixelType, resizeMode?: CameraResizeMode, fps?: number): Output<ImgFrame>;
  /** Frames as the source has them. */
  requestFullResolutionOutput(type?: PixelType, fps?: number): Output<ImgFrame>;
}
