import { basename } from "node:path";
import { ArcfaceError, expected } from "../../errors.ts";
import type { NNArchive } from "../../nn-archive/nn-archive.ts";
import type { Card } from "../../zoo/cards/card.ts";
import type { Zoo } from "../../zoo/open-zoo.node.ts";
import { type CliContext, type Command, defineCommand } from "../command.ts";
import { openNodeZoo } from "../open.node.ts";
import { given } from "../options.ts";

// Reading graphs and archives takes modules that --help need not wait for.
const cards = () => import("../../zoo/archive/archive-card.ts");
const local = () => import("../../recognize/local-model.node.ts");

const outOptions = {
  compression: {
    type: "string",
    choices: ["xz", "gz", "bz2", "none"],
    describe: "how the archive is packed (default: as its name ends)",
  },
  force: { type: "boolean", describe: "write over what is there" },
} as const;

const formOptions = {
  inputName: { type: "string", value: "NAME", describe: "what the input is called then (export form: images)" },
  outputName: { type: "string", value: "NAME", describe: "what the embedding is called then (export form: output)" },
} as const;

function one(command: string, args: readonly string[], what: string): string {
  const [file] = args;
  if (file !== undefined && args.length === 1) return file;
  throw expected(`archive ${command}`, what, `${args.length}`, `arcface archive ${command} --help tells more`);
}

function two(command: string, args: readonly string[]): [string, string] {
  const [from, to] = args;
  if (from !== undefined && to !== undefined && args.length === 2) return [from, to];
  throw expected(`archive ${command}`, "an NN archive and the name of the new one", `${args.length}`);
}

const open = async (file: string, { signal }: CliContext) =>
  (await import("../../recognize/local-model-archive.node.ts")).openArchiveFile(file, { signal });

/** The card that travels in it, or one made of config.json. */
async function cardOf(archive: NNArchive): Promise<Card> {
  const { cardFromArchive, localSlug } = await import("../../zoo/archive/archive-card-read.ts");
  return cardFromArchive(archive, { slug: localSlug(archive) });
}

const size = (byteLength: number): string =>
  byteLength < 1e6 ? `${Math.ceil(byteLength / 1e3)} kB` : `${(byteLength / 1e6).toFixed(1)} MB`;

type PublishedFile = { readonly fileName: string; readonly bytes: Uint8Array<ArrayBuffer> };

/** A slug's file as it was published: what its card is of. */
async function publishedFile(zoo: Zoo, slug: string, { signal }: CliContext): Promise<PublishedFile> {
  const made = (await zoo.ensure([slug], { signal })).get(slug);
  const { source } = made?.card.model ?? {};
  if (made?.model && source && "net" in source)
    return { fileName: `${source.net}.onnx`, bytes: new Uint8Array(made.model) };
  const path = (await zoo.paths(slug, { published: true })).get(slug);
  if (path === undefined) throw expected("archive create", "a model with a file of its own", `${slug}, made of stages`);
  return ownFile(path);
}

async function ownFile(path: string): Promise<PublishedFile> {
  const { readModelFile } = await import("../../zoo/own-file.node.ts");
  return { fileName: basename(path), bytes: await readModelFile(path) };
}

const create = defineCommand({
  name: "archive create",
  arguments: "<onnx or tflite file|slug>",
  summary: "an NN archive out of a network's file and its card",
  examples: [
    "arcface archive create faceplugin/mobilefacenet --out recogniser.tar.xz",
    "arcface archive create my.onnx --card my.yaml --out my.tar.xz",
    "arcface archive create my.onnx --card my.yaml --out my.rvc.tar.xz --form export",
  ],
  options: {
    card: {
      type: "string",
      value: "SLUG|FILE",
      describe: "the card that says how the network is fed (default: the slug's)",
    },
    out: { type: "string", short: "o", value: "FILE", describe: "the archive: .tar.xz, .tar.gz, .tar.bz2 or .tar" },
    form: {
      type: "string",
      choices: ["source", "export"],
      describe:
        "source: the file as it is; export: with the preprocessing in the graph, for BGR pixels (default source)",
    },
    ...formOptions,
    ...outOptions,
  },
  async run(args, options, context) {
    const model = one("create", args, "one network's file");
    const { isModelFile } = await local();
    const { card: cardName = isModelFile(model) ? undefined : model, out, form = "source" } = options;
    if (cardName === undefined) throw expected("archive create", "--card, which says how the network is fed", "none");
    if (out === undefined) throw expected("archive create", "--out, the archive's name", "none");
    const { compressionByName } = await import("../../nn-archive/archive-name.ts");
    const compression = options.compression ?? compressionByName(out);
    const { openCard } = await local();
    const zoo = await openNodeZoo(context);
    const card = await openCard(zoo, cardName);
    const { bytes, fileName } = isModelFile(model) ? await ownFile(model) : await publishedFile(zoo, model, context);
    const parts = await (await cards()).archiveFromCard(card, bytes, {
      form,
      fileName,
      ...given({ inputName: options.inputName, outputName: options.outputName }),
    });
    const how = { compression, signal: context.signal, ...given({ force: options.force }) };
    const { saveArchive } = await import("../archive-files.node.ts");
    const saved = await saveArchive(out, parts, how);
    return { ...saved, form, members: ["config.json", ...parts.files.keys()], config: parts.config };
  },
  format: ({ file, byteLength, form, members }) => `${file}: ${form} form, ${size(byteLength)}: ${members.join(", ")}`,
});

const show = defineCommand({
  name: "archive show",
  arguments: "<archive>",
  summary: "what an NN archive holds: network, inputs, outputs, heads",
  examples: ["arcface archive show my.tar.xz", "arcface archive show my.tar.xz --json"],
  options: {},
  async run(args, _options, context) {
    const archive = await open(one("show", args, "one NN archive"), context);
    const config = archive.getConfig();
    return {
      name: config.model.metadata.name,
      modelType: archive.getModelType(),
      platforms: archive.getSupportedPlatforms(),
      members: [...archive.files].map(([name, { length }]) => ({ name, byteLength: length })),
      config,
    };
  },
  format({ name, modelType, platforms, members, config: { config_version, model } }) {
    const port = ({ name, dtype, shape, layout }: (typeof model.outputs)[number]): string =>
      `${name}: ${dtype}${shape ? ` [${shape.join(", ")}]` : ""}${layout ? ` ${layout}` : ""}`;
    return [
      `${name}: ${modelType}, ${model.metadata.precision}, for ${platforms.join(", ")}, schema ${config_version}`,
      ...model.inputs.flatMap((input) => [
        `input ${port(input)} ${input.input_type}`,
        ...Object.entries(input.preprocessing).flatMap(([key, value]) =>
          value === null || value === undefined ? [] : [`  ${key}: ${[value].flat().join(", ")}`],
        ),
      ]),
      ...model.outputs.map((output) => `output ${port(output)}`),
      ...(model.heads ?? []).map(
        ({ parser, outputs, metadata }) =>
          `head ${parser}(${(outputs ?? ["all outputs"]).join(", ")}) ${JSON.stringify(metadata)}`,
      ),
      ...members.map((member) => `${member.name}: ${size(member.byteLength)}`),
    ].join("\n");
  },
});

const extract = defineCommand({
  name: "archive extract",
  arguments: "<archive>",
  summary: "the network, its card and config.json as files",
  examples: ["arcface archive extract my.tar.xz --out my"],
  options: {
    out: { type: "string", short: "o", value: "DIR", describe: "the folder, which is made" },
    force: outOptions.force,
  },
  async run(args, { out, force }, context) {
    const file = one("extract", args, "one NN archive");
    if (out === undefined) throw expected("archive extract", "--out, a folder", "none");
    const archive = await open(file, context);
    const { writeFolder } = await import("../archive-files.node.ts");
    const { CARD_MEMBER, cardText } = await cards();
    const members = new Map<string, Uint8Array | string>(archive.files);
    members.set("config.json", JSON.stringify(archive.getConfig(), null, 4));
    if (!members.has(CARD_MEMBER)) {
      const card = await cardOf(archive).catch((error: unknown) => {
        if (!(error instanceof ArcfaceError)) throw error;
        context.note(`without a card: ${error.message}`);
        return null;
      });
      if (card) members.set(CARD_MEMBER, cardText(card));
    }
    return { files: await writeFolder(out, members, given({ force })) };
  },
  format: ({ files }) => files.join("\n"),
});

const validate = defineCommand({
  name: "archive validate",
  arguments: "<archive>",
  summary: "every problem of an NN archive: its config.json, its network, its card",
  examples: ["arcface archive validate my.tar.xz"],
  options: {},
  async run(args, _options, context) {
    const file = one("validate", args, "one NN archive");
    const { examineArchive } = await import("../../zoo/archive/archive-examine.ts");
    try {
      return { file, ...(await examineArchive(await open(file, context))) };
    } catch (error) {
      if (!(error instanceof ArcfaceError) || !["UNSUPPORTED_FORMAT", "TOO_LARGE"].includes(error.code)) throw error;
      return { file, problems: [error.message], notes: [] };
    }
  },
  format: ({ file, problems, notes }) =>
    [...(problems.length === 0 ? [`${file}: valid`] : problems), ...notes].join("\n"),
  exitCode: ({ problems }) => (problems.length === 0 ? 0 : 1),
});

/** An archive whose network is in another form. */
function reform(name: "bake" | "unbake", summary: string): Command {
  return defineCommand({
    name: `archive ${name}`,
    arguments: "<archive> <new archive>",
    summary,
    examples: [`arcface archive ${name} my.tar.xz my-${name}d.tar.xz`],
    options: { ...formOptions, ...outOptions },
    async run(args, { inputName, outputName, ...options }, context) {
      const [from, to] = two(name, args);
      const archive = await open(from, context);
      const refusal = (await import("../../nn-archive/run-refusal.ts")).runRefusal(archive);
      if (refusal) throw refusal;
      const card = await cardOf(archive);
      const fileName = basename(archive.getConfig().model.metadata.path);
      const names = given({ inputName, outputName });
      const { archiveFromCard, unbake } = await cards();
      const parts =
        name === "bake"
          ? await archiveFromCard(card, archive.model, { form: "export", fileName, ...names })
          : await unbake(card, archive.model, fileName, names);
      for (const [file, bytes] of archive.files) if (!parts.files.has(basename(file))) parts.files.set(file, bytes);
      const { saveArchive } = await import("../archive-files.node.ts");
      const saved = await saveArchive(to, parts, { signal: context.signal, ...given(options) });
      return { ...saved, input: parts.config.model.inputs[0]! };
    },
    format({ file, byteLength, input: { name, layout, preprocessing } }) {
      const { dai_type, mean, scale } = preprocessing;
      return `${file}: ${size(byteLength)}, input ${name} ${layout} ${dai_type}, mean ${mean?.join(", ")}, scale ${scale?.join(", ")}`;
    },
  });
}

export const archiveCommands: readonly Command[] = [
  create,
  show,
  extract,
  validate,
  reform("bake", "put the preprocessing into the graph: BGR, un-normalised, goes in"),
  reform("unbake", "take it out of the graph again, into config.json and the card"),
];
