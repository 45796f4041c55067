import { expected } from "../../errors.ts";
import { defineCommand } from "../command.ts";
import { sayPlan } from "../embed-bulk.node.ts";
import { nodeOptions } from "../open.node.ts";
import { detectorOption, given, modelOptions, toNetworks } from "../options.ts";

const { threads: _, ...networkOptions } = modelOptions;

export const tune = defineCommand({
  name: "tune",
  arguments: "",
  summary: "find the best split of this machine's cores for bulk work, and remember it",
  examples: ["arcface tune", "arcface tune --model team/model     # each network has a plan of its own"],
  options: {
    ...networkOptions,
    ...detectorOption,
    seconds: { type: "number", min: 1, max: 600, describe: "how long to measure, about (default 30)" },
    aligned: { type: "boolean", describe: "for `embed --aligned`: the recogniser alone" },
  },
  async run(args, options, context) {
    if (args.length > 0) throw expected("tune", "no arguments", args.join(" "), "--model names another network");
    const { loadRecognizerModels } = await import("../../recognize/compose.node.ts");
    const { tuneMachine } = await import("../../bulk/tune.node.ts");
    const models = await loadRecognizerModels(
      { ...nodeOptions(context, options), ...toNetworks(options) },
      { withDetector: !options.aligned },
    );
    const tuned = await tuneMachine(models, {
      ...given({ budgetMs: options.seconds && 1000 * options.seconds }),
      signal: context.signal,
      onProgress: ({ done, total }) => context.progress.update("tune", done, total),
    });
    return { model: models.recognizer.slug, ...tuned };
  },
  format: ({ model, plan, measured, file }) => {
    const withDetector = measured.some(({ photographs }) => Number.isFinite(photographs));
    const row = (cells: readonly (string | number)[]): string =>
      cells.map((cell, i) => `${cell}`.padStart([7, 8, 6, 9, 11, 9][i]!)).join("");
    const head = ["workers", "threads", "batch", "crops/s", ...(withDetector ? ["pictures/s", "faces/s"] : [])];
    return [
      `${model} on this machine, crops through the recogniser${withDetector ? ", pictures through the detector" : ""}:`,
      row(head),
      ...measured.map(({ workers, threads, batch, crops, photographs, faces }) => {
        const rates = [crops, ...(withDetector ? [photographs, faces] : [])].map((rate) => rate.toFixed(1));
        const isBest = workers === plan.workers && threads === plan.threads && batch === plan.batch;
        return `${row([workers, threads, batch, ...rates])}${isBest ? "  best" : ""}`;
      }),
      `remembered for this machine: ${sayPlan(plan)} (${file})`,
    ].join("\n");
  },
});
