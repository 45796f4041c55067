import { ArcfaceError } from "../../errors.ts";
import type { PixelFormat } from "../../image/to-tensor.ts";
import type { NNArchiveConfig } from "../../nn-archive/config.ts";

/** An input as config.json describes it. */
export type ArchiveInput = NNArchiveConfig["model"]["inputs"][number];

/** @param where the archive. */
export function refuseInput(where: string, what: string, got: string): ArcfaceError {
  return new ArcfaceError("UNSUPPORTED_FORMAT", `${where}: config.json: expected ${what}, got ${got}`, {
    hint: "`arcface archive show` prints it; a card of its own (--card) says how such a network is fed",
  });
}

/**
 * How pixels are fed to an input. `dai_type` wins over `reverse_channels` and `interleaved_to_planar`; where none of
 * them is there, a network wants RGB.
 *
 * @param where what errors call the archive.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where it is no image, or one that we do not make.
 */
export function imageInputOf(
  { name, input_type, shape, layout, preprocessing }: ArchiveInput,
  where: string,
): PixelFormat & { readonly width: number; readonly height: number } {
  const refuse = (what: string, got: string) => refuseInput(where, what, got);
  if (input_type !== "image") throw refuse(`input ${name} to be an image`, input_type);
  if (layout !== "NCHW" && layout !== "NHWC") throw refuse(`input ${name} of NCHW or NHWC`, `${layout} [${shape}]`);
  const { dai_type, reverse_channels, interleaved_to_planar } = preprocessing;
  const type = dai_type === undefined || dai_type === null ? null : /^(RGB|BGR|GRAY)[\dF]*([pi])?$/i.exec(dai_type);
  if (dai_type && !type) throw refuse("a dai_type of RGB888p, BGR888p, RGB888i, BGR888i or GRAY8", dai_type);
  // What converters write: pixels interleaved are NHWC.
  const told = type?.[2] ? type[2].toLowerCase() === "i" : type ? undefined : (interleaved_to_planar ?? undefined);
  if (told !== undefined && told !== (layout === "NHWC"))
    throw refuse(`layout ${told ? "NHWC" : "NCHW"}, as its preprocessing says`, layout);
  const channels = shape[layout === "NCHW" ? 1 : 3]!;
  const [height, width] = layout === "NCHW" ? shape.slice(2) : shape.slice(1, 3);
  if (channels !== 1 && channels !== 3) throw refuse("1 or 3 channels", `${channels}`);
  const order = type?.[1]?.toUpperCase() ?? (reverse_channels === false ? "BGR" : "RGB");
  if (channels === 3 && order === "GRAY") throw refuse("1 channel for a grey image", "3");
  const each = (values: readonly number[] | null | undefined, fallback: number, what: string): number[] => {
    const given = values ?? [fallback];
    if (given.length !== 1 && given.length !== channels)
      throw refuse(`${what} of ${channels} numbers`, `${given.length}`);
    return Array.from({ length: channels }, (_, c) => given[given.length === 1 ? 0 : c]!);
  };
  return {
    width: width!,
    height: height!,
    color: channels === 1 ? "GRAY" : (order as "RGB" | "BGR"),
    layout,
    mean: each(preprocessing.mean, 0, "mean"),
    scale: each(preprocessing.scale, 1, "scale"),
  };
}
