import type { Detection } from "../geometry/detection.ts";
import { landmarks68To5, mapLandmarks, mirrorNames } from "../geometry/landmarks.ts";
import type { Affine, Box, Landmarks, Point } from "../geometry/types.ts";
import type { Network } from "../host/network.ts";
import { type Pyramid, windowAffine } from "../image/crop-sampler.ts";
import { parseLandmarks68 } from "../parsers/landmarks-68.ts";
import { type OnetFace, parseOnet } from "../parsers/onet.ts";
import { runNetwork } from "./run-network.ts";

/** A second stage: five landmarks of each face, in the image's pixels, in the faces' order. */
export type Landmarker = {
  readonly network: Network;
  /** @param quick half the work, a little less exact: for the frames of a video, of which the next comes soon. */
  locate(pyramid: Pyramid, faces: readonly Detection[], quick?: boolean): Promise<Landmarks[]>;
};

/** Eyes closer than this share of the box do not tell how the head is turned: it is seen from the side. */
const MIN_EYE_DISTANCE = 0.15;

/** Radians; an eye line steeper than this is more often an error than a head on its side. */
const MAX_ANGLE = 1.2;

/** Crops one by one take 0.39 ms each on a thread, in batches of 2 to 64 0.54 to 0.64. */
const ONET_BATCH = 1;

/**
 * Pixels of the crop, right and down, from where the O-net points to where recognition networks were shown the same
 * points in training; docs/decisions/landmarks.md tells how it was measured.
 */
const POINT_SHIFT = 0.4;

/**
 * MTCNN's O-net on a square turned by the eye line that the detector saw: about the detector's box, then, at the same
 * angle, about the box that the network itself answered, as wide as that box is on average. Each look is at the crop
 * and at its mirror image (a quick one at the crop alone), and the landmarks are the mean of all four.
 *
 * Why so: docs/decisions/landmarks.md.
 *
 * @param transposed the network wants x and y swapped, as those trained in Matlab do.
 */
export function createOnetLandmarker(
  network: Network,
  { transposed = true }: { transposed?: boolean } = {},
): Landmarker {
  const { width: size } = network.input;

  async function see(pyramid: Pyramid, windows: readonly Affine[]): Promise<OnetFace[]> {
    const affines = transposed ? windows.map(swapAxes) : windows;
    const outputs = await runNetwork(network, pyramid, { affines, width: size, height: size }, ONET_BATCH);
    return parseOnet(outputs, windows.length, size);
  }

  async function look(pyramid: Pyramid, windows: readonly Affine[], quick: boolean): Promise<OnetFace[]> {
    if (quick) return (await see(pyramid, windows)).map((face) => shiftPoints(face, POINT_SHIFT));
    const seen = await see(
      pyramid,
      windows.flatMap((window) => [window, mirrorWindow(window, size)]),
    );
    return windows.map((_, i) => shiftPoints(meanFace(seen[2 * i]!, mirrorFace(seen[2 * i + 1]!, size)), POINT_SHIFT));
  }

  return {
    network,
    async locate(pyramid, faces, quick = false) {
      const first = faces.map((face) => squareWindow(face.box, eyeAngle(face), size));
      const seen = await look(pyramid, first, quick);
      const second = seen.map(({ box }, i) => composeWindow(first[i]!, meanSquare(box, size), size));
      const again = await look(pyramid, second, quick);
      return faces.map((_, i) =>
        meanLandmarks(mapLandmarks(first[i]!, seen[i]!.landmarks), mapLandmarks(second[i]!, again[i]!.landmarks)),
      );
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
      const outputs = await runNetwork(network, pyramid, { affines: windows, width, height });
      const points = parseLandmarks68(outputs, faces.length, width, height);
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

/** The square about a box with its mean side; the whole crop for a box out of all proportion. */
function meanSquare([x0, y0, x1, y1]: Box, size: number): Box {
  const side = Math.sqrt((x1 - x0) * (y1 - y0));
  if (!(Number.isFinite(x0 + y0 + side) && x1 - x0 > 1 && y1 - y0 > 1)) return [0, 0, size, size];
  const [x, y] = [(x0 + x1 - side) / 2, (y0 + y1 - side) / 2];
  return [x, y, x + side, y + side];
}

/** The window whose crop is the mirror image. */
function mirrorWindow([a, b, c, d, e, f]: Affine, size: number): Affine {
  return [-a, b, a * (size - 1) + c, -d, e, d * (size - 1) + f];
}

/** What was seen in a mirror image, as it is in the crop. */
function mirrorFace({ score, box: [x0, y0, x1, y1], landmarks }: OnetFace, size: number): OnetFace {
  const points = landmarks.map(([x, y]): Point => [size - 1 - x, y]) as unknown as Landmarks;
  return { score, box: [size - x1, y0, size - x0, y1], landmarks: mirrorNames(points) };
}

function meanFace(a: OnetFace, b: OnetFace): OnetFace {
  const edge = (k: 0 | 1 | 2 | 3): number => (a.box[k] + b.box[k]) / 2;
  return {
    score: (a.score + b.score) / 2,
    box: [edge(0), edge(1), edge(2), edge(3)],
    landmarks: meanLandmarks(a.landmarks, b.landmarks),
  };
}

function shiftPoints({ score, box, landmarks }: OnetFace, shift: number): OnetFace {
  return { score, box, landmarks: mapLandmarks([1, 0, shift, 0, 1, shift], landmarks) };
}

function meanLandmarks(a: Landmarks, b: Landmarks): Landmarks {
  const mean = (k: 0 | 1 | 2 | 3 | 4): Point => [(a[k][0] + b[k][0]) / 2, (a[k][1] + b[k][1]) / 2];
  return [mean(0), mean(1), mean(2), mean(3), mean(4)];
}

/** The affine of the crop whose x and y are swapped: a transposed picture. */
export function swapAxes([a, b, c, d, e, f]: Affine): Affine {
  return [b, a, c, e, d, f];
}
