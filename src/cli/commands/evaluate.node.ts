import { writeFile } from "node:fs/promises";
import { ArcfaceError, expected } from "../../errors.ts";
import { type Evaluation, toReport } from "../../evaluate/protocol.ts";
import { rocFigure } from "../../evaluate/roc-figure.node.ts";
import {
  type EvaluateOptions,
  evaluateLfwAligned,
  evaluateCfp as runCfp,
  evaluateLfw as runLfw,
} from "../../evaluate/verification.node.ts";
import { loadEmbedder, loadRecognizer } from "../../recognize/compose.node.ts";
import { type CliContext, defineCommand, type OptionSpecs, type OptionValues } from "../command.ts";
import { nodeOptions } from "../open.node.ts";
import { detectorOption, given, modelOptions, toNetworks } from "../options.ts";

const common = {
  data: { type: "string", value: "DIR", describe: "the data set's folder" },
  ...modelOptions,
  ...detectorOption,
  noFlip: { type: "boolean", describe: "do not add the mirrored face's embedding" },
  fresh: { type: "boolean", describe: "embed every image again, and keep nothing" },
  roc: { type: "string", value: "FILE", describe: "write the ROC as SVG" },
  concurrency: { type: "number", describe: "images embedded at once (default 2)" },
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
    const networks = networksOf(options, context);
    const how = howOf("LFW", options, context);
    if (options.aligned !== undefined) {
      await using embedder = await loadEmbedder(networks);
      return report(
        "LFW",
        embedder.name,
        null,
        await evaluateLfwAligned(embedder, data, options.aligned, how),
        options,
      );
    }
    await using recognizer = await loadRecognizer({ ...networks, ...toNetworks(options) });
    return report("LFW", recognizer.name, recognizer.detector.name, await runLfw(recognizer, data, how), options);
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
    await using recognizer = await loadRecognizer({ ...networksOf(options, context), ...toNetworks(options) });
    const title = `CFP-${protocol}`;
    const evaluation = await runCfp(recognizer, data, protocol, howOf(title, options, context));
    return report(title, recognizer.name, recognizer.detector.name, evaluation, options);
  },
  format,
});

function dataFolder(command: string, args: readonly string[], { data }: CommonValues): string {
  if (args.length > 0 || data === undefined)
    throw expected(`evaluate ${command}`, "--data DIR", args.join(" ") || "none");
  return data;
}

function networksOf(options: CommonValues, context: CliContext) {
  return { ...nodeOptions(context, options), ...given({ model: options.model, card: options.card }) };
}

function howOf(
  title: string,
  { noFlip, fresh, concurrency }: CommonValues,
  { progress, signal }: CliContext,
): EvaluateOptions {
  return {
    flip: !noFlip,
    signal,
    onProgress: ({ done, total }) => progress.update(title, done, total),
    ...given({ concurrency, cacheDir: fresh ? null : undefined }),
  };
}

async function report(
  protocol: string,
  model: string,
  detector: string | null,
  evaluation: Evaluation,
  { roc }: CommonValues,
) {
  if (roc !== undefined) {
    const svg = rocFigure(evaluation.roc, {
      title: protocol,
      subtitle: detector ? `${model}, ${detector}` : `${model}, aligned crops`,
    });
    await writeFile(roc, svg).catch((cause: NodeJS.ErrnoException) => {
      throw new ArcfaceError(cause.code === "ENOSPC" ? "NO_SPACE" : "IO", `${roc}: cannot be written: ${cause.code}`, {
        cause,
      });
    });
  }
  return { protocol, model, detector, ...toReport(evaluation), eer: evaluation.eer, fromCache: evaluation.fromCache };
}

function format(r: Awaited<ReturnType<typeof report>>): string {
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
