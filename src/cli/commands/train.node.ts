import { expected } from "../../errors.ts";
import type { ModelProto } from "../../onnx/schema.ts";
import type { LogEntry, Validation } from "../../train/log.ts";
import type { Recipe } from "../../train/recipe.ts";
import { defineCommand } from "../command.ts";
import { given, runOptions, toAlignedLfw } from "../options.ts";

export const train = defineCommand({
  name: "train",
  arguments: "<recipe>",
  summary: "train a recognition network by a recipe, on this machine",
  examples: [
    "arcface train small-arcface --data crops/ --out run/",
    "arcface train small-arcface --data crops/ --out run/ --resume",
    "arcface train my-recipe.mjs --data faces.rec --lfw lfw/ --aligned lfw_aligned112/ --val agedb_30.bin,others/",
    "arcface train synthetic --data synthetic          # does it run here?",
  ],
  options: {
    data: {
      type: "string",
      value: "DIR",
      describe: "aligned 112×112 crops, a folder a person; or a .rec, a .lst; or `synthetic`: generated",
    },
    out: {
      type: "string",
      short: "o",
      value: "DIR",
      describe: "checkpoints, log and curves (default: the recipe's name)",
    },
    seed: { type: "number", min: 0, integer: true, describe: "another one than the recipe's" },
    threads: {
      type: "number",
      min: 1,
      integer: true,
      describe: "of a step; the same bits need the same number (default 2)",
    },
    skipBad: { type: "boolean", describe: "pictures that cannot be used do not end the run: others stand in" },
    steps: { type: "number", min: 1, integer: true, describe: "end after so many, wherever the schedule is" },
    ...runOptions,
    val: {
      type: "string",
      value: "PATHS",
      describe: "validate on these, commas between: InsightFace's lfw.bin, agedb_30.bin …, or people's crops",
    },
  },
  async run(args, options, context) {
    const [name] = args;
    if (name === undefined || args.length !== 1) throw expected("train", "one recipe", `${args.length}`);
    const { data, val, seed, skipBad, out: folder, resume, threads, workers, steps } = options;
    if (data === undefined) throw expected("train", "--data DIR", "none");
    const lfw = toAlignedLfw("train", options);
    const [{ loadRecipe }, { train }, { logLine, validationLines }, { validateOn }, { trainedOnLfw }] =
      await Promise.all([
        import("../../recipes/load-recipe.node.ts"),
        import("../../train/train.node.ts"),
        import("../../train/log.ts"),
        import("../../train/validate-on.node.ts"),
        import("../validate-lfw.node.ts"),
      ]);
    const { syntheticImages } = await import("../../train/synthetic-images.node.ts");
    const recipe: Recipe = { ...(await loadRecipe(name)), ...given({ seed }) };
    const out = folder ?? recipe.name;
    const { signal } = context;
    const began = performance.now();
    const onOthers =
      val === undefined ? null : await validateOn(val.split(","), { ...given({ size: recipe.size }), signal });
    const onLfw = async (model: ModelProto, step: number): Promise<Validation[]> =>
      lfw === null ? [] : [await trainedOnLfw(model, recipe, { ...lfw, step, signal })];
    const highest = new Map<string, number>();
    const onValidate = async (model: ModelProto, step: number): Promise<Validation[]> => {
      const validations = [...(await onLfw(model, step)), ...((await onOthers?.(model, step)) ?? [])];
      for (const validation of validations) {
        const { target, accuracy } = validation;
        highest.set(target, Math.max(accuracy, highest.get(target) ?? 0));
        context.note(validationLines(validation, highest.get(target)!));
      }
      return validations;
    };
    const result = await train(recipe, {
      ...given({ resume, threads, workers, steps, onBad: skipBad ? ("skip" as const) : undefined }),
      data: data === "synthetic" ? await syntheticImages() : data,
      out,
      signal,
      onLog: (entry, hours) => context.note(logLine(entry, hours)),
      onNote: (note) => context.note(note),
      ...(lfw === null && val === undefined ? {} : { onValidate }),
    });
    const { log, validations, ...rest } = result;
    const seconds = Math.round((performance.now() - began) / 1000);
    return { recipe: recipe.name, ...rest, last: log.at(-1) ?? null, validations, seconds };
  },
  format: ({ recipe, steps, images, classes, last, validations, checkpoint, curves, seconds }) =>
    [
      `${recipe}: ${steps} steps on ${images} pictures of ${classes} people in ${seconds} s`,
      ...(last ? [`loss ${last.loss.toFixed(4)}, ${(100 * last.accuracy).toFixed(1)} % of the batch right`] : []),
      ...(last?.loader ? [loaderLine(last.speed, last.loader)] : []),
      ...validations
        .filter((v) => v.step === steps)
        .map((v) => `${v.target}: ${v.accuracy.toFixed(2)} ± ${v.deviation.toFixed(2)} %`),
      `${checkpoint}; \`arcface export ${checkpoint} --out model.onnx\` makes a model of it; ${curves} shows the run`,
    ].join("\n"),
});

function loaderLine(speed: number, loader: NonNullable<LogEntry["loader"]>): string {
  const waiting = `steps waited for it ${(100 * loader.waiting).toFixed(0)} % of the time`;
  return `${speed.toFixed(0)} pictures a second; the loader alone makes ${loader.speed.toFixed(0)}, ${waiting}`;
}
