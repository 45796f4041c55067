import { join } from "node:path";
import { writeWhole } from "../../bytes/write-whole.node.ts";
import { expected } from "../../errors.ts";
import type { ModelProto } from "../../onnx/schema.ts";
import type { Recipe } from "../../train/recipe.ts";
import { defineCommand } from "../command.ts";
import { given } from "../options.ts";

export const train = defineCommand({
  name: "train",
  arguments: "<recipe>",
  summary: "train a recognition network by a recipe, on this machine",
  examples: [
    "arcface train small-arcface --data crops/ --out run/",
    "arcface train small-arcface --data crops/ --out run/ --resume",
    "arcface train my-recipe.mjs --data faces.rec --out run/ --lfw lfw/ --aligned lfw_aligned112/",
  ],
  options: {
    data: { type: "string", value: "DIR", describe: "aligned 112×112 crops, a folder a person; or a .rec, a .lst" },
    out: {
      type: "string",
      short: "o",
      value: "DIR",
      describe: "checkpoints, log and curves (default: the recipe's name)",
    },
    resume: { type: "boolean", describe: "go on from the latest checkpoint in --out" },
    seed: { type: "number", min: 0, integer: true, describe: "another one than the recipe's" },
    threads: {
      type: "number",
      min: 1,
      integer: true,
      describe: "of a step; the same bits need the same number (default 2)",
    },
    workers: { type: "number", min: 1, integer: true, describe: "threads that decode (default 1)" },
    steps: { type: "number", min: 1, integer: true, describe: "end after so many, wherever the schedule is" },
    lfw: { type: "string", value: "DIR", describe: "validate on LFW: the folder with pairs.txt" },
    aligned: { type: "string", value: "DIR", describe: "LFW's aligned 112×112 crops" },
  },
  async run(args, options, context) {
    const [name] = args;
    if (name === undefined || args.length !== 1) throw expected("train", "one recipe", `${args.length}`);
    const { data, lfw, aligned, seed, out: folder, ...how } = options;
    if (data === undefined) throw expected("train", "--data DIR", "none");
    if ((lfw === undefined) !== (aligned === undefined)) throw expected("train", "--lfw and --aligned together", "one");
    const [{ loadRecipe }, { train }, { logLine, validationLine }] = await Promise.all([
      import("../../recipes/load-recipe.node.ts"),
      import("../../train/train.node.ts"),
      import("../../train/log.ts"),
    ]);
    const recipe: Recipe = { ...(await loadRecipe(name)), ...given({ seed }) };
    const out = folder ?? recipe.name;
    const began = performance.now();
    const result = await train(recipe, {
      ...given(how),
      data,
      out,
      signal: context.signal,
      onLog: (entry, hours) => context.note(logLine(entry, hours)),
      onNote: (note) => context.note(note),
      ...(lfw !== undefined &&
        aligned !== undefined && {
          async onValidate(model: ModelProto, step: number) {
            const validation = await validate(model, recipe, { lfw, aligned, step, signal: context.signal });
            context.note(validationLine(validation));
            return [validation];
          },
        }),
    });
    const curves = join(out, "curves.svg");
    const { curvesFigure } = await import("../../train/curves.node.ts");
    await writeWhole(curves, curvesFigure(recipe.name, [{ name: recipe.name, ...result }]));
    const { log, validations, ...rest } = result;
    const seconds = Math.round((performance.now() - began) / 1000);
    return { recipe: recipe.name, ...rest, last: log.at(-1) ?? null, validations, curves, seconds };
  },
  format: ({ recipe, steps, images, classes, last, validations, checkpoint, curves, seconds }) =>
    [
      `${recipe}: ${steps} steps on ${images} pictures of ${classes} people in ${seconds} s`,
      ...(last ? [`loss ${last.loss.toFixed(4)}, ${(100 * last.accuracy).toFixed(1)} % of the batch right`] : []),
      ...validations.slice(-1).map((v) => `${v.target}: ${v.accuracy.toFixed(2)} ± ${v.deviation.toFixed(2)} %`),
      `${checkpoint}; \`arcface export ${checkpoint} --out model.onnx\` makes a model of it; ${curves} shows the run`,
    ].join("\n"),
});

async function validate(
  model: ModelProto,
  recipe: Recipe,
  { lfw, aligned, step, signal }: { lfw: string; aligned: string; step: number; signal: AbortSignal },
) {
  const { trainedOnLfw } = await import("../validate-lfw.node.ts");
  return trainedOnLfw(model, recipe, { lfw, aligned, step, signal });
}
