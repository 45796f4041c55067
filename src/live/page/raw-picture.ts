import type { Read } from "../wire/message-types.ts";
import { ENUMS } from "../wire/messages.ts";

/** Where a pixel's red, green and blue lie: of interleaved pixels the order, of planes their number. */
const LAYOUTS: Readonly<Record<string, { readonly channels: readonly [number, number, number]; planar: boolean }>> = {
  RGB888i: { channels: [0, 1, 2], planar: false },
  BGR888i: { channels: [2, 1, 0], planar: false },
  RGB888p: { channels: [0, 1, 2], planar: true },
  BGR888p: { channels: [2, 1, 0], planar: true },
  GRAY8: { channels: [0, 0, 0], planar: true },
  YUV400p: { channels: [0, 0, 0], planar: true },
};

/** A picture that was sent as its pixels, as RGBA. `null` where the pixels are of a kind that is not shown, or too few. */
export function rgbaOf({ fb, data }: Read<"img_frame.ImgFrame">): Uint8ClampedArray<ArrayBuffer> | null {
  if (!fb) return null;
  const { width, height, stride } = fb;
  const layout = LAYOUTS[ENUMS["img_frame.Type"][fb.type] ?? ""];
  if (!layout) return null;
  const step = layout.planar ? 1 : 3;
  const offsets = layout.channels.map((channel) => channel * (layout.planar ? stride * height : 1));
  if (stride < step * width || data.length < Math.max(...offsets) + (height - 1) * stride + step * (width - 1) + 1) {
    return null;
  }
  const rgba = new Uint8ClampedArray(4 * width * height);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const pixel = y * stride + step * x;
      for (const offset of offsets) rgba[at++] = data[pixel + offset]!;
      rgba[at++] = 255;
    }
  }
  return rgba;
}
