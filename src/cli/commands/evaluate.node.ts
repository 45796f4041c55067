import { ArcfaceError, expected } from "../../errors.ts";
import type { PairEvaluation } from "../../evaluate/protocol.ts";
import type { EvaluateOptions } from "../../evaluate/verification.node.ts";
import type { DetectorChoice, ModelChoice, NodeOptions } from "../../recognize/compose.node.ts";
import type { Recognizer } from "../../recognize/recognizer.ts";
import { type CliContext, defineCommand, type OptionSpecs, type OptionValues } from "../command.ts";
import { outputFile, writeOutput } from "../draw.node.ts";
import { loadEmbedder, loadRecognizer, nodeOptions } from "../open.node.ts";
import { detectorOption, given, modelOptions, toNetworks } from "../options.ts";

const common = {
  data: { type: "string", value: "DIR", describe: "the data set's folder" },
  ...modelOptions,
  ...detectorOption,
  // Not noFlip: commander takes --no-… for the negation of an option that would be on.
  withoutFlip: { type: "boolean", describe: "do not add the mirrored face's embedding" },
  fresh: { type: "boolean", describe: "embed every image again, and keep nothing" },
  roc: { type: "string", value: "FILE", describe: "write the ROC as SVG" },
  concurrency: { type: "number", min: 1, integer: true, describe: "images embedded at once (default 2)" },
} as const satisfies OptionSpecs;

type CommonValues = OptionValues<typeof common>;

export const evaluateLfw = defineCommand({
  name: "evaluate lfw",
  arguments: "",
  summary: "LFW's 10-fold verification: accuracy, TAR at FAR, ROC",
  examples: ["arcface evaluate lfw --data lfw/", "arcface evaluate lfw --data lfw/ --aligned lfw_aligned112/ --json"],
  options: {
    ...common,
    aligned: {
      type: "string",
      value: "DIR",
      describe: "aligned 112x112 crops, named as the photographs: measures the recogniser alone",
    },
  },
  async run(args, options, context) {
    const data = dataFolder("lfw", args, options);
    const { evaluateLfw, evaluateLfwAligned } = await import("../../evaluate/verification.node.ts");
    return measure("LFW", options, context, async (networks, how) => {
      if (options.aligned !== undefined) {
        await using embedder = await loadEmbedder(networks);
        const evaluation = await evaluateLfwAligned(embedder, data, options.aligned, how);
        return { model: embedder.name, detector: null, evaluation };
      }
      await using recognizer = await loadRecognizer(networks);
      return { ...namesOf(recognizer), evaluation: await evaluateLfw(recognizer, data, how) };
    });
  },
  format,
});

export const evaluateCfp = defineCommand({
  name: "evaluate cfp",
  arguments: "",
  summary: "Celebrities in Frontal-Profile: faces from the side",
  examples: ["arcface evaluate cfp --data cfp/ --protocol FP"],
  options: {
    ...common,
    protocol: {
      type: "string",
      choices: ["FF", "FP"],
      describe: "frontal to frontal, or frontal to profile (default FP)",
    },
  },
  async run(args, options, context) {
    const data = dataFolder("cfp", args, options);
    const protocol = options.protocol ?? "FP";
    const { evaluateCfp } = await import("../../evaluate/verification.node.ts");
    return measure(`CFP-${protocol}`, options, context, async (networks, how) => {
      await using recognizer = await loadRecognizer(networks);
      return { ...namesOf(recognizer), evaluation: await evaluateCfp(recognizer, data, protocol, how) };
    });
  },
  format,
});

function dataFolder(command: string, args: readonly string[], { data }: CommonValues): string {
  if (args.length > 0 || data === undefined)
    throw expected(`evaluate ${command}`, "--data DIR", args.join(" ") || "none");
  return data;
}

type Measured = { readonly model: string; readonly detector: string | null; readonly evaluation: PairEvaluation };

const namesOf = ({ name, detector }: Recognizer) => ({ model: name, detector: detector.name });

/** What all benchmarks share: networks, progress, the report, the ROC. */
async function measure(
  protocol: string,
  options: CommonValues,
  context: CliContext,
  run: (networks: NodeOptions & ModelChoice & DetectorChoice, how: EvaluateOptions) => Promise<Measured>,
) {
  const { roc, fresh = false, withoutFlip = false, concurrency } = options;
  if (roc !== undefined) await outputFile("--roc", roc);
  const { toReport } = await import("../../evaluate/protocol.ts");
  const networks = { ...nodeOptions(context, options), ...toNetworks(options) };
  const { model, detector, evaluation } = await run(networks, {
    flip: !withoutFlip,
    signal: context.signal,
    onProgress: ({ done, total }) => context.progress.update(protocol, done, total),
    ...given({ concurrency, cacheDir: fresh ? null : undefined }),
  }).catch((error: unknown) => {
    throw context.signal.aborted ? interrupted(protocol, fresh, error) : error;
  });
  if (roc !== undefined) await writeRoc(roc, protocol, { model, detector, evaluation });
  return { protocol, model, detector, ...toReport(evaluation), eer: evaluation.eer, fromCache: evaluation.fromCache };
}

function interrupted(protocol: string, fresh: boolean, cause: unknown): ArcfaceError {
  return new ArcfaceError("CANCELLED", `${protocol}: interrupted`, {
    hint: fresh ? undefined : "the embeddings made so far are kept: the same command goes on from there",
    cause,
  });
}

async function writeRoc(path: string, title: string, { model, detector, evaluation }: Measured): Promise<void> {
  const { rocFigure } = await import("../../evaluate/roc-figure.node.ts");
  const subtitle = `${model}, ${detector ?? "aligned crops"}`;
  await writeOutput(path, rocFigure(evaluation.roc, { title, subtitle }));
}

function format(r: Awaited<ReturnType<typeof measure>>): string {
  const percent = (value: number): string => (100 * value).toFixed(2);
  const tar = (value: number | null): string => (value === null ? "too few pairs to tell" : value.toFixed(4));
  return [
    `${r.protocol}, ${r.model}${r.detector ? `, ${r.detector}` : ", aligned crops"}`,
    `accuracy   ${percent(r.accuracy)} ± ${percent(r.std)} % at cosine ${r.threshold.toFixed(4)}`,
    `TAR@FAR    1e-2 ${tar(r.tarAtFar["1e-2"])}   1e-3 ${tar(r.tarAtFar["1e-3"])}   EER ${percent(r.eer)} %`,
    `missed     ${r.missed} of ${r.images} images, ${r.pairs} pairs`,
    `seconds    ${r.seconds.toFixed(1)}${r.fromCache > 0 ? ` (${r.fromCache} embeddings from an earlier run)` : ""}`,
  ].join("\n");
}
