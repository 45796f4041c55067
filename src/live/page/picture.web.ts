import type { Read } from "../wire/message-types.ts";
import { rgbaOf } from "./raw-picture.ts";

/** A picture as it came, not yet unpacked: most are never shown. */
export type Picture = {
  readonly width: number;
  readonly height: number;
  readonly transformation: Read<"common.ImgTransformation"> | undefined;
  /** Rejects where it cannot be. */
  decode(): Promise<ImageBitmap>;
};

export function encodedPicture({ width, height, transformation, data }: Read<"encoded_frame.EncodedFrame">): Picture {
  // A copy: the bytes are a view of a frame of the connection.
  const decode = () => createImageBitmap(new Blob([new Uint8Array(data)], { type: "image/jpeg" }));
  return { width, height, transformation, decode };
}

export function rawPicture(message: Read<"img_frame.ImgFrame">): Picture {
  const { width = 0, height = 0 } = message.fb ?? {};
  const decode = async () => {
    const rgba = rgbaOf(message);
    if (!rgba) throw new Error(`pixels of type ${message.fb?.type} are not shown`);
    return createImageBitmap(new ImageData(rgba, width, height));
  };
  return { width, height, transformation: message.transformation, decode };
}
