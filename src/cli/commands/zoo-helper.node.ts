import { expected } from "../../errors.ts";
import { resolveModelzoo } from "../../zoo/hub/endpoints.ts";
import { type Command, defineCommand } from "../command.ts";

/** DepthAI's `zoo_helper`; its key may come from the environment, and is not shown. */
export const zooHelper: Command = defineCommand({
  name: "models zoo-helper",
  arguments: "",
  summary: "download the Luxonis hub's models that a folder of YAML descriptions names, into DepthAI's cache",
  examples: ["arcface models zoo-helper --yaml-folder depthai_models --cache-folder .depthai_cached_models"],
  options: {
    yamlFolder: {
      type: "string",
      value: "DIR",
      describe: "descriptions (default DEPTHAI_ZOO_MODELS_PATH or depthai_models)",
    },
    cacheFolder: {
      type: "string",
      value: "DIR",
      describe: "the cache (default DEPTHAI_ZOO_CACHE_PATH or .depthai_cached_models)",
    },
    apiKey: { type: "string", value: "KEY", describe: "the hub's key (default DEPTHAI_HUB_API_KEY)" },
    healthEndpoint: { type: "string", value: "URL", describe: "what is asked whether there is a network" },
    downloadEndpoint: { type: "string", value: "URL", describe: "what is asked where models are" },
    format: {
      type: "string",
      choices: ["pretty", "json"],
      describe: "how progress is told on stderr (default pretty)",
    },
    verbose: { type: "boolean", describe: "tell what is waited for, too" },
  },
  async run(args, { yamlFolder, cacheFolder, format = "pretty", verbose, ...hub }, { signal, note }) {
    if (args.length > 0) throw expected("models zoo-helper", "options alone", args.join(" "));
    const { downloadModelsFromZoo } = await import("../../zoo/hub/download-models.node.ts");
    const folder = yamlFolder || process.env.DEPTHAI_ZOO_MODELS_PATH || "depthai_models";
    const cache = cacheFolder || process.env.DEPTHAI_ZOO_CACHE_PATH || resolveModelzoo({}, {}).defaultCachePath;
    if (format === "pretty") {
      note(`Downloading models defined in yaml files in folder: ${folder}`);
      note(`Downloading models into cache folder: ${cache}`);
    }
    const all = await downloadModelsFromZoo(folder, {
      ...hub,
      cacheDirectory: cache,
      progressFormat: format,
      write: (text) => void process.stderr.write(text),
      onNotice: note,
      ...(verbose && { onWait: () => note("another process holds the lock of the model; waiting for it") }),
      signal,
    });
    return { folder, cache, all };
  },
  format: ({ folder, all }) =>
    all ? `Successfully downloaded all models from ${folder}` : `Failed to download all models from ${folder}`,
  exitCode: ({ all }) => (all ? 0 : 1),
});
