import { expected } from "../../errors.ts";
import { platformsOf } from "../../model-page/variants.ts";
import { PLATFORMS } from "../../zoo/platform.ts";
import { type Command, defineCommand } from "../command.ts";
import { openNodeZoo } from "../open.node.ts";
import { zooOptions } from "../options.ts";
import { modelsInfo } from "./models-info.node.ts";
import { modelsPage, modelsShow } from "./models-show.node.ts";

const oneSlug = (command: string, args: readonly string[]): string => {
  const [slug] = args;
  if (slug === undefined || args.length !== 1)
    throw expected(`models ${command}`, "one model, as team/model", `${args.length}`);
  return slug;
};

const list = defineCommand({
  name: "models list",
  arguments: "",
  summary: "every model, what it is for, its licence, and whether it is here",
  examples: ["arcface models list", "arcface models list --commercial"],
  options: {
    commercial: { type: "boolean", describe: "only what its licence allows commercially (or ARCFACE_COMMERCIAL=1)" },
  },
  async run(_args, { commercial = process.env.ARCFACE_COMMERCIAL === "1" }, context) {
    const listings = await (await openNodeZoo(context)).list();
    const wanted = listings.filter(({ card }) => !commercial || card.licence.commercial);
    return {
      models: wanted.map(({ card, cached }) => ({
        slug: card.slug,
        kind: card.kind,
        title: card.title,
        licence: card.licence,
        platforms: platformsOf(card),
        cached,
      })),
    };
  },
  format({ models }) {
    const rows = models.map(({ slug, kind, licence, platforms, cached }) => [
      cached ? "here" : "",
      slug,
      kind,
      platforms.join(" "),
      licence.commercial || /non-commercial/i.test(licence.name) ? licence.name : `${licence.name} (not commercial)`,
    ]);
    const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
    return rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ")).join("\n");
  },
});

const pull = defineCommand({
  name: "models pull",
  arguments: "[slug...]",
  summary: "fetch models into the cache (the defaults where none is named)",
  examples: ["arcface models pull", "arcface models pull mtcnn/mtcnn"],
  options: {
    platform: {
      type: "string",
      value: PLATFORMS.join("|"),
      describe: "the file for that device, where there are several (default cpu)",
    },
    ...zooOptions,
  },
  async run(slugs, options, context) {
    const { DEFAULT_DETECTOR, DEFAULT_RECOGNIZER } = await import("../../recognize/load.ts");
    const wanted = slugs.length > 0 ? slugs : [DEFAULT_RECOGNIZER, DEFAULT_DETECTOR];
    const zoo = await openNodeZoo(context, options);
    const models = await zoo.ensure(wanted, { signal: context.signal });
    // Not those that are made of stages.
    const files = [...models.values()].filter(({ sha256 }) => sha256 !== null);
    return {
      models: files.map(({ card, sha256, path, notes }) => ({
        slug: card.slug,
        licence: card.licence.name,
        sha256,
        path,
        notes,
      })),
    };
  },
  format: ({ models }) =>
    models
      .flatMap(({ slug, path, licence, notes }) => [
        `${slug} (${licence}): ${path ?? "made when it is used"}`,
        ...notes.map((note) => `  ${note}`),
      ])
      .join("\n"),
});

const path = defineCommand({
  name: "models path",
  arguments: "<slug>",
  summary: "where a model's file lies as it runs, or those of its stages",
  examples: ["arcface models path faceplugin/mobilefacenet"],
  options: { published: { type: "boolean", describe: "the file as it was published, before it was prepared" } },
  async run(args, options, context) {
    const paths = await (await openNodeZoo(context)).paths(oneSlug("path", args), options);
    return { paths: Object.fromEntries(paths) };
  },
  format: ({ paths }) => Object.values(paths).join("\n"),
});

const verify = defineCommand({
  name: "models verify",
  arguments: "",
  summary: "read every cached file and compare it with its sha256",
  examples: ["arcface models verify"],
  options: {},
  run: async (_args, _options, context) => ({ files: await (await openNodeZoo(context)).verify() }),
  format: ({ files }) =>
    files.length === 0
      ? "the cache is empty"
      : files
          .map(({ slugs, sha256, problem }) => `${problem ?? "good"}: ${slugs.join(", ") || "no card's"} ${sha256}`)
          .join("\n"),
  exitCode: ({ files }) => (files.some(({ problem }) => problem !== null) ? 1 : 0),
});

const prune = defineCommand({
  name: "models prune",
  arguments: "",
  summary: "remove what killed processes left, and files that no card names",
  examples: ["arcface models prune"],
  options: {},
  run: async (_args, _options, context) => (await openNodeZoo(context)).prune({ signal: context.signal }),
  format: ({ removed, freedBytes }) => `${removed.length} removed, ${(freedBytes / 1e6).toFixed(1)} MB freed`,
});

const add = defineCommand({
  name: "models add",
  arguments: "<slug> <file>",
  summary: "put a file that you have into the cache, for models that are not fetched by themselves",
  examples: ["arcface models add opencv/yunet:2023mar face_detection_yunet_2023mar.onnx"],
  options: {},
  async run(args, _options, context) {
    const [slug, file] = args;
    if (!slug || !file || args.length !== 2) throw expected("models add", "a model and its file", `${args.length}`);
    const zoo = await openNodeZoo(context);
    const { card, sha256, path, notes } = await zoo.add(slug, file, { signal: context.signal });
    return { slug: card.slug, sha256, path, notes };
  },
  format: ({ slug, path: at }) => `${slug}: ${at}`,
});

const remove = defineCommand({
  name: "models remove",
  arguments: "<slug>",
  summary: "take a model, and its stages, out of the cache",
  examples: ["arcface models remove mtcnn/mtcnn"],
  options: {},
  run: async (args, _options, context) => ({
    removed: await (await openNodeZoo(context)).remove(oneSlug("remove", args), { signal: context.signal }),
  }),
  format: ({ removed }) => (removed.length === 0 ? "nothing of it was here" : `removed ${removed.join(", ")}`),
});

export const modelCommands: readonly Command[] = [
  list,
  modelsShow,
  modelsPage,
  modelsInfo,
  pull,
  path,
  verify,
  prune,
  add,
  remove,
];
