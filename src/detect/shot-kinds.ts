import * as z from "zod";
import { nms, weightedNms } from "../geometry/box.ts";
import type { Network } from "../host/network.ts";
import { parseBlazeface } from "../parsers/blazeface.ts";
import { parseScrfd, scrfdRoles } from "../parsers/scrfd.ts";
import { parseUltraface } from "../parsers/ultraface.ts";
import { parseYunet, yunetRoles } from "../parsers/yunet.ts";
import { withRoles } from "./run-network.ts";
import { createShot, type Shot } from "./single-shot.ts";

const score = z.number().gt(0).lte(1);
const overlap = z.number().min(0).max(1);
const strides = z.array(z.number().int().positive()).min(1);

/**
 * Detectors of one network, as a card's `parser` names them. One shape for each: what a card may say, with its
 * defaults, and the detector that makes of it.
 */
export const shotSchema = z.discriminatedUnion("name", [
  z.strictObject({
    name: z.literal("scrfd"),
    scoreThreshold: score.default(0.5),
    nmsThreshold: overlap.default(0.4),
    strides: strides.optional(),
    anchorsPerCell: z.number().int().positive().optional(),
  }),
  z.strictObject({
    name: z.literal("yunet"),
    scoreThreshold: score.default(0.7),
    nmsThreshold: overlap.default(0.3),
    strides: strides.optional(),
  }),
  z.strictObject({
    name: z.literal("blazeface"),
    scoreThreshold: score.default(0.5),
    nmsThreshold: overlap.default(0.3),
  }),
  z.strictObject({
    name: z.literal("ultraface"),
    scoreThreshold: score.default(0.6),
    nmsThreshold: overlap.default(0.4),
  }),
]);

export type ShotSpec = z.infer<typeof shotSchema>;
type SpecOf<Name extends ShotSpec["name"]> = Extract<ShotSpec, { name: Name }>;

const makers: { readonly [Name in ShotSpec["name"]]: (network: Network, spec: SpecOf<Name>) => Shot } = {
  scrfd(network, { scoreThreshold, nmsThreshold, ...heads }) {
    const mapped = Object.keys(network.outputs);
    const roles = mapped.length > 0 ? mapped : scrfdRoles(network.session.outputs.length);
    return createShot(withRoles(network, roles, true), {
      fit: "top-left",
      scoreThreshold,
      landmarks: roles.some((role) => role.startsWith("kps")),
      parse: (outputs, options) => parseScrfd(outputs, { ...options, ...heads }),
      suppress: (detections) => nms(detections, nmsThreshold, { inclusive: true }),
    });
  },
  yunet(network, { scoreThreshold, nmsThreshold, ...heads }) {
    return createShot(withRoles(network, yunetRoles(heads.strides)), {
      fit: "top-left",
      scoreThreshold,
      landmarks: true,
      parse: (outputs, options) => parseYunet(outputs, { ...options, ...heads }),
      suppress: (detections) => nms(detections, nmsThreshold),
    });
  },
  blazeface(network, { scoreThreshold, nmsThreshold }) {
    return createShot(withRoles(network, ["scores", "regressors"]), {
      fit: "centred",
      scoreThreshold,
      landmarks: true,
      parse: parseBlazeface,
      suppress: (detections) => weightedNms(detections, nmsThreshold),
    });
  },
  ultraface(network, { scoreThreshold, nmsThreshold }) {
    return createShot(withRoles(network, ["scores", "boxes"]), {
      fit: "stretched",
      scoreThreshold,
      landmarks: false,
      parse: parseUltraface,
      suppress: (detections) => nms(detections, nmsThreshold),
    });
  },
};

export function createShotFor<Name extends ShotSpec["name"]>(
  network: Network,
  spec: SpecOf<Name> & { name: Name },
): Shot {
  return makers[spec.name](network, spec);
}
