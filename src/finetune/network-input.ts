import { LUMA, type PixelFormat } from "../image/to-tensor.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { mul, transpose } from "../onnx/vjp/words.ts";

/** Of the trainer's images: x in 0–255 becomes (x − CENTRE) / CENTRE. */
const CENTRE = 127.5;

/**
 * The trainer's images as a network wants them.
 *
 * @param images [N, 3, H, W], RGB, (x − 127.5)/127.5.
 * @returns in the format's colours, mean, scale and layout.
 */
export function toNetworkInput(g: GraphBuilder, images: Value, { color, layout, mean, scale }: PixelFormat): Value {
  const coloured = toColour(g, images, color);
  const channels = mean.length;
  const perChannel = (value: (channel: number) => number) =>
    g.literal(
      [channels, 1, 1],
      Float32Array.from({ length: channels }, (_, c) => value(c)),
    );
  const scaled = mul(
    g,
    coloured,
    perChannel((c) => CENTRE / scale[c]!),
  );
  const shifted = g.add(
    scaled,
    perChannel((c) => (CENTRE - mean[c]!) / scale[c]!),
  );
  return layout === "NCHW" ? shifted : transpose(g, shifted, [0, 2, 3, 1]);
}

function toColour(g: GraphBuilder, images: Value, color: PixelFormat["color"]): Value {
  if (color === "RGB") return images;
  if (color === "BGR") return g.node("Gather", [images, g.literal([3], [2, 1, 0])], { attributes: { axis: 1 } });
  return g.conv(images, g.literal([1, 3, 1, 1], Float32Array.from(LUMA)));
}
