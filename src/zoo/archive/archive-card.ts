import { stringify } from "yaml";
import { sha256Hex } from "../../bytes/sha256.ts";
import { ArcfaceError, expected } from "../../errors.ts";
import { type NNArchiveConfig, parseConfig } from "../../nn-archive/config.ts";
import { decodeModel, describeModel, type ModelDescription } from "../../onnx/model.ts";
import { DataType, type ModelProto } from "../../onnx/schema.ts";
import { importTflite, isTflite } from "../../onnx/tflite/import.ts";
import { sizeOf } from "../../tensor/tensor.ts";
import type { Card } from "../cards/card.ts";
import { graphProblems } from "./archive-check.ts";
import {
  type CardWithNetwork,
  type ExportOptions,
  hasNetwork,
  type Reformed,
  reformed,
  toExportForm,
  toSourceForm,
  withFile,
} from "./archive-form.ts";
import { headsOf, outputRoles } from "./archive-heads.ts";

/** Where the card itself travels in an archive. */
export const CARD_MEMBER = "card.yaml";

export type ArchiveOptions = Partial<ExportOptions> & {
  /**
   * `source`: the file as it is, with mean, scale and colour order in config.json. `export`: as Luxonis exports
   * networks, with these put into the graph, which then wants BGR, un-normalised.
   */
  readonly form: "source" | "export";
  /** What the ONNX file is called in the archive. Default: after the card. */
  readonly fileName?: string | undefined;
};

export type ArchiveParts = { readonly config: NNArchiveConfig; readonly files: Map<string, Uint8Array<ArrayBuffer>> };

/**
 * An NN archive of a network and its card: config.json says what DepthAI knows, `card.yaml` all the rest.
 *
 * @param file a whole one; in the source form an ONNX file travels as it is, byte by byte. A TensorFlow Lite file
 *   becomes ONNX, which a card describes anyway.
 * @throws {ArcfaceError} INTEGRITY where the card pins another file's sha256; MODEL_MISMATCH where it has no network
 * of its own, or says what the graph does not; as decodeModel, importTflite and bakePreprocessing.
 */
export async function archiveFromCard(
  card: Card,
  file: Uint8Array<ArrayBuffer>,
  { form, fileName = `${nameOf(card)}.onnx`, ...names }: ArchiveOptions,
): Promise<ArchiveParts> {
  if (!hasNetwork(card))
    throw new ArcfaceError("MODEL_MISMATCH", `${card.slug}: expected a network, got a card made of stages`);
  const tflite = isTflite(file);
  const onnxName = tflite ? fileName.replace(/\.tflite$/i, ".onnx") : fileName;
  if (!/^[^/\\]+\.onnx$/i.test(onnxName)) throw expected("archive", "a file name.onnx", JSON.stringify(fileName));
  await checkSha256(card, file, fileName);
  const source = tflite
    ? await reformed(card, importTflite(file, fileName), onnxName)
    : onnxSource(card, file, fileName);
  const made = form === "source" ? source : await toExportForm(source.card, source.model, onnxName, names);
  return parts(made.card, made.model, made.onnx, onnxName);
}

/** A path on this machine means nothing elsewhere: in an archive it is the file beside the card. */
function onnxSource(card: CardWithNetwork, onnx: Uint8Array<ArrayBuffer>, fileName: string): Reformed {
  const here = "path" in card.model.source ? withFile(card, { source: { path: fileName } }) : card;
  return { card: here, model: decodeModel(onnx, fileName), onnx };
}

/**
 * The same network with the preprocessing that its graph begins with taken out.
 *
 * @param names of input and embedding; those they have stay where none are given.
 * @throws {ArcfaceError} MODEL_MISMATCH where the graph does not begin with any that is known.
 */
export async function unbake(
  card: Card,
  onnx: Uint8Array,
  fileName: string,
  names: ExportOptions = {},
): Promise<ArchiveParts> {
  const taken = hasNetwork(card) ? await toSourceForm(card, decodeModel(onnx, fileName), fileName, names) : null;
  if (taken) return parts(taken.card, taken.model, taken.onnx, fileName);
  throw new ArcfaceError(
    "MODEL_MISMATCH",
    `${fileName}: expected a graph that begins with its preprocessing, got none`,
    {
      hint: "Transpose, Gather, Split and Concat, Sub, Add, Mul and Div by constants are known",
    },
  );
}

async function parts(
  card: CardWithNetwork,
  model: ModelProto,
  onnx: Uint8Array<ArrayBuffer>,
  path: string,
): Promise<ArchiveParts> {
  const graph = describeModel(model);
  const config = parseConfig(configOf(card, graph, precisionOf(model), path), card.slug);
  const [problem] = graphProblems(config, graph);
  if (problem !== undefined) {
    throw new ArcfaceError("MODEL_MISMATCH", `${card.slug}: ${problem.replace("config.json says", "its card says")}`, {
      hint: "the file is another network, or the card's model section is wrong; docs/model-cards.md describes it",
    });
  }
  const text = new TextEncoder().encode(cardText(card));
  return {
    config,
    files: new Map([
      [path, onnx],
      [CARD_MEMBER, text],
    ]),
  };
}

/** A card as YAML, as people write them. */
export function cardText(card: Card): string {
  return stringify(card, { lineWidth: 120 });
}

function configOf(card: CardWithNetwork, graph: ModelDescription, precision: string, path: string): unknown {
  const { input } = card.model;
  const channels = input.mean.length;
  const { width, height, color, layout, mean, scale } = input;
  const planar = layout === "NCHW";
  const embedding = card.kind === "recognizer" ? card.embedding.size : null;
  const names = graph.outputs.map(({ name }) => name);
  const embeddingName = embedding === null ? undefined : outputRoles(card, names).embedding;
  return {
    config_version: "1.0",
    model: {
      metadata: { name: nameOf(card), path, precision },
      inputs: [
        {
          name: input.name,
          dtype: "float32",
          input_type: "image",
          shape: planar ? [1, channels, height, width] : [1, height, width, channels],
          layout,
          preprocessing: { mean, scale, dai_type: color === "GRAY" ? "GRAY8" : `${color}888${planar ? "p" : "i"}` },
        },
      ],
      outputs: graph.outputs.map(({ name, dtype, shape }) => ({
        name,
        dtype: dtype === "bool" ? "boolean" : dtype,
        ...outputShape(shape, name === embeddingName ? embedding : null),
      })),
      heads: headsOf(card, names),
    },
  };
}

/** Only what is known: a batch of one, and an embedding's size. */
function outputShape(shape: readonly (number | string)[], embedding: number | null): object {
  const known = shape.map((dim, axis) => (axis === 0 && !(Number(dim) > 0) ? 1 : dim));
  // The layout that would be inferred is NC.
  if (embedding !== null && known.length === 2) return { shape: [known[0], embedding], layout: "NF" };
  return known.length > 0 && known.every((dim) => typeof dim === "number" && dim > 0) ? { shape: known } : {};
}

/** Luxonis calls any eight bits int8. */
const PRECISIONS: Partial<Record<DataType, string>> = {
  [DataType.FLOAT16]: "float16",
  [DataType.INT8]: "int8",
  [DataType.UINT8]: "int8",
};

/** The type that most of a network's numbers have. */
function precisionOf({ graph }: ModelProto): string {
  const counts = new Map<DataType, number>();
  for (const { dataType, dims } of graph?.initializer ?? []) {
    counts.set(dataType, (counts.get(dataType) ?? 0) + sizeOf(dims.map(Number)));
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? [DataType.FLOAT];
  return PRECISIONS[most] ?? "float32";
}

/** `luxonis/arcface:lfw-112x112` is arcface. */
function nameOf({ slug }: Card): string {
  return slug.split(/[/:]/)[1]!;
}

/** @throws {ArcfaceError} INTEGRITY where the card pins another sha256. */
export async function checkSha256({ slug, model }: Card, bytes: Uint8Array, where: string): Promise<void> {
  const actual = await sha256Hex(bytes);
  if (model?.sha256 === undefined || model.sha256 === actual) return;
  throw new ArcfaceError(
    "INTEGRITY",
    `${where}: expected the file of ${slug} with sha256 ${model.sha256}, got ${actual}`,
    {
      hint: "the card pins the file as published (`arcface models path --published SLUG`); what the cache made of it is another",
    },
  );
}
