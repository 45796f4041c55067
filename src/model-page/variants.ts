import type { Card } from "../zoo/cards/card.ts";
import { ONNX_PLATFORMS } from "../zoo/platform.ts";

export type Variant = Card["variants"][number];

/** What exists of a model: as its card says, or the one ONNX file that every other card describes. */
export function variantsOf(card: Card): readonly Variant[] {
  if (card.variants.length > 0 || !card.model) return card.variants;
  const { input, source } = card.model;
  const channels = input.color === "GRAY" ? 1 : 3;
  const [height, width] = input.dynamic ? [-1, -1] : [input.height, input.width];
  const inputShape = input.layout === "NCHW" ? [1, channels, height, width] : [1, height, width, channels];
  return [
    {
      name: card.slug.split("/").at(-1)!,
      version: "npm" in source ? source.npm.version : null,
      platforms: [...ONNX_PLATFORMS],
      inputShape,
      ...(card.kind === "recognizer" && { outputShape: [1, card.embedding.size] }),
    },
  ];
}

/** Where a card's model runs, shortly: `RVC2 RVC4 ONNX`. ONNX stands for whatever ONNX Runtime runs on. */
export function platformsOf(card: Card): string[] {
  const named = variantsOf(card).flatMap(({ platforms }) => platforms);
  const isOnnx = (platform: string): boolean => ONNX_PLATFORMS.some((known) => known === platform);
  const devices = named.filter((platform) => !isOnnx(platform));
  const onnx = card.published?.modelTypes?.includes("ONNX") ?? (named.some(isOnnx) || named.length === 0);
  return [...new Set(devices), ...(onnx ? ["ONNX"] : [])];
}
