import { ArcfaceError } from "../../errors.ts";
import type { NNArchiveConfig, NNArchiveConfigInput } from "../../nn-archive/config.ts";
import { scrfdRoles } from "../../parsers/scrfd.ts";
import { yunetRoles } from "../../parsers/yunet.ts";
import type { Card, CardOf } from "../cards/card.ts";

type ArchiveHead = NonNullable<NNArchiveConfigInput["model"]["heads"]>[number];
type ArchiveOutput = NNArchiveConfig["model"]["outputs"][number];

/** What a head tells of a card: its kind, and how its outputs are read. */
export type CardReading =
  | { readonly kind: "recognizer"; readonly outputs: Record<string, string>; readonly size: number | null }
  | {
      readonly kind: "detector";
      readonly outputs: Record<string, string>;
      readonly parser: CardOf<"detector">["parser"];
    };

type Detector = {
  /** The name of the card's parser. */
  readonly name: string;
  readonly defaults: { readonly scoreThreshold: number; readonly nmsThreshold: number; readonly maxDetections: number };
  /** The roles of a network's outputs by their number, in the order of the published files. */
  roles(count: number): string[];
  readonly metadata: Readonly<Record<string, unknown>>;
};

/** Detectors by the name of DepthAI's parser. The defaults are those of our own parsers, so that they are told. */
const detectors: Readonly<Record<string, Detector>> = {
  SCRFDParser: {
    name: "scrfd",
    defaults: { scoreThreshold: 0.5, nmsThreshold: 0.4, maxDetections: 100 },
    roles: scrfdRoles,
    metadata: { anchors: null },
  },
  YuNetParser: {
    name: "yunet",
    defaults: { scoreThreshold: 0.7, nmsThreshold: 0.3, maxDetections: 5000 },
    roles: () => yunetRoles(),
    metadata: {},
  },
};

const SUPPORTED = ["EmbeddingsParser", ...Object.keys(detectors)];

/**
 * Names of a network's outputs by role: as its card maps them, or by the roles' own names, or by position.
 *
 * @param names as the graph has them.
 * @returns nothing for kinds of networks whose outputs DepthAI has no parser for.
 */
export function outputRoles(card: Card, names: readonly string[]): Record<string, string> {
  const mapped = card.model?.outputs ?? {};
  if (card.kind === "recognizer") {
    const embedding = mapped.embedding ?? (names.length === 1 ? names[0] : undefined);
    return embedding === undefined ? {} : { embedding };
  }
  const detector = detectorOf(card);
  if (!detector || Object.keys(mapped).length > 0) return mapped;
  const roles = detector.roles(names.length);
  const byName = roles.every((role) => names.includes(role));
  return Object.fromEntries(roles.map((role, i) => [role, byName ? role : names[i]!]));
}

/** DepthAI's heads for a card; null where it has no parser for such a network. */
export function headsOf(card: Card, names: readonly string[]): ArchiveHead[] | null {
  const outputs = outputRoles(card, names);
  if (card.kind === "recognizer") {
    return outputs.embedding === undefined ? null : [head("EmbeddingsParser", [outputs.embedding], {})];
  }
  const detector = detectorOf(card);
  if (card.kind !== "detector" || !detector) return null;
  const [parser] = Object.entries(detectors).find(([, one]) => one === detector)!;
  const spec: Record<string, unknown> = { ...detector.defaults, ...card.parser };
  const strides = Array.isArray(spec.strides) ? spec.strides : stridesOf(Object.keys(outputs));
  return [
    head(parser, Object.values(outputs), {
      classes: ["Face"],
      n_classes: 1,
      iou_threshold: spec.nmsThreshold,
      conf_threshold: spec.scoreThreshold,
      max_det: detector.defaults.maxDetections,
      ...detector.metadata,
      feat_stride_fpn: strides,
      ...(detector.name === "scrfd" && { num_anchors: spec.anchorsPerCell ?? (strides.length === 5 ? 1 : 2) }),
    }),
  ];
}

/**
 * The kind of card that an archive's head makes.
 *
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where there is not one head, or one of a parser that we have not.
 */
export function readHead({ model }: NNArchiveConfig, where: string): CardReading {
  const refuse = (message: string, hint?: string): ArcfaceError =>
    new ArcfaceError("UNSUPPORTED_FORMAT", `${where}: ${message}`, { hint });
  const [first, ...others] = model.heads ?? [];
  const byCard = "give a card of its own: --card my.yaml says how it is fed and read";
  if (!first) throw refuse("No heads defined in the NN Archive.", byCard);
  if (others.length > 0) throw refuse(`expected one head, got ${others.length + 1}`, byCard);
  const names = first.outputs ?? model.outputs.map(({ name }) => name);
  if (first.parser === "EmbeddingsParser") {
    const [embedding] = names;
    if (embedding === undefined || names.length !== 1)
      throw refuse(`Embeddings head should have only one output layer, got ${names.join(", ") || "none"}`);
    return {
      kind: "recognizer",
      outputs: { embedding },
      size: sizeOf(model.outputs.find((o) => o.name === embedding)),
    };
  }
  const detector = detectors[first.parser];
  if (!detector) throw refuse(`expected a head of ${SUPPORTED.join(", ")}, got ${first.parser}`, byCard);
  const { conf_threshold, iou_threshold, feat_stride_fpn, num_anchors } = first.metadata as Record<string, unknown>;
  const parser = {
    name: detector.name,
    ...(typeof conf_threshold === "number" && { scoreThreshold: conf_threshold }),
    ...(typeof iou_threshold === "number" && { nmsThreshold: iou_threshold }),
    ...(Array.isArray(feat_stride_fpn) && { strides: feat_stride_fpn }),
    ...(typeof num_anchors === "number" && detector.name === "scrfd" && { anchorsPerCell: num_anchors }),
  };
  return { kind: "detector", outputs: rolesByName(detector, names, refuse), parser };
}

/** Output names by role: names that end in a role have it; where none does, they are taken by position. */
function rolesByName(
  { name, roles }: Detector,
  names: readonly string[],
  refuse: (message: string) => ArcfaceError,
): Record<string, string> {
  const wanted = roles(names.length);
  const found = wanted.map((role) =>
    names.find((one) => one === role || one.endsWith(`_${role}`) || one.endsWith(`/${role}`)),
  );
  if (found.every((one) => one !== undefined)) return Object.fromEntries(wanted.map((role, i) => [role, found[i]!]));
  if (name === "scrfd" && found.every((one) => one === undefined))
    return Object.fromEntries(wanted.map((role, i) => [role, names[i]!]));
  throw refuse(`expected outputs ${wanted.join(", ")} for ${name}, got ${names.join(", ")}`);
}

function detectorOf(card: Card): Detector | undefined {
  return card.kind === "detector" ? Object.values(detectors).find(({ name }) => name === card.parser.name) : undefined;
}

function stridesOf(roles: readonly string[]): number[] {
  const strides = roles.map((role) => Number(role.split("_").at(-1))).filter(Number.isInteger);
  return [...new Set(strides)].sort((a, b) => a - b);
}

/** Numbers an embedding has; null where the archive does not tell. */
function sizeOf(output: ArchiveOutput | undefined): number | null {
  return output?.shape?.slice(1).reduce((product, dim) => product * dim, 1) ?? null;
}

function head(parser: string, outputs: string[], metadata: Record<string, unknown>): ArchiveHead {
  return { parser, outputs, metadata };
}
