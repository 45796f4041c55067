import * as z from "zod";
import { ArcfaceError } from "../errors.ts";
import { EVALUATION_FORMAT, type Evaluation, type Figure } from "../evaluate/evaluation.ts";
import { percent, span } from "./format.ts";

const figure = z.object({
  name: z.string(),
  value: z.number().nullable(),
  interval: z.tuple([z.number(), z.number()]).nullable(),
  better: z.enum(["higher", "lower"]),
});

/** What a gate reads of an earlier results.json, or of what `arcface evaluate --json` printed. */
const baseline = z.object({
  format: z.literal(EVALUATION_FORMAT),
  protocol: z.object({
    name: z.string(),
    options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    dataSet: z.string(),
  }),
  recognizer: z.object({ name: z.string() }),
  detector: z.object({ name: z.string() }).nullable(),
  figures: z.array(figure),
});

export type Baseline = z.infer<typeof baseline>;

export type GatedFigure = {
  readonly name: string;
  readonly before: number | null;
  readonly now: number | null;
  /** `not judged` where the earlier figure has no interval. */
  readonly verdict: "kept" | "fell" | "not judged";
  /** What happened, for people. */
  readonly sentence: string;
};

export type Gate = {
  readonly passed: boolean;
  /** What was compared with what. */
  readonly compared: string;
  readonly figures: readonly GatedFigure[];
};

/** @param file what errors call it. @throws {ArcfaceError} UNSUPPORTED_FORMAT where the text is no such results. */
export function parseBaseline(text: string, file: string): Baseline {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `--gate ${file}: not JSON`, { cause });
  }
  const parsed = baseline.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "the file"}: ${message}`);
  throw new ArcfaceError(
    "UNSUPPORTED_FORMAT",
    `--gate ${file}: not the results of an evaluation: ${problems.join("; ")}`,
    {
      hint: "arcface evaluate … --out DIR writes DIR/results.json",
    },
  );
}

/**
 * Refuse results that would not be comparable, before anything is measured as far as it can be told.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT
 */
export function checkProtocol(before: Baseline, name: string, file: string): void {
  if (before.protocol.name === name) return;
  throw new ArcfaceError(
    "INVALID_ARGUMENT",
    `--gate ${file}: expected results of ${name}, got ${before.protocol.name}`,
  );
}

/**
 * Has a figure become worse by more than its interval? Each is held against the interval that the earlier results give it:
 * a figure outside of it, on its bad side, has fallen.
 *
 * @param file what errors call the earlier results.
 * @throws {ArcfaceError} INVALID_ARGUMENT for results of another protocol, of other options, or of another data set.
 */
export function gate(now: Evaluation, before: Baseline, file: string): Gate {
  checkProtocol(before, now.protocol.name, file);
  const differing = differences(before.protocol.options, now.protocol.options);
  if (differing.length > 0) {
    throw new ArcfaceError("INVALID_ARGUMENT", `--gate ${file}: measured with other options: ${differing.join(", ")}`);
  }
  if (before.protocol.dataSet !== now.protocol.dataSet) {
    const got = `${before.protocol.dataSet}, here ${now.protocol.dataSet}`;
    throw new ArcfaceError("INVALID_ARGUMENT", `--gate ${file}: measured on another data set: ${got}`, {
      hint: "pictures or pairs differ: measure the earlier model on this data set, and keep its results",
    });
  }
  const figures = before.figures.map((earlier) =>
    judge(
      earlier,
      now.figures.find(({ name }) => name === earlier.name),
    ),
  );
  const isJudged = figures.some(({ verdict }) => verdict !== "not judged");
  return {
    passed: isJudged && figures.every(({ verdict }) => verdict !== "fell"),
    compared: `${modelsOf(now)} against ${modelsOf(before)} (${file}), ${now.protocol.title}`,
    figures,
  };
}

function judge(before: Baseline["figures"][number], now: Figure | undefined): GatedFigure {
  const { name, interval } = before;
  const told = { name, before: before.value, now: now?.value ?? null };
  if (before.value === null || interval === null) {
    const why = before.value === null ? "no value" : "no interval";
    return { ...told, verdict: "not judged", sentence: `${name}: not judged, as the earlier results give ${why}` };
  }
  if (told.now === null) {
    return { ...told, verdict: "fell", sentence: `${name}: ${percent(before.value)} before, and cannot be told now` };
  }
  const [bad, end] = before.better === "higher" ? ["fell", interval[0]] : ["rose", interval[1]];
  const isWorse = before.better === "higher" ? told.now < end : told.now > end;
  const sentence = isWorse
    ? `${name} ${bad} from ${percent(before.value)} to ${percent(told.now)}, out of its interval of ${span(interval)}`
    : `${name}: ${percent(told.now)}, ${percent(before.value)} before with an interval of ${span(interval)}`;
  return { ...told, verdict: isWorse ? "fell" : "kept", sentence };
}

function modelsOf({ recognizer, detector }: Pick<Baseline, "recognizer" | "detector">): string {
  return detector === null ? recognizer.name : `${recognizer.name} with ${detector.name}`;
}

function differences(before: Baseline["protocol"]["options"], now: Evaluation["protocol"]["options"]): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  return names
    .filter((name) => before[name] !== now[name])
    .map((name) => `${name} ${before[name] ?? "absent"}, here ${now[name] ?? "absent"}`);
}
