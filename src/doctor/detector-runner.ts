import { wholeOf } from "../detect/letterbox.ts";
import { createShotFor, shotSchema } from "../detect/shot-kinds.ts";
import { createShot } from "../detect/single-shot.ts";
import { ArcfaceError, throwIfCancelled } from "../errors.ts";
import { iou } from "../geometry/box.ts";
import type { Box, Landmarks, Point } from "../geometry/types.ts";
import type { Session } from "../host/host.ts";
import type { Network } from "../host/network.ts";
import { createPyramid } from "../image/crop-sampler.ts";
import type { Contract } from "./contract.ts";
import type { DetectorHeads } from "./detector-heads.ts";
import { fixedSize, type GraphFacts } from "./graph-facts.ts";
import { cornersInPhoto, type Exhibit, landmarksInPhoto, makeExhibits, type Photo } from "./photos.ts";
import type { Runner } from "./race.ts";
import { DRAWS, drawWeights } from "./separation.ts";

/** A detector, and what it is to be shown. */
export type DetectorSubject = {
  readonly name: string;
  readonly session: Session;
  readonly graph: GraphFacts;
  readonly heads: DetectorHeads;
  readonly photos: readonly Photo[];
};

/** What a detector says of a face, in the photograph's pixels. */
export type Sighting = {
  readonly score: number;
  readonly corners: readonly [Point, Point];
  readonly landmarks: Landmarks | null;
};

/** A candidate is of a face from this overlap on: detectors draw their boxes wider or narrower. */
const SAME_FACE = 0.4;
/** Candidates below it are not looked at. */
const LOOK_FROM = 0.02;
/** Scores are told apart between these: a face that is missed is missed, one that is sure is sure. */
const [LEAST, MOST] = [0.2, 0.999];
/** Of the steadiness, beside the log-odds: higher contrast raises the one and lowers the other. */
const STEADINESS = 0.5;
/** Steadier than this, in distances of the eyes, is as steady as can be; a face that is missed is off by 1. */
const STEADY = 0.01;

/**
 * How good a detector is, under a contract, at the faces that are there: the mean over faces of the log-odds of its
 * scores and, with half the weight, of minus the logarithm of how far its answers to the four exhibits lie apart.
 */
export function createDetectorRunner(
  subject: DetectorSubject,
  contract: Contract,
  { signal, onRun }: { signal?: AbortSignal | undefined; onRun?: (() => void) | undefined } = {},
): Runner {
  /** A sum over its faces for each photograph seen so far. */
  const sums: number[] = [];
  return {
    contract,
    async measure(count) {
      const photos = subject.photos.slice(0, count);
      for (const photo of photos.slice(sums.length)) {
        const seen: (Sighting | null)[][] = [];
        for (const exhibit of makeExhibits(photo)) {
          throwIfCancelled(signal, subject.name);
          seen.push(await sightings(subject, contract, photo, exhibit));
          onRun?.();
        }
        const values = photo.faces.map(({ landmarks: [left, right] }, i) =>
          worthOf(
            seen.map((each) => each[i]!),
            Math.hypot(right[0] - left[0], right[1] - left[1]),
          ),
        );
        sums.push(values.reduce((a, b) => a + b, 0));
      }
      // Photographs are drawn, not faces: those of one share their light.
      return Float64Array.from(drawWeights(photos.length, DRAWS), (weights) => {
        const [total, faces] = photos.reduce(
          ([sum, n], photo, i) => [sum + weights[i]! * sums[i]!, n + weights[i]! * photo.faces.length],
          [0, 0] as [number, number],
        );
        return total / faces;
      });
    },
  };
}

/** What a detector says of each face of a photograph; `null` where it sees none there, or cannot be run so. */
export async function sightings(
  subject: DetectorSubject,
  contract: Contract,
  { faces }: Photo,
  exhibit: Exhibit,
): Promise<(Sighting | null)[]> {
  const { network, kind } = createShotFor(
    networkOf(subject, contract),
    shotSchema.parse({ name: subject.heads.parser }),
  );
  // Every candidate: which of them a suppression keeps is luck.
  const shot = createShot(network, { ...kind, suppress: (all) => [...all] });
  const { image } = exhibit;
  const found = await shot.look(createPyramid(image), wholeOf(image), { scoreThreshold: LOOK_FROM }).catch((error) => {
    if (error instanceof ArcfaceError && error.code === "MODEL_MISMATCH") return [];
    throw error;
  });
  const candidates = found.map(({ score, box, landmarks }) => ({
    score,
    corners: cornersInPhoto(exhibit, box),
    landmarks: landmarks ? landmarksInPhoto(exhibit, landmarks) : null,
  }));
  return faces.map(({ box }) => {
    const fitting = candidates.filter(({ corners }) => iou(boxOf(corners), box) >= SAME_FACE);
    return fitting.reduce<Sighting | null>((best, one) => (best && best.score >= one.score ? best : one), null);
  });
}

/** Of one face, by what was said of it in each exhibit. */
function worthOf(seen: readonly (Sighting | null)[], eyes: number): number {
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const odds = mean(seen.map((sighting) => logOdds(sighting?.score ?? 0)));
  const points = seen.map((sighting) => sighting && [...sighting.corners, ...(sighting.landmarks ?? [])].flat());
  const known = points.filter((point) => point !== null);
  const centre = (known[0] ?? []).map((_, k) => mean(known.map((point) => point[k]!)));
  const apart = points.map((point) =>
    point ? Math.sqrt(mean(point.map((value, k) => ((value - centre[k]!) / eyes) ** 2))) : 1,
  );
  return odds - STEADINESS * Math.log(STEADY + mean(apart));
}

function boxOf([[x0, y0], [x1, y1]]: Sighting["corners"]): Box {
  return [x0 + 0.5, y0 + 0.5, x1 + 0.5, y1 + 0.5];
}

/** Sides to use where a graph leaves them open: what these detectors are usually run at. */
const OPEN_SIDE = 640;

function networkOf({ name, session, graph, heads }: DetectorSubject, contract: Contract): Network {
  const { width, height } = fixedSize(graph, contract.layout);
  const { colorOrder: color, mean, scale, layout } = contract;
  const size = { width: width ?? OPEN_SIDE, height: height ?? OPEN_SIDE, dynamic: false, stride: 32 };
  return {
    name,
    session,
    outputs: heads.outputs,
    input: { name: graph.input.name, color, mean, scale, layout, ...size },
    // The session is the caller's.
    async [Symbol.asyncDispose]() {},
  };
}

function logOdds(score: number): number {
  const p = Math.min(Math.max(score, LEAST), MOST);
  return Math.log(p / (1 - p));
}
