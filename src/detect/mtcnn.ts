import { throwIfCancelled } from "../errors.ts";
import { nms } from "../geometry/box.ts";
import type { Detection, FaceDetection } from "../geometry/detection.ts";
import type { Box } from "../geometry/types.ts";
import type { Network } from "../host/network.ts";
import { createPyramid, type Pyramid, windowAffine } from "../image/crop-sampler.ts";
import { parsePnet, parseRnet } from "../parsers/mtcnn.ts";
import { parseOnet } from "../parsers/onet.ts";
import { type Finder, LEAST_SCORE, type Search } from "./finder.ts";
import { swapAxes } from "./landmarker.ts";
import { isRegion, squareAbout } from "./letterbox.ts";
import { runNetwork } from "./run-network.ts";
import { mapDetection } from "./single-shot.ts";
import { mergeLooks } from "./tiles.ts";

export type MtcnnNetworks = { readonly pnet: Network; readonly rnet: Network; readonly onet: Network };

export type MtcnnOptions = {
  /** O-net's; the score of a face is O-net's probability. */
  readonly scoreThreshold?: number;
  /** P-net's and R-net's. */
  readonly thresholds?: readonly number[];
  /** From one scale of the pyramid to the next. */
  readonly factor?: number;
  /** The smallest face to look for, pixels; a search for larger ones starts there. */
  readonly minFaceSize?: number;
  /** The networks want x and y swapped. */
  readonly transposed?: boolean;
};

/** P-net's window: a face of this many pixels is what it sees at scale 1. */
const CELL = 12;

type Context = { pyramid: Pyramid; networks: MtcnnNetworks; transposed: boolean; signal: AbortSignal | undefined };

/**
 * MTCNN: P-net proposes over an image pyramid, R-net refines, O-net decides and gives the landmarks.
 * `effort` does not matter to it. Source: Zhang et al. 2016; thresholds and suppression as its authors' code.
 */
export function createMtcnn(networks: MtcnnNetworks, options: MtcnnOptions = {}): Finder {
  const { scoreThreshold: own = 0.7, thresholds = [0.6, 0.7], factor = 0.709, minFaceSize = 20 } = options;
  const { transposed = true } = options;

  async function cascade(context: Context, smallest: number, [p, r, o]: readonly number[]): Promise<FaceDetection[]> {
    const proposed = await propose(context, smallest, factor, p!);
    const refined = nms(await refine(context, proposed, r!), 0.7);
    // By the smaller box: O-net sees a face and its own middle alike.
    return mergeLooks(await decide(context, refined, o!), 0.7);
  }

  return {
    scoreThreshold: own,
    async find(image, { scoreThreshold, minFaceSize: least, expectFace, signal }: Search) {
      const context = { pyramid: createPyramid(image), networks, transposed, signal };
      const smallest = Math.max(minFaceSize, least, CELL);
      const found = await cascade(context, smallest, [...thresholds, scoreThreshold]);
      if (found.length > 0 || !expectFace) return found;
      return (await cascade(context, smallest, [0.3, LEAST_SCORE, LEAST_SCORE])).slice(0, 1);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(Object.values(networks).map((network) => network[Symbol.asyncDispose]()));
    },
  };
}

async function propose(context: Context, smallest: number, factor: number, threshold: number): Promise<Detection[]> {
  const { pyramid, networks, transposed, signal } = context;
  const { width, height } = pyramid.image;
  const proposed: Detection[] = [];
  for (let scale = CELL / smallest; Math.min(width, height) * scale >= CELL; scale *= factor) {
    throwIfCancelled(signal, "detect");
    const [w, h] = [Math.ceil(width * scale), Math.ceil(height * scale)];
    const window = windowAffine({ centre: [(width - 1) / 2, (height - 1) / 2], size: [width, height] }, w, h);
    const crop = transposed
      ? { affines: [swapAxes(window)], width: h, height: w }
      : { affines: [window], width: w, height: h };
    const outputs = await runNetwork(networks.pnet, pyramid, crop);
    const found = parsePnet(outputs, { scoreThreshold: threshold, transposed });
    proposed.push(...nms(found, 0.5).map((detection) => mapDetection(window, detection)));
  }
  return nms(proposed, 0.7);
}

async function refine(context: Context, proposed: readonly Detection[], threshold: number): Promise<Detection[]> {
  const squares = squaresOf(proposed);
  if (squares.length === 0) return [];
  const { rnet } = context.networks;
  const { outputs } = await lookAt(context, rnet, squares);
  return parseRnet(outputs, squares).filter(({ score }) => score >= threshold);
}

async function decide(context: Context, refined: readonly Detection[], threshold: number): Promise<FaceDetection[]> {
  throwIfCancelled(context.signal, "detect");
  const squares = squaresOf(refined);
  if (squares.length === 0) return [];
  const { onet } = context.networks;
  const { outputs, windows } = await lookAt(context, onet, squares);
  const faces = parseOnet(outputs, squares.length, onet.input.width);
  return faces
    .map((face, i) => mapDetection(windows[i]!, face) as FaceDetection)
    .filter(({ box, score }) => score >= threshold && isRegion(box))
    .sort((a, b) => b.score - a.score);
}

function squaresOf(detections: readonly Detection[]): Box[] {
  return detections.map(({ box }) => squareAbout(box)).filter(isRegion);
}

async function lookAt({ pyramid, transposed }: Context, network: Network, squares: readonly Box[]) {
  const size = network.input.width;
  const windows = squares.map(([x0, y0, x1, y1]) =>
    windowAffine({ centre: [(x0 + x1 - 1) / 2, (y0 + y1 - 1) / 2], size: x1 - x0 }, size, size),
  );
  const affines = transposed ? windows.map(swapAxes) : windows;
  return { windows, outputs: await runNetwork(network, pyramid, { affines, width: size, height: size }) };
}
