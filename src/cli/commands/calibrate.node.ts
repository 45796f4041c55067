import { resolve } from "node:path";
import { writeWhole } from "../../bytes/write-whole.node.ts";
import type { Reliability } from "../../calibrate/probability.ts";
import { expected } from "../../errors.ts";
import { fileError } from "../../file-error.node.ts";
import { defineCommand } from "../command.ts";
import { outputFile } from "../draw.node.ts";
import { nodeOptions } from "../open.node.ts";
import { detectorOption, given, modelOptions, toNetworks } from "../options.ts";

const parts = () =>
  Promise.all([
    import("../../calibrate/folder-calibration.ts"),
    import("../../calibrate/cohort-file.node.ts"),
    import("../../evaluate/embed-people.node.ts"),
    import("../../recognize/compose.node.ts"),
  ]);

export const calibrate = defineCommand({
  name: "calibrate",
  arguments: "<folder>",
  summary: "thresholds and probabilities from one's own people: a folder with a folder for each",
  examples: [
    "arcface calibrate people/ --out mine.yaml       # then: arcface verify a.jpg b.jpg --card mine.yaml",
    "arcface calibrate strangers/ --cohort strangers.safetensors   # then: arcface people promise --cohort …",
  ],
  options: {
    out: { type: "string", value: "FILE.yaml", describe: "write the recogniser's card with these thresholds" },
    cohort: {
      type: "string",
      value: "FILE",
      describe: "keep the embeddings, without names, to measure a gallery's promise with",
    },
    figure: { type: "string", value: "FILE.svg", describe: "draw how right the probabilities are" },
    far: { type: "string", value: "RATE,…", describe: "false-accept rates (default 1e-3,1e-4,1e-5,1e-6)" },
    ...modelOptions,
    ...detectorOption,
  },
  async run(args, options, context) {
    const [folder] = args;
    if (folder === undefined || args.length !== 1)
      throw expected("calibrate", "one folder of people", `${args.length}`);
    const files = { "--out": options.out, "--cohort": options.cohort, "--figure": options.figure };
    for (const [name, path] of Object.entries(files)) if (path !== undefined) await outputFile(name, path);
    const rates = options.far === undefined ? undefined : toRates(options.far);
    const networks = { ...nodeOptions(context, options), ...toNetworks(options) };
    const [{ calibrateFolder }, { writeCohort }, { embedPeople }, compose] = await parts();
    const people = await embedPeople(folder, {
      networks,
      signal: context.signal,
      onProgress: ({ done, total }) => context.progress.update("embed", done, total),
    });
    for (const { image, why } of people.missed) context.note(`${image}: left out: ${why}`);
    const { likest, ...measured } = await calibrateFolder(people, {
      ...given({ rates }),
      signal: context.signal,
      onProgress: ({ done, total }) => context.progress.update("score", done, total),
    });
    if (options.out !== undefined) {
      const { card } = await compose.loadRecognizerModel(networks);
      if (card.kind !== "recognizer") throw expected("--out", "a recogniser's card", card.kind);
      const measuredOn = `${measured.images} photographs of ${measured.people} people in ${folder}`;
      const { writeCalibratedCard } = await import("../../evaluate/calibrated-card.node.ts");
      await writeCalibratedCard(options.out, card, measured, measuredOn);
    }
    if (options.cohort !== undefined) await writeCohort(options.cohort, people);
    if (options.figure !== undefined && measured.probability) {
      await drawReliability(options.figure, measured.probability.reliability);
    }
    return {
      model: people.model,
      folder: resolve(folder),
      leftOut: people.missed.length,
      ...measured,
      likest: likest.map(({ a, b, similarity }) => ({ a: people.files[a]!, b: people.files[b]!, similarity })),
      card: options.out ?? null,
      cohort: options.cohort ?? null,
      figure: measured.probability && (options.figure ?? null),
    };
  },
  format: (r) =>
    [
      `${r.images} photographs of ${r.people} people${r.leftOut > 0 ? `, ${r.leftOut} left out` : ""}: ${r.genuinePairs} pairs of one person, ${r.impostorPairs} of two`,
      ...r.thresholds.map(
        ({ falseAcceptRate, threshold, interval: [low, high], tar, support }) =>
          `false accepts ${falseAcceptRate}: threshold ${threshold.toFixed(4)} (${low.toFixed(4)}–${high.toFixed(4)})` +
          (tar ? `, true accepts ${percent(tar.value)} (${percent(tar.low)}–${percent(tar.high)}) %` : "") +
          (support === "roughly" ? "; rests on few pairs" : ""),
      ),
      ...(r.thresholds.length === 0 ? ["too few pairs of two people for any of these rates"] : []),
      r.probability
        ? `probabilities off by ${percent(r.probability.reliability.error)} points on average, of ${r.probability.checkedOn} people that they were not fitted on`
        : "too few people with two photographs to tell probabilities",
      ...r.likest
        .slice(0, 3)
        .map((pair) => `likest of two people: ${pair.a}, ${pair.b}, ${pair.similarity.toFixed(4)}`),
      ...(r.card === null ? [] : [`card: ${r.card}`]),
      ...(r.figure === null ? [] : [`figure: ${r.figure}`]),
      ...(r.cohort === null ? [] : [`cohort: ${r.cohort} (biometric data)`]),
    ].join("\n"),
});

async function drawReliability(path: string, reliability: Reliability): Promise<void> {
  const [{ reliabilityFigure }, { toFile }] = await Promise.all([
    import("../../report/figures/reliability-figure.node.ts"),
    import("../../report/figures/plot.node.ts"),
  ]);
  await writeWhole(path, Buffer.from(toFile(reliabilityFigure(reliability)))).catch((error) => {
    throw fileError(error, path, "writing the figure");
  });
}

function toRates(text: string): number[] {
  return text.split(",").map((part) => {
    const rate = Number(part);
    if (!(rate > 0 && rate < 1)) throw expected("--far", "rates between 0 and 1, with commas between", text);
    return rate;
  });
}

const percent = (share: number): string => (100 * share).toFixed(2);
