import { basename, extname } from "node:path";
import { sha256Hex } from "../bytes/sha256.ts";
import { writeWhole } from "../bytes/write-whole.node.ts";
import { expected } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import { isArchiveName } from "../nn-archive/archive-name.ts";
import { writeArchiveFile } from "../nn-archive/write.node.ts";
import { encodeModel } from "../onnx/model.ts";
import { tensorTypeOf } from "../onnx/read.ts";
import { type Safetensors, writeSafetensors } from "../safetensors/safetensors.ts";
import { archiveFromCard, cardText } from "../zoo/archive/archive-card.ts";
import { type Card, parseCard } from "../zoo/cards/card.ts";
import { netOf, type Recipe } from "./recipe.ts";
import { stateDict } from "./state-dict.ts";
import { trainedModel } from "./trained-model.ts";

/** What of a recipe a model is made of. */
export type Trained = Pick<Recipe, "name" | "network" | "size"> & Partial<Pick<Recipe, "loss">>;

/** What was written, by its kind. */
export type Exported = { readonly kind: "ONNX" | "weights" | "NN archive"; readonly files: readonly string[] };

/**
 * A checkpoint as a model. By the name of the file:
 *
 * - `.onnx`: `images` [N, 3, size, size], RGB, (x − 127.5)/127.5 → `output`; a card `NAME.yaml` beside it.
 * - `.safetensors`: the weights, and the running statistics, under the names of InsightFace's state dict.
 * - `.tar.xz`, `.tar.gz`: an NN archive as the Luxonis hub's: `images` BGR, un-normalised, [1, 3, size, size] → `output`.
 *
 * @param from what errors call the checkpoint.
 * @throws {ArcfaceError} INVALID_ARGUMENT for another name; MODEL_MISMATCH where the weights are not the recipe's; NO_SPACE, IO.
 */
export async function exportModel(
  recipe: Trained,
  checkpoint: Safetensors,
  from: string,
  out: string,
): Promise<Exported> {
  const { size = 112 } = recipe;
  const write = (path: string, contents: Uint8Array | string) =>
    writeWhole(path, contents).catch((error: unknown) => {
      throw fileError(error, path, "writing");
    });
  const step = Number(checkpoint.metadata.step ?? 0);
  const weights = stateDict(checkpoint.tensors, step);
  if (extname(out) === ".safetensors") {
    const parts = writeSafetensors({
      tensors: weights,
      metadata: { format: "pt", recipe: JSON.stringify(recipe), step: `${step}` },
    });
    await write(out, Buffer.concat(parts));
    return { kind: "weights", files: [out] };
  }
  const isOnnx = extname(out) === ".onnx";
  if (!isOnnx && !isArchiveName(out)) {
    throw expected("--out", "a file called .onnx, .safetensors, .tar.xz or .tar.gz", out);
  }
  const model = trainedModel(
    recipe.name,
    netOf(recipe),
    size,
    isTraining(checkpoint) ? weights : checkpoint.tensors,
    from,
  );
  const bytes = encodeModel(model) as Uint8Array<ArrayBuffer>;
  const path = isOnnx ? basename(out) : `${recipe.name}.onnx`;
  const features = tensorTypeOf(model.graph!.output[0]!)!.shape[1]!;
  const card = await cardOf(recipe, checkpoint, { bytes, path, features });
  if (isOnnx) {
    const beside = out.replace(/\.onnx$/, ".yaml");
    await write(out, bytes);
    await write(beside, cardText(card));
    return { kind: "ONNX", files: [out, beside] };
  }
  const parts = await archiveFromCard(card, bytes, { form: "export", inputName: "images", outputName: "output" });
  await writeArchiveFile(out, parts);
  return { kind: "NN archive", files: [out] };
}

/** Foreign weights must be complete. */
const isTraining = ({ metadata }: Safetensors): boolean => metadata.recipe !== undefined;

type Made = { readonly bytes: Uint8Array<ArrayBuffer>; readonly path: string; readonly features: number | string };

async function cardOf(recipe: Trained, { metadata }: Safetensors, { bytes, path, features }: Made): Promise<Card> {
  const { size = 112, name, network, loss } = recipe;
  const { step } = metadata;
  const grey = [127.5, 127.5, 127.5];
  return parseCard(
    {
      slug: `local/${name.toLowerCase().replace(/[^a-z0-9-]+/g, "-")}`,
      kind: "recognizer",
      title: step === undefined ? name : `${name}, step ${step}`,
      description: loss
        ? `Trained with \`arcface train ${name}\`: ${JSON.stringify(loss)}.`
        : `Weights of ${JSON.stringify(network)} out of a state dict.`,
      licence: {
        name: "yours",
        commercial: true,
        note: "What it may be used for depends on the photographs it was trained on.",
      },
      tasks: ["Image Embedding"],
      model: {
        sha256: await sha256Hex(bytes),
        byteLength: bytes.length,
        source: { path },
        input: { name: "images", width: size, height: size, color: "RGB", mean: grey, scale: grey },
        outputs: { embedding: "output" },
      },
      embedding: { size: features },
    },
    name,
  );
}
