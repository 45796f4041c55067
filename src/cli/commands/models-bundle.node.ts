import { expected } from "../../errors.ts";
import { type Command, defineCommand } from "../command.ts";
import { openNodeZoo } from "../open.node.ts";
import { zooOptions } from "../options.ts";

export const bundle: Command = defineCommand({
  name: "models bundle",
  arguments: "[slug...] --out <file>",
  summary: "put models into one file, for a machine without a network (the defaults where none is named)",
  examples: ["arcface models bundle --out models.tar", "arcface models bundle opencv/yunet:2023mar --out yunet.tar"],
  options: { out: { type: "string", short: "o", value: "FILE", describe: "the bundle to write" }, ...zooOptions },
  async run(slugs, { out, ...options }, context) {
    if (out === undefined) throw expected("models bundle", "--out FILE", "none");
    const { DEFAULT_DETECTOR, DEFAULT_RECOGNIZER } = await import("../../recognize/load.ts");
    const wanted = slugs.length > 0 ? slugs : [DEFAULT_RECOGNIZER, DEFAULT_DETECTOR];
    return (await openNodeZoo(context, options)).bundle(wanted, out, { signal: context.signal });
  },
  format: ({ path, byteLength, slugs }) =>
    `${path}: ${slugs.join(", ")}, ${(byteLength / 1e6).toFixed(1)} MB; \`arcface models unbundle ${path}\` puts them into a cache`,
});

export const unbundle: Command = defineCommand({
  name: "models unbundle",
  arguments: "<file>",
  summary: "put the models of a bundle into the cache; needs no network",
  examples: ["arcface models unbundle models.tar"],
  options: { commercial: zooOptions.commercial },
  async run(args, options, context) {
    const [file] = args;
    if (file === undefined || args.length !== 1) throw expected("models unbundle", "one bundle", `${args.length}`);
    return { models: await (await openNodeZoo(context, options)).unbundle(file, { signal: context.signal }) };
  },
  format: ({ models }) => `here now: ${models.join(", ")}`,
});
