import type { Detection } from "../geometry/detection.ts";
import { landmarks68To5, mapLandmarks } from "../geometry/landmarks.ts";
import type { Affine, Box, Landmarks, Point } from "../geometry/types.ts";
import type { Network } from "../host/network.ts";
import { type Pyramid, sampleCrop, windowAffine } from "../image/crop-sampler.ts";
import { parseLandmarks68 } from "../parsers/landmarks-68.ts";
import { parseOnet } from "../parsers/onet.ts";
import { squareAbout } from "./letterbox.ts";
import { runNetwork } from "./run-network.ts";

/** A second stage: five landmarks of each face, in the image's pixels, in the faces' order. */
export type Landmarker = {
  readonly network: Network;
  locate(pyramid: Pyramid, faces: readonly Detection[]): Promise<Landmarks[]>;
};

/** Eyes closer than this share of the box do not tell how the head is turned: it is seen from the side. */
const MIN_EYE_DISTANCE = 0.15;

/** Radians; an eye line steeper than this is more often an error than a head on its side. */
const MAX_ANGLE = 1.2;

/**
 * MTCNN's O-net, run twice on a square turned by the eye line that the detector saw: about the detector's box, then,
 * at the same angle, about the box that the network itself answered.
 *
 * @param transposed the network wants x and y swapped, as those trained in Matlab do.
 */
export function createOnetLandmarker(
  network: Network,
  { transposed = true }: { transposed?: boolean } = {},
): Landmarker {
  const { width: size } = network.input;
  return {
    network,
    async locate(pyramid, faces) {
      const angles = faces.map(eyeAngle);
      const first = faces.map(({ box }, i) => squareWindow(box, angles[i]!, size));
      const seen = parseOnet(await runNetwork(network, crops(pyramid, first, size, transposed)), faces.length, size);
      const second = seen.map(({ box }, i) => {
        const square = isUsable(box) ? squareAbout(box) : ([0, 0, size, size] as const);
        return composeWindow(first[i]!, square, size);
      });
      const again = parseOnet(await runNetwork(network, crops(pyramid, second, size, transposed)), faces.length, size);
      return again.map(({ landmarks }, i) => mapLandmarks(second[i]!, landmarks));
    },
  };
}

/** 68 points of the square about the upper face, reduced to five. */
export function createLandmarker68(network: Network): Landmarker {
  const { width, height } = network.input;
  return {
    network,
    async locate(pyramid, faces) {
      const windows = faces.map(({ box: [x0, y0, x1, y1] }) =>
        windowAffine({ centre: [(x0 + x1 - 1) / 2, (y0 + y1 - 1) / 2], size: [x1 - x0, y1 - y0] }, width, height),
      );
      const images = windows.map((window) => sampleCrop(pyramid, window, width, height));
      const points = parseLandmarks68(await runNetwork(network, images), faces.length, width, height);
      return points.map((face, i) => mapLandmarks(windows[i]!, landmarks68To5(face)));
    },
  };
}

/** The direction from eye to eye, radians clockwise; 0 where it cannot be told. */
function eyeAngle({ box, landmarks }: Detection): number {
  if (!landmarks) return 0;
  const [[x0, y0], [x1, y1]] = landmarks;
  const angle = Math.atan2(y1 - y0, x1 - x0);
  const side = Math.max(box[2] - box[0], box[3] - box[1]);
  return Math.hypot(x1 - x0, y1 - y0) < MIN_EYE_DISTANCE * side || Math.abs(angle) > MAX_ANGLE ? 0 : angle;
}

function squareWindow([x0, y0, x1, y1]: Box, angle: number, size: number): Affine {
  const centre: Point = [(x0 + x1 - 1) / 2, (y0 + y1 - 1) / 2];
  return windowAffine({ centre, size: Math.max(x1 - x0, y1 - y0), angle }, size, size);
}

/** The window about a square given in pixels, edge to edge, of an earlier crop; turned as that was. */
function composeWindow([a, b, c, d, e, f]: Affine, [x0, y0, x1]: Box, size: number): Affine {
  const scale = (x1 - x0) / size;
  // Pixel i of the new crop, its centre, is at x0 + (i + ½)·scale − ½ of the old.
  const [u, v] = [x0 + scale / 2 - 0.5, y0 + scale / 2 - 0.5];
  return [a * scale, b * scale, a * u + b * v + c, d * scale, e * scale, d * u + e * v + f];
}

// A box out of all proportion would send the second look astray.
function isUsable([x0, y0, x1, y1]: Box): boolean {
  return Number.isFinite(x0 + y0 + x1 + y1) && x1 - x0 > 1 && y1 - y0 > 1;
}

function crops(pyramid: Pyramid, windows: readonly Affine[], size: number, transposed: boolean) {
  return windows.map((window) => sampleCrop(pyramid, transposed ? swapAxes(window) : window, size, size));
}

/** The affine of the crop whose x and y are swapped: a transposed picture. */
export function swapAxes([a, b, c, d, e, f]: Affine): Affine {
  return [b, a, c, e, d, f];
}
