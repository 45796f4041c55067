import { throwIfCancelled } from "../errors.ts";
import { intersectionOverSmaller } from "../geometry/box.ts";
import type { Detection } from "../geometry/detection.ts";
import type { Box } from "../geometry/types.ts";
import type { Pyramid } from "../image/crop-sampler.ts";
import type { Search } from "./finder.ts";
import { squareAbout, wholeOf } from "./letterbox.ts";
import type { Shot } from "./single-shot.ts";
import { isWhole, mergeLooks, tileGrid } from "./tiles.ts";

/** A face at least this share of the image's long side is found, if at all, on the whole image. */
const LARGE = 0.25;

/** The side of the square to look at again, in sides of the proposed box. */
const CONTEXT = 2;

/**
 * Images with no side longer than this are not searched for proposals: a face that BlazeFace misses there has some 15
 * pixels, too few to tell people apart. A quarter of the time is saved on a portrait.
 */
export const SMALL_IMAGE = 320;

/** Photographs whose long side passes these pixels are searched for proposals in 2×2 and 3×3 tiles as well. */
const TILED_FROM = [640, 1280] as const;

/**
 * Where a proposal network sees small faces: on the whole image, and on overlapping tiles of large ones.
 *
 * @param minFaceSize where all that it asks for is large, nothing is proposed.
 * @param frame of a moving picture: only one of these places is looked at, another in each frame.
 */
export async function proposeSmall(
  pyramid: Pyramid,
  proposer: Shot,
  { minFaceSize, frame, signal }: Pick<Search, "minFaceSize" | "frame" | "signal">,
): Promise<Detection[]> {
  const longSide = Math.max(pyramid.image.width, pyramid.image.height);
  if (minFaceSize >= LARGE * longSide) return [];
  const levels = TILED_FROM.filter((from) => longSide > from).length;
  const tiles = Array.from({ length: levels }, (_, k) => tileGrid(pyramid.image, k + 2)).flat();
  const regions = [wholeOf(pyramid.image), ...tiles];
  const looked = frame === undefined ? regions : [regions[frame % regions.length]!];
  const found = await lookAt(pyramid, proposer, looked, proposer.kind.scoreThreshold, signal);
  return found.filter(({ box }) => box[3] - box[1] < LARGE * longSide);
}

/** What a detector sees on 2×2 and 3×3 overlapping tiles. */
export function proposeInTiles(
  pyramid: Pyramid,
  detector: Shot,
  scoreThreshold: number,
  signal: AbortSignal | undefined,
): Promise<Detection[]> {
  const tiles = [2, 3].flatMap((n) => tileGrid(pyramid.image, n));
  return lookAt(pyramid, detector, tiles, scoreThreshold, signal);
}

/**
 * The proposals that are faces: those new to us that the detector sees again on a square about them. One look at a
 * part of a picture takes a stair for a face now and then; two seldom do.
 *
 * @param known faces found already; proposals that share more than half with one are left out.
 * @param scoreThreshold the detector's, for the second look.
 */
export async function confirm(
  pyramid: Pyramid,
  detector: Shot,
  proposals: readonly Detection[],
  known: readonly Detection[],
  { scoreThreshold, signal }: { scoreThreshold: number; signal: AbortSignal | undefined },
): Promise<Detection[]> {
  const faces: Detection[] = [];
  for (const { box } of mergeLooks(proposals)) {
    throwIfCancelled(signal, "detect");
    if ([...known, ...faces].some((face) => isSame(face.box, box))) continue;
    const seen = await detector.look(pyramid, squareAbout(box, CONTEXT), { scoreThreshold });
    const best = seen.find((face) => isSame(face.box, box));
    if (best) faces.push(best);
  }
  return faces;
}

/** @returns faces that are whole in a region, best first, the same one once for each. */
async function lookAt(
  pyramid: Pyramid,
  shot: Shot,
  regions: readonly Box[],
  scoreThreshold: number,
  signal: AbortSignal | undefined,
): Promise<Detection[]> {
  const found: Detection[] = [];
  for (const region of regions) {
    throwIfCancelled(signal, "detect");
    const seen = await shot.look(pyramid, region, { scoreThreshold });
    found.push(...seen.filter(({ box }) => isWhole(box, region, pyramid.image)));
  }
  return found.sort((a, b) => b.score - a.score);
}

function isSame(a: Box, b: Box): boolean {
  return intersectionOverSmaller(a, b) > 0.5;
}
