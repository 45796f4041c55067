import { ArcfaceError } from "../errors.ts";
import type { Session, ValueInfo } from "../host/host.ts";
import type { PixelFormat } from "../image/to-tensor.ts";

export type Layout = PixelFormat["layout"];

/** What a graph says of itself, whatever its card says. */
export type GraphFacts = {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** The one that pixels go into. */
  readonly input: ValueInfo;
  readonly channels: 1 | 3;
  /** Those that its shape allows: one, unless both ends of the shape are free. */
  readonly layouts: readonly Layout[];
};

/**
 * @param name what errors call the network.
 * @throws {ArcfaceError} MODEL_MISMATCH where there is not one input of float32 that may be pixels.
 */
export function readGraphFacts({ inputs, outputs }: Session, name: string): GraphFacts {
  const [input] = inputs;
  const shown = inputs.map((value) => `${value.name} ${value.dtype} [${value.shape.join(", ")}]`).join(", ") || "none";
  const mismatch = () =>
    new ArcfaceError("MODEL_MISMATCH", `${name}: expected one input of float32 pixels, got ${shown}`, {
      hint: "the doctor feeds pictures, [N, 3, H, W] or [N, H, W, 3]",
    });
  if (!input || inputs.length !== 1 || input.dtype !== "float32") throw mismatch();
  if (input.shape.length !== 4 && input.shape.length !== 0) throw mismatch();
  const [, second, , fourth] = input.shape;
  const grey = second === 1 || fourth === 1;
  const channels = grey && second !== 3 && fourth !== 3 ? 1 : 3;
  const isChannels = (dim: number | string | undefined): boolean =>
    dim === undefined || isFree(dim) || dim === channels;
  // A shape that names its channels at one end leaves no choice.
  const named = (["NCHW", "NHWC"] as const).filter((layout) => (layout === "NCHW" ? second : fourth) === channels);
  const possible = (["NCHW", "NHWC"] as const).filter((layout) => isChannels(layout === "NCHW" ? second : fourth));
  const layouts = named.length > 0 ? named : possible;
  if (layouts.length === 0) throw mismatch();
  return { inputs, outputs, input, channels, layouts };
}

/** The input's size as the graph fixes it; `null` a side that is free. */
export function fixedSize({ input }: GraphFacts, layout: Layout): { width: number | null; height: number | null } {
  const [, second, third, fourth] = input.shape;
  const [height, width] = layout === "NCHW" ? [third, fourth] : [second, third];
  return { width: known(width), height: known(height) };
}

/** How many images a run takes, where that is fixed. */
export function fixedBatch({ input }: GraphFacts): number | null {
  return known(input.shape[0]);
}

function known(dim: number | string | undefined): number | null {
  return dim === undefined || isFree(dim) ? null : (dim as number);
}

function isFree(dim: number | string): boolean {
  return typeof dim === "string" || dim < 0;
}
