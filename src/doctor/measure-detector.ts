import { shotSchema } from "../detect/shot-kinds.ts";
import { ArcfaceError, expected } from "../errors.ts";
import type { Landmarks } from "../geometry/types.ts";
import type { Session } from "../host/host.ts";
import type { Alignment } from "../image/crop-face.ts";
import { recognizeHeads } from "./detector-heads.ts";
import { createDetectorRunner, type DetectorSubject, sightings } from "./detector-runner.ts";
import { readGraphFacts } from "./graph-facts.ts";
import { readLandmarkOrder } from "./landmark-order.ts";
import type { DetectorMeasurement, MeasureOptions } from "./measurement.ts";
import { makeExhibits, type Photo } from "./photos.ts";
import type { Standing } from "./race.ts";
import { searchContracts } from "./search.ts";

/** Photographs of the first looks, and of the first rounds of those that decide; the last has all. */
const FIRST = 6;
const ROUNDS = [10, 20];

/** What all contracts have for the order of landmarks while only pixels are looked at. */
const ORDER: Alignment = "arcface";

/** A score that needs most faces to be found in most exhibits. */
const CLEARLY = 0.5;

/** A detector works that finds so many of the faces at its usual threshold. */
const FOUND_SHARE = 0.5;

/**
 * Show photographs to a detector of one network under every likely contract, and see under which it is surest of the
 * faces that are there.
 *
 * @param photos with the faces that a detector found which is known to work.
 * @param name what errors call the network.
 * @throws {ArcfaceError} MODEL_MISMATCH where the graph is of no detector that can be read; INVALID_ARGUMENT where the
 * photographs show no face; CANCELLED.
 */
export async function measureDetector(
  session: Session,
  photos: readonly Photo[],
  name: string,
  { also = [], signal, onRun }: MeasureOptions = {},
): Promise<DetectorMeasurement> {
  const graph = readGraphFacts(session, name);
  const heads = recognizeHeads(session.outputs);
  if (!heads) {
    const got = session.outputs.map((output) => `${output.name} [${output.shape.join(", ")}]`).join(", ");
    throw new ArcfaceError(
      "MODEL_MISMATCH",
      `${name}: expected outputs of SCRFD, YuNet, BlazeFace or UltraFace, got ${got}`,
    );
  }
  const shown = photos.filter(({ faces }) => faces.length > 0);
  if (shown.length === 0) throw expected("doctor", "photographs with faces", `none in ${photos.length}`);
  const subject: DetectorSubject = { name, session, graph, heads, photos: shown };
  const all = shown.length;
  const own = also.map((contract) => ({ ...contract, alignment: ORDER }));
  let done = 0;
  const standings = await searchContracts(
    (contract) => createDetectorRunner(subject, contract, { signal, onRun: () => onRun?.(++done) }),
    // Landmarks are looked at when the pixels are right.
    { colorOrders: ["RGB", "BGR"], layouts: graph.layouts, alignments: [ORDER], also: own },
    {
      first: Math.min(FIRST, all),
      rounds: [...new Set([...ROUNDS, all].map((count) => Math.min(count, all)))],
      clearly: CLEARLY,
      signal,
    },
  );
  const [best] = standings as [Standing];
  const { scoreThreshold } = shotSchema.parse({ name: heads.parser });
  const seen: { readonly landmarks: Landmarks; readonly truth: Landmarks }[] = [];
  let [faces, found] = [0, 0];
  for (const photo of shown.slice(0, best.samples)) {
    const answers = await sightings(subject, best.contract, photo, makeExhibits(photo)[0]!);
    faces += answers.length;
    for (const [i, answer] of answers.entries()) {
      if (!answer || answer.score < scoreThreshold) continue;
      found++;
      if (answer.landmarks) seen.push({ landmarks: answer.landmarks, truth: photo.faces[i]!.landmarks });
    }
  }
  const { alignment, error } = readLandmarkOrder(seen);
  return {
    kind: "detector",
    graph,
    standings: standings.map((standing) => ({ ...standing, contract: { ...standing.contract, alignment } })),
    works: found >= FOUND_SHARE * faces,
    heads,
    counts: { photos: best.samples, faces, found },
    landmarkError: error,
  };
}
