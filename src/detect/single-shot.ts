import type { Detection } from "../geometry/detection.ts";
import { applyAffine } from "../geometry/similarity.ts";
import type { Affine, Box, Landmarks } from "../geometry/types.ts";
import type { Network } from "../host/network.ts";
import type { Pyramid } from "../image/crop-sampler.ts";
import type { Outputs, ParseOptions } from "../parsers/outputs.ts";
import { type Fit, isRegion, letterbox } from "./letterbox.ts";
import { runNetwork } from "./run-network.ts";

/** What makes a detector of one network: how it is fed, read and thinned out. */
export type ShotKind = {
  readonly fit: Fit;
  /** The score from which a box is taken for a face. */
  readonly scoreThreshold: number;
  /** Are there landmarks in what `parse` returns? */
  readonly landmarks: boolean;
  /** See Outputs for the coordinates. */
  parse(outputs: Outputs, options: ParseOptions): Detection[];
  /** The network's own non-maximum suppression. */
  suppress(detections: readonly Detection[]): Detection[];
};

export type LookOptions = { readonly scoreThreshold: number; readonly padding?: number };

/** A detector of one network, on any region of an image. */
export type Shot = {
  readonly kind: ShotKind;
  readonly network: Network;
  /** @returns faces in the image's pixels, thinned out, best first; boxes may reach beyond region and image. */
  look(pyramid: Pyramid, region: Box, options: LookOptions): Promise<Detection[]>;
};

export function createShot(network: Network, kind: ShotKind): Shot {
  return {
    kind,
    network,
    async look(pyramid, region, { scoreThreshold, padding = 0 }) {
      const { width, height, toImage } = letterbox(region, network.input, kind.fit, padding);
      const outputs = await runNetwork(network, pyramid, { affines: [toImage], width, height });
      const found = kind.suppress(kind.parse(outputs, { width, height, scoreThreshold }));
      return found.map((detection) => mapDetection(toImage, detection)).filter(({ box }) => isRegion(box));
    },
  };
}

/** A detection through an upright affine between pixel centres: boxes go from edge to edge, points centre to centre. */
export function mapDetection(affine: Affine, { box, score, landmarks }: Detection): Detection {
  const [x0, y0] = applyAffine(affine, [box[0] - 0.5, box[1] - 0.5]);
  const [x1, y1] = applyAffine(affine, [box[2] - 0.5, box[3] - 0.5]);
  const moved = landmarks?.map((point) => applyAffine(affine, point)) as Landmarks | undefined;
  return { box: [x0 + 0.5, y0 + 0.5, x1 + 0.5, y1 + 0.5], score, ...(moved && { landmarks: moved }) };
}
