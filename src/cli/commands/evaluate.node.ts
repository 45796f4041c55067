import { ArcfaceError, expected } from "../../errors.ts";
import type { Evaluated, EvaluateOptions } from "../../evaluate/evaluate.node.ts";
import type { Evaluation } from "../../evaluate/evaluation.ts";
import type { ProtocolName } from "../../evaluate/protocols.node.ts";
import type { EvaluationSummary } from "../../evaluate/summary.ts";
import { type CliContext, defineCommand, type OptionSpecs, type OptionValues } from "../command.ts";
import { outputFile, writeOutput } from "../draw.node.ts";
import { formatReport, makeReport, prepareReport, type ReportResult, reportOptions } from "../evaluate-report.node.ts";
import { nodeOptions } from "../open.node.ts";
import { detectorOption, given, modelOptions, toNetworks } from "../options.ts";

const options = {
  data: { type: "string", value: "DIR", describe: "the data set's folder, or its file" },
  ...modelOptions,
  ...detectorOption,
  // Not noFlip: commander takes --no-… for the negation of an option that would be on.
  withoutFlip: { type: "boolean", describe: "do not add the mirrored face's embedding" },
  allowMissing: { type: "boolean", describe: "count missing and unreadable pictures, rather than refuse the set" },
  fresh: { type: "boolean", describe: "embed every picture again, and keep nothing" },
  roc: { type: "string", value: "FILE", describe: "write the ROC as SVG" },
  ...reportOptions,
  workers: { type: "number", min: 1, integer: true, describe: "threads that embed (default: one a core)" },
  concurrency: {
    type: "number",
    min: 1,
    integer: true,
    describe: "pictures under way at once (default: two a thread)",
  },
  aligned: { type: "string", value: "DIR", describe: "lfw: aligned 112x112 crops, named as the photographs" },
  protocol: { type: "string", choices: ["FF", "FP"], describe: "cfp: frontal to frontal, or to profile (default FP)" },
  frames: {
    type: "string",
    choices: ["aligned", "raw"],
    describe: "ytf: which frames (default: aligned, where there are)",
  },
  sample: {
    type: "number",
    value: "N",
    min: 1,
    integer: true,
    describe: "ytf: at most N frames a video, evenly spread",
  },
  middle: {
    type: "number",
    value: "PX",
    min: 1,
    integer: true,
    describe: "ytf: crop the middle of aligned frames, no detector",
  },
  labels: { type: "string", choices: ["corrected", "original"], describe: "ytf: which labels of splits_corrected.txt" },
  pooling: {
    type: "string",
    choices: ["norm-mean", "mean"],
    describe: "ytf: normalise frames before the mean, or not",
  },
  withoutNormScore: { type: "boolean", describe: "ijb: normalise every picture's embedding first" },
  withoutDetectorScore: { type: "boolean", describe: "ijb: do not weigh by the detector's score" },
  subset: {
    type: "string",
    choices: ["both", "1", "2"],
    describe: "ijb 1:N: which of the two galleries (default both as one)",
  },
  crops: { type: "boolean", describe: "people, pairs, distractors: the pictures are aligned crops" },
  maxPairs: {
    type: "number",
    value: "N",
    min: 1,
    integer: true,
    describe: "people: at most N pairs of a kind (default 500000)",
  },
  distractors: { type: "string", value: "DIR,…", describe: "distractors: folders of strangers" },
} as const satisfies OptionSpecs;

type Values = OptionValues<typeof options>;

export const evaluate = defineCommand({
  name: "evaluate",
  arguments: "<protocol>",
  summary: "measure on a benchmark (lfw, cfp-fp, agedb-30, ytf, ijbc …) by its protocol, or on your own pictures",
  examples: [
    "arcface evaluate lfw --data lfw/",
    "arcface evaluate lfw --data lfw/ --aligned lfw_aligned112/ --json",
    "arcface evaluate ytf --data YouTubeFaces/",
    "arcface evaluate people --data staff/ --out report/",
    "arcface evaluate lfw --data lfw/ --compare insightface/buffalo_s:w600k_mbf --out report/",
    "arcface evaluate lfw --data lfw/ --gate report/results.json",
    "arcface evaluate distractors --data staff/ --distractors crowd/",
  ],
  options,
  async run(args, values, context) {
    const name = await protocolName(args, values);
    if (values.data === undefined)
      throw expected(`evaluate ${name}`, "--data DIR", "none", `it is ${await dataOf(name)}`);
    if (values.roc !== undefined) await outputFile("--roc", values.roc);
    const baseline = await prepareReport(name, values);
    const evaluated = await measure(name, values.data, values, context);
    if (values.roc !== undefined) await writeRoc(values.roc, evaluated.evaluation);
    const second = values.compare === undefined ? null : await measure(name, values.data, secondOf(values), context);
    const { summaryOf } = await import("../../evaluate/summary.ts");
    return { ...summaryOf(evaluated.evaluation), ...(await makeReport(evaluated, second, baseline, values)) };
  },
  format,
  exitCode: ({ gate }) => (gate?.passed === false ? 1 : 0),
});

const protocols = () => import("../../evaluate/protocols.node.ts");

/** `cfp --protocol FF` is `cfp-ff`. */
async function protocolName([name, ...rest]: readonly string[], { protocol }: Values): Promise<ProtocolName> {
  const { PROTOCOL_NAMES, protocolOf } = await protocols();
  if (name === undefined || rest.length > 0)
    throw expected("evaluate", `one protocol (${PROTOCOL_NAMES.join(", ")})`, [name, ...rest].join(" ") || "none");
  if (protocol !== undefined && name !== "cfp") throw expected("--protocol", "the protocol cfp", name);
  const full = name === "cfp" ? `cfp-${(protocol ?? "FP").toLowerCase()}` : name;
  protocolOf(full);
  return full as ProtocolName;
}

const dataOf = async (name: ProtocolName): Promise<string> => (await protocols()).protocolOf(name).data;

/** The other network, with all else as for the first. */
function secondOf({ compare, compareCard, ...values }: Values): Values {
  const { model, card, ...rest } = values;
  return { ...rest, ...given({ model: compare, card: compareCard }) };
}

async function measure(name: ProtocolName, data: string, values: Values, context: CliContext): Promise<Evaluated> {
  const [{ evaluate }, { protocolOf }] = await Promise.all([import("../../evaluate/evaluate.node.ts"), protocols()]);
  const { title } = protocolOf(name);
  const { fresh = false, workers, concurrency } = values;
  const how: EvaluateOptions = {
    networks: { ...nodeOptions(context, values), ...toNetworks(values) },
    ...toProtocolOptions(values),
    command: commandLine(process.argv.slice(2)),
    flip: !values.withoutFlip,
    signal: context.signal,
    onProgress: ({ done, total }) => context.progress.update(title, done, total),
    ...given({ workers, concurrency, cacheDir: fresh ? null : undefined }),
  };
  return evaluate(name, data, how).catch((error: unknown) => {
    throw context.signal.aborted ? interrupted(title, fresh, error) : error;
  });
}

/** As one would type it. */
function commandLine(args: readonly string[]): string {
  const quoted = args.map((arg) => (/^[\w./:,=@%+-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`));
  return ["arcface", ...quoted].join(" ");
}

function toProtocolOptions(values: Values): EvaluateOptions {
  const { allowMissing, aligned, frames, sample, middle, labels, pooling, crops, maxPairs } = values;
  return given({
    ...{ allowMissing, aligned, frames, sample, middle, labels, pooling, crops, maxPairs },
    normScore: values.withoutNormScore ? false : undefined,
    detectorScore: values.withoutDetectorScore ? false : undefined,
    gallery: values.subset,
    distractors: values.distractors?.split(","),
  });
}

function interrupted(protocol: string, fresh: boolean, cause: unknown): ArcfaceError {
  return new ArcfaceError("CANCELLED", `${protocol}: interrupted`, {
    hint: fresh ? undefined : "the embeddings made so far are kept: the same command goes on from there",
    cause,
  });
}

async function writeRoc(path: string, { protocol, recognizer, detector, verification }: Evaluation): Promise<void> {
  if (!verification) throw expected("--roc", "a protocol that compares pairs", protocol.name);
  const { rocFigure } = await import("../../report/figures/roc-figure.node.ts");
  const { genuine, impostor, roc } = verification;
  const curve = {
    genuine,
    impostor,
    far: Float64Array.from(roc.far),
    tar: Float64Array.from(roc.tar),
    thresholds: Float64Array.from(roc.threshold, (threshold) => threshold ?? Infinity),
  };
  const subtitle = `${recognizer.name}, ${detector?.name ?? "no detector"}`;
  await writeOutput(path, rocFigure(curve, { title: protocol.title, subtitle }));
}

function format(r: EvaluationSummary & ReportResult): string {
  const percent = (value: number): string => (100 * value).toFixed(2);
  const untold = r.figures.filter(({ value }) => value === null).map(({ name }) => name);
  const pairs = r.pairs > 0 ? `, ${r.pairs} pairs` : "";
  return [
    `${r.protocol}, ${r.model}, ${r.detector ?? "no detector"}`,
    ...r.figures.flatMap(({ name, value, std, interval, threshold, support }) => {
      if (value === null) return [];
      const deviation = std === undefined ? "" : ` ± ${percent(std)}`;
      const range = interval ? `   ${percent(interval[0])} to ${percent(interval[1])}` : "";
      const at = threshold === undefined ? "" : `   at cosine ${threshold.toFixed(4)}`;
      const rough = support === undefined ? "" : "   roughly: fewer than ten decide";
      return `${name.padEnd(14)} ${percent(value)}${deviation} %${range}${at}${rough}`;
    }),
    ...(untold.length > 0 ? [`too few to tell: ${untold.join(", ")}`] : []),
    ...r.published.map(
      ({ figure, value, of, source }) => `published      ${figure} ${percent(value)} %   ${of} (${source})`,
    ),
    `missed         ${r.missed} of ${r.images} pictures${pairs}`,
    `seconds        ${r.seconds.toFixed(1)}${r.fromCache > 0 ? ` (${r.fromCache} embeddings from an earlier run)` : ""}`,
    ...formatReport(r),
  ].join("\n");
}
