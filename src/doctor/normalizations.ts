import type { ColorOrder, Normalization } from "./contract.ts";

/** The mean and the deviation of ImageNet's pixels, red first. Source: torchvision's pretrained networks. */
const IMAGENET = { mean: [0.485, 0.456, 0.406], scale: [0.229, 0.224, 0.225] } as const;

type Rule = { readonly name: string; readonly mean: readonly number[]; readonly scale: readonly number[] };

const grey = (name: string, mean: number, scale: number): Rule => ({
  name,
  mean: [mean, mean, mean],
  scale: [scale, scale, scale],
});

/**
 * What networks are fed, and what they are fed by mistake; red first. Of those that are one by SAME_WITHIN only the
 * canonical one is here.
 */
const RULES: readonly Rule[] = [
  grey("±1", 127.5, 127.5),
  grey("0 to 1", 0, 255),
  grey("0 to 255", 0, 1),
  {
    name: "mean and deviation",
    mean: IMAGENET.mean.map((value) => 255 * value),
    scale: IMAGENET.scale.map((value) => 255 * value),
  },
  grey("±127.5", 127.5, 1),
  grey("±0.5", 127.5, 255),
  // ((x − 127.5) / 127.5 − 127.5) / 127.5
  grey("±1, twice", 127.5 * 128.5, 127.5 ** 2),
  grey("0 to 1, twice", 0, 255 ** 2),
];

/** The likely normalisations of a network that takes its channels in that order. */
export function normalizationsOf(colorOrder: ColorOrder): (Normalization & { readonly name: string })[] {
  return RULES.map(({ name, mean, scale }) => {
    if (colorOrder === "RGB") return { name, mean, scale };
    if (colorOrder === "BGR") return { name, mean: [...mean].reverse(), scale: [...scale].reverse() };
    return { name, mean: [mean[1]!], scale: [scale[1]!] };
  });
}
