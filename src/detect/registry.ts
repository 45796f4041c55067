import * as z from "zod";
import { ArcfaceError } from "../errors.ts";
import type { Network } from "../host/network.ts";
import { createCascade } from "./cascade.ts";
import type { FaceDetector } from "./face-detector.ts";
import type { Finder } from "./finder.ts";
import { createLandmarker68, createOnetLandmarker, type Landmarker } from "./landmarker.ts";
import { createMtcnn } from "./mtcnn.ts";
import { createDetectorOf } from "./options.ts";
import { withRoles } from "./run-network.ts";
import { createShotFor, type ShotSpec, shotSchema } from "./shot-kinds.ts";

/** A card's `parser` block. */
export type ParserSpec = { readonly name: string; readonly [option: string]: unknown };

/** Networks by the role they play; a card's own `model` is `detector`. */
export type Networks = Readonly<Record<string, Network>>;

const landmarkSchema = z.discriminatedUnion("name", [
  z.strictObject({ name: z.literal("onet"), transposed: z.boolean().default(true) }),
  z.strictObject({ name: z.literal("landmarks-68") }),
]);

const score = z.number().gt(0).lte(1);

const cascadeSchema = z.strictObject({
  name: z.literal("cascade"),
  detector: shotSchema.prefault({ name: "blazeface" }),
  landmarks: landmarkSchema.prefault({ name: "onet" }),
  proposals: shotSchema.prefault({ name: "ultraface" }),
  scoreThreshold: score.optional(),
});

const mtcnnSchema = z.strictObject({
  name: z.literal("mtcnn"),
  scoreThreshold: score.default(0.7),
  thresholds: z.array(score).length(2).default([0.6, 0.7]),
  factor: z.number().gt(0).lt(1).default(0.709),
  minFaceSize: z.number().min(12).default(20),
  transposed: z.boolean().default(true),
});

/** How a kind of detector is made: the roles it needs and may have, and the finder they make. */
type Kind = {
  readonly needs: readonly string[];
  readonly takes?: readonly string[];
  make(spec: ParserSpec, networks: Networks, name: string): Finder;
};

/**
 * Kinds of detectors by the name a card's `parser` has. In brackets: defaults.
 *
 * | name        | networks by role, with their output roles        | options |
 * |-------------|--------------------------------------------------|---------|
 * | `scrfd`     | detector: score_S, bbox_S, kps_S                 | scoreThreshold [0.5], nmsThreshold [0.4], strides, anchorsPerCell [from the outputs] |
 * | `yunet`     | detector: cls_S, obj_S, bbox_S, kps_S            | scoreThreshold [0.7], nmsThreshold [0.3], strides [8, 16, 32] |
 * | `blazeface` | detector: scores, regressors                     | scoreThreshold [0.5], nmsThreshold [0.3] |
 * | `ultraface` | detector: scores, boxes; landmarks               | scoreThreshold [0.6], nmsThreshold [0.4], landmarks [{ name: landmarks-68 }] |
 * | `mtcnn`     | pnet, rnet: probability, box; onet: and points   | scoreThreshold [0.7], thresholds of pnet and rnet [0.6, 0.7], factor [0.709], minFaceSize [20], transposed [true] |
 * | `cascade`   | detector, landmarks; proposals may be absent     | detector [{ name: blazeface }], landmarks [{ name: onet }], proposals [{ name: ultraface }], scoreThreshold [the detector's] |
 *
 * Landmark networks: `onet` (probability, box, points; option transposed [true]), `landmarks-68` (points).
 * A card that maps no outputs means those of the roles' names; SCRFD's are then taken by position where the graph has
 * other names.
 */
const kinds: Readonly<Record<string, Kind>> = {
  scrfd: { needs: ["detector"], make: makeShot },
  yunet: { needs: ["detector"], make: makeShot },
  blazeface: { needs: ["detector"], make: makeShot },
  ultraface: {
    needs: ["detector", "landmarks"],
    make({ landmarks = { name: "landmarks-68" }, ...detector }, networks, name) {
      const spec = { name: "cascade", detector, landmarks };
      return makeCascade(spec, networks, name);
    },
  },
  cascade: { needs: ["detector", "landmarks"], takes: ["proposals"], make: makeCascade },
  mtcnn: {
    needs: ["pnet", "rnet", "onet"],
    make(spec, { pnet, rnet, onet }, name) {
      const { name: _, ...options } = read(mtcnnSchema, spec, name);
      const networks = {
        pnet: withRoles(pnet!, ["probability", "box"]),
        rnet: withRoles(rnet!, ["probability", "box"]),
        onet: withRoles(onet!, ["probability", "box", "points"]),
      };
      return createMtcnn(networks, options);
    },
  },
};

/**
 * A detector out of a card and its networks, which it owns: disposing it disposes them.
 *
 * @param name what the detector and its errors are called: the card's slug.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where the card names a parser or options that are none;
 * MODEL_MISMATCH where a role has no network, or a network's graph lacks what its card says. The networks are then
 * still the caller's.
 */
export function createDetector(name: string, parser: ParserSpec, networks: Networks): FaceDetector {
  const kind = Object.hasOwn(kinds, parser.name) ? kinds[parser.name] : undefined;
  if (!kind) {
    const known = Object.keys(kinds).join(", ");
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: expected a parser among ${known}, got ${parser.name}`);
  }
  const missing = kind.needs.find((role) => !networks[role]);
  const unknown = Object.keys(networks).find((role) => ![...kind.needs, ...(kind.takes ?? [])].includes(role));
  if (missing !== undefined || unknown !== undefined) {
    const got = Object.keys(networks).join(", ") || "none";
    throw new ArcfaceError(
      "MODEL_MISMATCH",
      `${name}: expected networks ${kind.needs.join(", ")} for parser ${parser.name}, got ${got}`,
      { hint: "the card's `stages` names cards by role; its own `model` is the role detector" },
    );
  }
  return createDetectorOf(name, kind.make(parser, networks, name));
}

/** The names that a detector card's `parser` may have. */
export const detectorParsers: readonly string[] = Object.keys(kinds);

function makeShot(spec: ParserSpec, { detector }: Networks, name: string): Finder {
  const shot = createShotFor(detector!, read(shotSchema, spec, name));
  if (shot.kind.landmarks) return createCascade({ detector: shot });
  throw new ArcfaceError("MODEL_MISMATCH", `${name}: expected outputs with landmarks (kps_8 …), got boxes only`, {
    hint: "name it as the detector of a `cascade`, whose stage landmarks finds them",
  });
}

function makeCascade(spec: ParserSpec, { detector, landmarks, proposals }: Networks, name: string): Finder {
  const card = read(cascadeSchema, spec, name);
  const main: ShotSpec =
    card.scoreThreshold === undefined ? card.detector : { ...card.detector, scoreThreshold: card.scoreThreshold };
  return createCascade({
    detector: createShotFor(detector!, main),
    landmarker: makeLandmarker(landmarks!, card.landmarks),
    proposer: proposals && createShotFor(proposals, card.proposals),
  });
}

function makeLandmarker(network: Network, spec: z.infer<typeof landmarkSchema>): Landmarker {
  if (spec.name === "landmarks-68") return createLandmarker68(withRoles(network, ["points"]));
  return createOnetLandmarker(withRoles(network, ["probability", "box", "points"]), spec);
}

function read<Schema extends z.ZodType>(schema: Schema, spec: ParserSpec, name: string): z.infer<Schema> {
  const parsed = schema.safeParse(spec);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `parser.${path.join(".")}: ${message}`);
  throw new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: not a parser of a detector card: ${problems.join("; ")}`);
}
