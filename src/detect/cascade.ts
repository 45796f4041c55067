import { throwIfCancelled } from "../errors.ts";
import type { Detection, FaceDetection } from "../geometry/detection.ts";
import { createPyramid, type Pyramid } from "../image/crop-sampler.ts";
import { type Finder, LEAST_SCORE, type Search } from "./finder.ts";
import type { Landmarker } from "./landmarker.ts";
import { wholeOf } from "./letterbox.ts";
import { confirm, proposeInTiles, proposeSmall, SMALL_IMAGE } from "./proposals.ts";
import type { Shot } from "./single-shot.ts";
import { mergeLooks } from "./tiles.ts";

export type CascadeParts = {
  readonly detector: Shot;
  /** Needed where the detector has no landmarks of its own; else better ones. */
  readonly landmarker?: Landmarker | undefined;
  /** Finds small faces for the detector to look at again. */
  readonly proposer?: Shot | undefined;
};

/** Room on each side of the image, in its longer sides, for a face that fills it; tried where nothing was found. */
const PADDINGS = [0, 0.25, 0.6] as const;

/**
 * Of which only these are tried where no face is known to be there: with more room 5 % of faceless pieces of
 * photographs show one.
 */
const PLAIN_PADDINGS = PADDINGS.slice(0, 2);

/**
 * Detector, then proposals for what it missed, then landmarks: each of the last two where there is one.
 *
 * - `fast`: the whole image; where nothing is found, once more with room around it.
 * - `normal`: proposals too, where the image is larger than SMALL_IMAGE.
 * - `thorough`: the detector on 2×2 and 3×3 overlapping tiles too; what is found there must be found again from close by.
 */
export function createCascade({ detector, landmarker, proposer }: CascadeParts): Finder {
  async function find(pyramid: Pyramid, search: Search): Promise<Detection[]> {
    const { scoreThreshold, effort, expectFace, near = [], signal } = search;
    let faces = mergeLooks(await lookPadded(pyramid, scoreThreshold));
    // Before the proposals: somebody small in the background does not stand for the face that is known to be there.
    if (faces.length === 0 && expectFace) faces = await bestCandidate(pyramid);
    const add = async (proposals: readonly Detection[]) => {
      faces = mergeLooks([...faces, ...(await confirm(pyramid, detector, proposals, faces, search))]);
    };
    throwIfCancelled(signal, "detect");
    if (near.length > 0) await add(near.map((box) => ({ box, score: 1 })));
    if (effort === "thorough") await add(await proposeInTiles(pyramid, detector, scoreThreshold, signal));
    if (proposer && needsProposals(pyramid, effort)) await add(await proposeSmall(pyramid, proposer, search));
    return faces;
  }

  function needsProposals({ image: { width, height } }: Pyramid, effort: Search["effort"]): boolean {
    return effort === "thorough" || (effort === "normal" && Math.max(width, height) > SMALL_IMAGE);
  }

  async function lookPadded(pyramid: Pyramid, scoreThreshold: number): Promise<Detection[]> {
    for (const padding of detector.kind.fit === "centred" ? PLAIN_PADDINGS : [0]) {
      const found = await detector.look(pyramid, wholeOf(pyramid.image), { scoreThreshold, padding });
      if (found.length > 0) return found;
    }
    return [];
  }

  async function bestCandidate(pyramid: Pyramid): Promise<Detection[]> {
    const found: Detection[] = [];
    for (const padding of PADDINGS) {
      found.push(...(await detector.look(pyramid, wholeOf(pyramid.image), { scoreThreshold: LEAST_SCORE, padding })));
    }
    return found.sort((a, b) => b.score - a.score).slice(0, 1);
  }

  return {
    scoreThreshold: detector.kind.scoreThreshold,
    async find(image, search) {
      const pyramid = createPyramid(image);
      const faces = await find(pyramid, search);
      if (!landmarker || faces.length === 0) return faces as FaceDetection[];
      throwIfCancelled(search.signal, "detect");
      const landmarks = await landmarker.locate(pyramid, faces, search.frame !== undefined);
      return faces.map((face, i) => ({ ...face, landmarks: landmarks[i]! }));
    },
    async [Symbol.asyncDispose]() {
      const networks = [detector.network, landmarker?.network, proposer?.network];
      await Promise.all(networks.map((network) => network?.[Symbol.asyncDispose]()));
    },
  };
}
