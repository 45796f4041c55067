import { ArcfaceError, expected } from "../../errors.ts";
import { isArchiveName } from "../../nn-archive/archive-name.ts";
import { runRefusal } from "../../nn-archive/run-refusal.ts";
import type { ModelCount } from "../../onnx/count.ts";
import type { Shape } from "../../onnx/ops/dim.ts";
import type { CardModel } from "../../zoo/cards/card.ts";
import { type CliContext, defineCommand } from "../command.ts";
import { layerTable, modelSummary } from "../count-text.ts";
import { openNodeZoo } from "../open.node.ts";
import { parseSize, type Size } from "../options.ts";

/** A network with what was counted in it; a card made of stages has several. */
type CountedModel = {
  readonly name: string;
  readonly byteLength: number;
  /** As text, where it was asked for. */
  readonly graph?: string;
} & ModelCount;

/** A network as published: ONNX, TensorFlow Lite or an NN archive; and how its card feeds it, where it has one. */
type ModelFile = { readonly name: string; readonly bytes: Uint8Array; readonly input?: CardModel["input"] };

export const modelsInfo = defineCommand({
  name: "models info",
  arguments: "<file, slug or net>",
  summary: "count a network: parameters, multiply–accumulates, layers, inputs and outputs",
  examples: [
    "arcface models info iresnet100",
    "arcface models info faceplugin/mobilefacenet --layers",
    "arcface models info scrfd.onnx --size 640x640",
    "arcface models info my.onnx --graph         # a line a node, with shapes",
  ],
  options: {
    layers: { type: "boolean", describe: "a line for each layer too" },
    graph: { type: "boolean", describe: "the graph as text too, a line for each node" },
    size: { type: "string", value: "WxH", describe: "of the image, where the network takes any (default: its card's)" },
  },
  async run(args, { layers = false, graph = false, size }, context) {
    const [name] = args;
    if (name === undefined || args.length !== 1)
      throw expected("models info", "one file, slug or net", `${args.length}`);
    const wanted = size === undefined ? null : parseSize(size);
    const models: CountedModel[] = [];
    for (const file of await filesOf(name, context)) models.push(await count(file, wanted, graph));
    // As a document it always has the layers.
    return { models, layers, toJSON: () => ({ models }) };
  },
  format: ({ models, layers }) =>
    models
      .map((model) =>
        [
          ...modelSummary(model),
          ...(layers ? ["", ...layerTable(model)] : []),
          ...(model.graph === undefined ? [] : ["", model.graph]),
        ].join("\n"),
      )
      .join("\n\n"),
});

async function filesOf(name: string, context: CliContext): Promise<readonly ModelFile[]> {
  const { readModelFile } = await import("../../zoo/own-file.node.ts");
  if (isArchiveName(name) || /\.(onnx|tflite)$/i.test(name) || /^[./\\]/.test(name))
    return [{ name, bytes: await readModelFile(name) }];
  const zoo = await openNodeZoo(context);
  const models = await zoo.ensure([name], { signal: context.signal });
  const files: ModelFile[] = [];
  for (const { card, model, path } of models.values()) {
    if (!model || !card.model) continue;
    const published = path === null ? undefined : (await zoo.paths(card.slug, { published: true })).get(card.slug);
    const bytes = published === undefined ? model : await readModelFile(published);
    files.push({ name: card.slug, bytes, input: card.model.input });
  }
  return files;
}

async function count({ name, bytes, input }: ModelFile, size: Size | null, graph: boolean): Promise<CountedModel> {
  const [
    { countModel },
    { printModel },
    { decodeModel, describeModel },
    { importTflite, isTflite },
    { isArchive, openArchive },
  ] = await Promise.all([
    import("../../onnx/count.ts"),
    import("../../onnx/print.ts"),
    import("../../onnx/model.ts"),
    import("../../onnx/tflite/import.ts"),
    import("../../zoo/archive/archive-file.ts"),
  ]);
  const archive = isArchive(bytes) ? await openArchive(bytes, name) : null;
  const refusal = archive && runRefusal(archive);
  if (refusal) throw refusal;
  const network = archive?.model ?? bytes;
  const model = isTflite(network) ? importTflite(network, name) : decodeModel(network, name);
  const [image] = describeModel(model).inputs;
  const free = image?.shape.slice(1).some((dim) => typeof dim === "string" || dim < 0);
  if (size && !free)
    throw new ArcfaceError(
      "INVALID_ARGUMENT",
      `${name}: --size is for networks of any size, this one takes [${image?.shape.join(", ")}]`,
    );
  const inputShapes =
    image && free && (size ?? input) ? { [image.name]: sized(image.shape, size ?? input!) } : undefined;
  const counted = { name, byteLength: bytes.length, ...countModel(model, { inputShapes }) };
  return graph ? { ...counted, graph: printModel(model) } : counted;
}

/** Of an image in NCHW, unless the last of four axes is its channels. */
function sized(shape: Shape, { width, height }: Size): Shape {
  const channelsLast =
    shape.length === 4 && typeof shape[1] !== "number" && typeof shape[3] === "number" && shape[3] > 0;
  const batch = typeof shape[0] === "number" && shape[0] > 0 ? shape[0] : 1;
  if (shape.length !== 4) return shape;
  return channelsLast ? [batch, height, width, shape[3]!] : [batch, shape[1]!, height, width];
}
