import { mkdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { ArcfaceError, expected } from "../../errors.ts";
import { fileError } from "../../file-error.node.ts";
import { NETS, type NetName } from "../../nets/registry.ts";
import type { Safetensors } from "../../safetensors/safetensors.ts";
import type { Trained } from "../../train/export.node.ts";
import type { Recipe } from "../../train/recipe.ts";
import { defineCommand } from "../command.ts";

export const exportCommand = defineCommand({
  name: "export",
  arguments: "<checkpoint>",
  summary: "a checkpoint as a model: .onnx, weights as .safetensors, or an NN archive",
  examples: [
    "arcface export run/checkpoint-000020000.safetensors",
    "arcface export run/ --out model.onnx              # images RGB (x − 127.5)/127.5",
    "arcface export run/ --out weights.safetensors     # under InsightFace's names",
    "arcface export run/ --out arcface.tar.xz          # images BGR 0–255, as the Luxonis hub's",
    "arcface export r50.safetensors --network iresnet50 --out r50.onnx",
  ],
  options: {
    out: {
      type: "string",
      short: "o",
      value: "FILE",
      describe: "what it is to be follows from the name (default: the recipe's, .onnx)",
    },
    network: {
      type: "string",
      choices: Object.keys(NETS),
      describe: "of weights from elsewhere (a .safetensors of PyTorch's state dict), which do not tell",
    },
  },
  async run(args, { out: file, network }) {
    const [path] = args;
    if (path === undefined || args.length !== 1)
      throw expected("export", "one checkpoint, or a run's folder", args.join(" ") || "none");
    const [{ openCheckpoint }, { exportModel }] = await Promise.all([
      import("../../train/checkpoint.node.ts"),
      import("../../train/export.node.ts"),
    ]);
    const { checkpoint, from } = await openCheckpoint(path);
    const recipe = recipeOf(checkpoint, from, network);
    const out = file ?? `${recipe.name.replace(/[^\w.-]+/g, "-")}.onnx`;
    await mkdir(dirname(out), { recursive: true }).catch((error: unknown) => {
      throw fileError(error, out, "writing");
    });
    const exported = await exportModel(recipe, checkpoint, from, out);
    return { checkpoint: from, ...exported, recipe: recipe.name, step: Number(checkpoint.metadata.step ?? 0) };
  },
  format: ({ checkpoint, files, kind, recipe, step }) =>
    `${checkpoint}: ${recipe} at step ${step} as ${kind}: ${files.join(", ")}`,
});

function recipeOf({ metadata }: Safetensors, path: string, network: string | undefined): Trained {
  if (network !== undefined) return { name: basename(path, ".safetensors"), network: network as NetName };
  try {
    return JSON.parse(metadata.recipe ?? "") as Recipe;
  } catch (cause) {
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${path}: expected a checkpoint of a training, got other tensors`, {
      hint: "--network says what weights from elsewhere are of",
      cause,
    });
  }
}
