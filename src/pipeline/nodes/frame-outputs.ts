import { expected } from "../../errors.ts";
import type { PixelType } from "../../image/pixel-types.ts";
import { ImageManipConfig, type ResizeMode } from "../messages/image-manip-config.ts";
import { ImgFrame } from "../messages/img-frame.ts";
import type { Output } from "../output.ts";
import type { CameraResizeMode, FrameSize } from "./frame-source.ts";
import { manipulate } from "./image-manip.ts";

export type FrameRequest = {
  /** Default: as large as the frames are. */
  readonly size?: FrameSize | undefined;
  readonly type?: PixelType | undefined;
  readonly resizeMode?: CameraResizeMode | undefined;
  readonly fps?: number | undefined;
};

const RESIZE: Record<CameraResizeMode, ResizeMode> = {
  CROP: "CENTER_CROP",
  STRETCH: "STRETCH",
  LETTERBOX: "LETTERBOX",
};

/** The outputs that were asked of one source, each with frames as it was asked for. */
export class FrameOutputs {
  readonly #create: (name: string) => Output<ImgFrame>;
  readonly #requested: { readonly output: Output<ImgFrame>; convert(frame: ImgFrame): ImgFrame | null }[] = [];

  constructor(create: (name: string) => Output<ImgFrame>) {
    this.#create = create;
  }

  get count(): number {
    return this.#requested.length;
  }

  /** @throws {ArcfaceError} as FrameSource. */
  request(request: FrameRequest): Output<ImgFrame> {
    const convert = conversion(request);
    const output = this.#create(`${this.#requested.length}`);
    this.#requested.push({ output, convert });
    return output;
  }

  /** To every output that anybody reads, one after the other. Resolves when all have taken it. */
  async send(frame: ImgFrame): Promise<void> {
    for (const { output, convert } of this.#requested) {
      if (output.getConnections().length + output.getQueues().length === 0) continue;
      const converted = convert(frame);
      if (converted) await output.send(converted);
    }
  }
}

function conversion({ size, type = "RGB888i", resizeMode = "CROP", fps }: FrameRequest) {
  const admits = fps === undefined ? () => true : limitRate(fps);
  const config = new ImageManipConfig().setFrameType(type);
  if (size) config.setOutputSize(size[0], size[1], RESIZE[resizeMode]);
  return (frame: ImgFrame): ImgFrame | null => {
    if (!admits(frame.getTimestamp())) return null;
    const isAsAsked = !size || (size[0] === frame.getWidth() && size[1] === frame.getHeight());
    if (!isAsAsked) return manipulate(frame, config);
    if (frame.getType() === type) return frame;
    const transformation = frame.getTransformation();
    return ImgFrame.fromImage(frame.getImage(), {}, { type, transformation }).setStampsOf(frame);
  };
}

/** A frame may come this part of an interval before its moment: cameras tremble. */
const EARLY = 0.15;

/** Which frames to keep, told their times in milliseconds, so that no more than `fps` of each second are, evenly spaced. */
export function limitRate(fps: number): (timestampMs: number) => boolean {
  if (!(fps > 0 && fps < Infinity)) throw expected("requestOutput", "fps above 0", `${fps}`);
  const interval = 1000 / fps;
  let due = -Infinity;
  return (timestampMs) => {
    if (timestampMs < due - EARLY * interval) return false;
    // From moment to moment; anew from here where a frame is later than a whole interval.
    due = timestampMs - due > interval ? timestampMs + interval : due + interval;
    return true;
  };
}
