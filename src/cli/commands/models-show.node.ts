import { resolve } from "node:path";
import { writeWhole } from "../../bytes/write-whole.node.ts";
import { expected } from "../../errors.ts";
import { fileError } from "../../file-error.node.ts";
import { modelPage } from "../../model-page/page.ts";
import { modelText } from "../../model-page/text.ts";
import { defineCommand } from "../command.ts";
import { openDescribed } from "../described.node.ts";
import { outputFile } from "../draw.node.ts";

export const modelsShow = defineCommand({
  name: "models show",
  arguments: "<slug or file>",
  summary: "a model's card: licence, training, results, contract; --json prints it whole",
  examples: ["arcface models show faceplugin/mobilefacenet", "arcface models show my.yaml"],
  options: {},
  async run(args, _options, context) {
    const described = await openDescribed("models show", args, context);
    // As a document it is the card, and nothing around it.
    return { ...described, toJSON: () => described.card };
  },
  format: ({ card, ...extras }) => modelText(card, extras),
});

export const modelsPage = defineCommand({
  name: "models page",
  arguments: "<slug or file>",
  summary: "a model's card as a page: one HTML file that needs nothing else",
  examples: ["arcface models page luxonis/arcface:lfw-112x112 --out arcface.html"],
  options: { out: { type: "string", short: "o", value: "FILE", describe: "write the page there" } },
  async run(args, { out }, context) {
    if (out === undefined) throw expected("models page", "--out FILE.html", "none");
    const { card, ...extras } = await openDescribed("models page", args, context);
    if (resolve(out) === resolve(args[0]!)) throw expected("--out", "another file than the card itself", out);
    await outputFile("--out", out);
    await writeWhole(out, modelPage(card, extras)).catch((error: unknown) => {
      throw fileError(error, out, "writing a model's page");
    });
    return { slug: card.slug, path: out };
  },
  format: ({ path }) => path,
});
