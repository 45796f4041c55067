import { expected } from "../../errors.ts";
import { type Command, defineCommand } from "../command.ts";
import { openNodeZoo } from "../open.node.ts";
import { zooOptions } from "../options.ts";

const RUNTIMES = ["wasm", "webgpu", "both", "none"] as const;

export const modelsCopy: Command = defineCommand({
  name: "models copy",
  arguments: "<dir> [slug...]",
  summary: "copy models into a folder for a web page, ready to run there (the defaults where none is named)",
  examples: ["arcface models copy public/models", "arcface models copy public/models opencv/yunet:2023mar"],
  options: {
    runtime: {
      type: "string",
      choices: RUNTIMES,
      describe: "ONNX Runtime's files to put beside them: 14 MB for wasm, 27 MB for webgpu (default wasm)",
    },
    ...zooOptions,
  },
  async run([folder, ...slugs], { runtime = "wasm", ...options }, context) {
    if (folder === undefined) throw expected("models copy", "a folder", "none");
    const { DEFAULT_DETECTOR, DEFAULT_RECOGNIZER } = await import("../../recognize/load.ts");
    const { copyModels } = await import("../../zoo/web/copy-models.node.ts");
    const wanted = slugs.length > 0 ? slugs : [DEFAULT_RECOGNIZER, DEFAULT_DETECTOR];
    const models = await (await openNodeZoo(context, options)).ensure(wanted, { signal: context.signal });
    const runtimes = runtime === "both" ? (["wasm", "webgpu"] as const) : runtime === "none" ? [] : [runtime];
    const files = await copyModels(folder, models, { runtimes, signal: context.signal });
    return {
      folder,
      models: [...models].map(([slug, { card }]) => ({ slug, licence: card.licence })),
      files,
    };
  },
  format({ folder, models, files }) {
    const megabytes = files.reduce((sum, { byteLength }) => sum + byteLength, 0) / 1e6;
    return [
      ...models.map(({ slug, licence: { name, commercial, note } }) => {
        const use = commercial ? "" : ", not for commercial use";
        return `${slug}: licence ${name}${use}${note ? ` (${note.trim()})` : ""}`;
      }),
      `${folder}: ${files.length} files, ${megabytes.toFixed(1)} MB; whoever can open the page can download them`,
    ].join("\n");
  },
});
