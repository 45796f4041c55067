import { expected } from "../errors.ts";
import type { Session } from "../host/host.ts";
import type { Recognizer } from "../recognize/recognizer.ts";
import type { Card } from "../zoo/cards/card.ts";
import { contractOf } from "./card-contract.ts";
import { type CollectOptions, collectFaces, collectPhotos, type FaceFiles } from "./collect.ts";
import { recognizeHeads } from "./detector-heads.ts";
import { fixedSize, readGraphFacts } from "./graph-facts.ts";
import { measureDetector } from "./measure-detector.ts";
import { measureRecognizer } from "./measure-recognizer.ts";
import type { Measurement } from "./measurement.ts";
import { makeSamples } from "./samples.ts";
import { VARIANTS } from "./variants.ts";

/** A network to look at. */
export type Patient = {
  /** What errors call it. */
  readonly name: string;
  readonly session: Session;
  /** Its contract is tried besides the likely ones; `null` where there is none. */
  readonly card: Card | null;
};

export type DoctorOptions = Omit<CollectOptions, "limit" | "onProgress"> & {
  /** Faces fed to a recogniser at most, or ten times the photographs that a detector is shown. Default 240. */
  readonly limit?: number;
  readonly onProgress?: ((phase: "finding faces" | "feeding faces", done: number, total: number) => void) | undefined;
};

/** The side of a recogniser's crops where neither graph nor card says it. */
const USUAL_SIDE = 112;

/**
 * Which contract do a network's weights follow? judgeCard then tells whether a card agrees.
 *
 * @param helper a recogniser with its detector, known to work: it finds the faces.
 * @throws {ArcfaceError} INVALID_ARGUMENT where the card is of neither a recogniser nor a detector, or the faces do not
 * do; MODEL_MISMATCH where the network is neither; CANCELLED.
 */
export async function examine(
  { name, session, card }: Patient,
  files: FaceFiles,
  helper: Recognizer,
  { limit = 240, onProgress, ...options }: DoctorOptions = {},
): Promise<Measurement> {
  if (card && card.kind !== "recognizer" && card.kind !== "detector") {
    throw expected("doctor", "a recogniser or a detector", `a card of kind ${card.kind}: ${card.slug}`);
  }
  const { signal } = options;
  const said = card && contractOf(card);
  const measure = {
    also: said ? [said] : [],
    signal,
    onRun: (done: number) => onProgress?.("feeding faces", done, 0),
  };
  const finding = {
    ...options,
    onProgress: (done: number, total: number) => onProgress?.("finding faces", done, total),
  };
  if (recognizeHeads(session.outputs)) {
    const photos = await collectPhotos(helper, files, { ...finding, limit: Math.max(1, Math.round(limit / 10)) });
    return measureDetector(session, photos, name, measure);
  }
  const graph = readGraphFacts(session, name);
  const { width, height } = fixedSize(graph, graph.layouts[0]!);
  const size = width ?? height ?? card?.model?.input.width ?? USUAL_SIDE;
  const areLabelled = files.kind === "people";
  const wanted = areLabelled ? limit : Math.ceil(limit / VARIANTS);
  const faces = await collectFaces(helper, files, size, { ...finding, limit: wanted });
  const samples = makeSamples(faces, { limit, areLabelled, seed: options.seed ?? 1 });
  return measureRecognizer(session, samples, name, measure);
}
