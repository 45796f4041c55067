import { type Contract, describeFeeding } from "./contract.ts";
import type { Measurement } from "./measurement.ts";
import type { Verdict } from "./verdict.ts";

/** What the doctor answers: the verdict, and what it rests on. */
export type Diagnosis = Verdict & {
  /** What was looked at: a slug, a path. */
  readonly model: string;
  readonly kind: Measurement["kind"];
  /** The slug of the card that was judged; `null` where there is none. */
  readonly card: string | null;
  /** Does any of the contracts make the network do its work? */
  readonly works: boolean;
  readonly counts: Readonly<Record<string, number>>;
  /** How a recogniser's genuine pairs were made; `null` of detectors. */
  readonly pairs: string | null;
  /** All that was tried, the likeliest first. */
  readonly hypotheses: readonly Hypothesis[];
};

export type Hypothesis = Contract & {
  /** Recogniser: separation; detector: see createDetectorRunner. `null` where there was no answer to score. */
  readonly score: number | null;
  /** Crops, or photographs with their variants, that it was measured on. */
  readonly samples: number;
  readonly share: number;
};

/** The table of hypotheses, and a sentence or a few. */
export function formatDiagnosis(diagnosis: Diagnosis): string {
  return [...tableOf(diagnosis), "", ...sentencesOf(diagnosis)].join("\n");
}

function tableOf({ hypotheses, kind }: Diagnosis): string[] {
  const layouts = new Set(hypotheses.map(({ layout }) => layout)).size > 1;
  const rows = hypotheses.map((h) => [
    `${describeFeeding(h)}${layouts ? ` ${h.layout}` : ""}`,
    h.alignment,
    h.score === null ? "–" : h.score.toFixed(2),
    `${h.samples}`,
    h.share === 0 ? "–" : percent(h.share),
  ]);
  const score = kind === "recognizer" ? "separation" : "score";
  const heads = ["contract", kind === "recognizer" ? "alignment" : "landmarks", score, "samples", "likelihood"];
  const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ");
  return [line(heads), ...rows.map(line)];
}

function sentencesOf(diagnosis: Diagnosis): string[] {
  const { model, works, contract, confidence, cannotTell, disagreements, card, cardAgrees } = diagnosis;
  if (!works) {
    return [`${model}: no contract that was tried makes it work; another may, or it is another kind of network`];
  }
  const found = `${model} wants ${describeContract(diagnosis, contract)}: ${percent(confidence)} sure, from ${countsOf(diagnosis)}`;
  const doubts = cannotTell.map((field) => `cannot tell ${DOUBTS[field]} from these faces`);
  return [found, ...doubts, ...judgement(card, cardAgrees, disagreements)];
}

const DOUBTS = {
  color: "RGB from BGR",
  normalization: "the mean and scale",
  alignment: "the alignment",
  layout: "NCHW from NHWC",
} as const;

const CROPS = {
  arcface: "aligned by landmarks",
  mirrored: "aligned by landmarks with left and right exchanged",
  none: "the face's box stretched",
} as const;

function describeContract({ kind }: Diagnosis, contract: Contract): string {
  const fed = `${describeFeeding(contract)}, ${contract.layout}`;
  if (kind === "recognizer") return `${fed}, ${CROPS[contract.alignment]}`;
  return contract.alignment === "mirrored" ? `${fed}; its landmarks come with left and right exchanged` : fed;
}

function judgement(card: string | null, agrees: boolean | null, disagreements: Diagnosis["disagreements"]): string[] {
  if (card === null) return ["there is no card to compare with"];
  if (agrees === true) return [`the card ${card} agrees`];
  if (agrees === null) return [`whether the card ${card} agrees cannot be told`];
  const show = (value: unknown): string => (Array.isArray(value) ? `[${value.map(short).join(", ")}]` : short(value));
  const wrong = disagreements.map(({ field, card: said, found }) => `${field} ${show(said)}, found ${show(found)}`);
  return [`the card ${card} is wrong: ${wrong.join("; ")}`];
}

function countsOf({ kind, counts, pairs }: Diagnosis): string {
  if (kind === "detector") return `${counts.faces} faces in ${counts.photos} photographs`;
  const variants = pairs === "variants" ? ` in ${counts.samples} variants` : "";
  const made = `${counts.genuine} genuine and ${counts.impostor} impostor pairs`;
  return `${counts.faces} faces of ${counts.people} people${variants} (${made})`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function short(value: unknown): string {
  return typeof value === "number" ? `${Math.round(value * 1000) / 1000}` : `${value}`;
}
