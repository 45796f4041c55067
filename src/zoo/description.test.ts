import fc from "fast-check";
import { expect, test } from "vitest";
import { NNModelDescription } from "./description.ts";

test("toString is DepthAI's, with the spaces that empty values leave", () => {
  expect(`${new NNModelDescription("luxonis/arcface:lfw-112x112", "RVC2")}`).toBe(
    [
      "NNModelDescription [",
      "  model: luxonis/arcface:lfw-112x112",
      "  platform: RVC2",
      "  optimization_level: ",
      "  compression_level: ",
      "  snpe_version: ",
      "  model_precision_type: ",
      "]",
    ].join("\n"),
  );
});

// Python's hashlib over that text.
test.each([
  ["luxonis/arcface:lfw-112x112", "RVC2", "d531e568f97503be067886bdd2b2618b4f5f92dc"],
  ["luxonis/arcface:lfw-112x112", "RVC4", "06b211c9d3dc5cf9271d30fd5c9296519d3ae2f1"],
  ["luxonis/scrfd-face-detection:10g-640x640", "RVC2", "aabfdcf6e4a01fee7f87f612f523cf87bb84db99"],
  ["luxonis/scrfd-face-detection:10g-640x640", "RVC4", "ae77a9277d2b089b20e79843739b97b2a36da59d"],
])("%s for %s is cached in DepthAI's folder %s", async (model, platform, folder) => {
  expect(await new NNModelDescription(model, platform).cacheFolderName()).toBe(folder);
});

test("check wants a model and a platform, and judges neither", () => {
  expect(new NNModelDescription("a/b", "RVC2").check()).toBe(true);
  expect(new NNModelDescription("?", "toaster").check()).toBe(true);
  expect(new NNModelDescription("a/b").check()).toBe(false);
  expect(new NNModelDescription("", "RVC2").check()).toBe(false);
});

test("a string is the description of that model alone", () => {
  expect(NNModelDescription.from("luxonis/arcface")).toEqual(new NNModelDescription("luxonis/arcface"));
});

test("its fields can be set, as in DepthAI", () => {
  const description = NNModelDescription.from("luxonis/arcface:lfw-112x112");
  description.platform = "RVC4";
  expect(description.check()).toBe(true);
});

test("YAML has the model always, the rest where it says something, the metadata's name never", () => {
  const description = new NNModelDescription("luxonis/arcface:lfw-112x112", "RVC4", "", "", "2.32.6", "INT8");
  description.globalMetadataEntryName = "arcface";
  expect(description.toYaml()).toBe(
    "model: luxonis/arcface:lfw-112x112\nplatform: RVC4\nsnpe_version: 2.32.6\nmodel_precision_type: INT8\n",
  );
  expect(new NNModelDescription("").toYaml()).toBe('model: ""\n');
});

test("values are the text that stands there, also where it looks like a number", () => {
  const text =
    "model: 1e3\nplatform: true\noptimization_level: 2\ncompression_level: 007\nsnpe_version: 2.10\nelse: [1]\n";
  expect(NNModelDescription.fromYaml(text)).toEqual(new NNModelDescription("1e3", "true", "2", "007", "2.10"));
});

test("any description survives YAML", () => {
  const text = fc.string({ unit: "grapheme" });
  fc.assert(
    fc.property(text, text, text, text, text, text, (...values) => {
      const description = new NNModelDescription(...values);
      expect(NNModelDescription.fromYaml(description.toYaml())).toEqual(description);
    }),
  );
});

test.each([
  ["platform: RVC2", "x.yaml: Key not found in yaml: model"],
  ["", "x.yaml: expected keys with values, got none"],
  ["[a, b]", "x.yaml: expected keys with values, got none"],
  ["model: [a]", "x.yaml: model: expected one value, got several"],
  ["model: {a: b", "x.yaml: expected YAML"],
  [
    `a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefgh".replace(/./g, (c) => `${c}: &${c} [${`*${String.fromCharCode(c.charCodeAt(0) - 1)},`.repeat(9)}]\n`)}`,
    "x.yaml: expected YAML",
  ],
])("%j is UNSUPPORTED_FORMAT", (text, message) => {
  expect(() => NNModelDescription.fromYaml(text, "x.yaml")).toThrow(
    expect.objectContaining({ code: "UNSUPPORTED_FORMAT", message: expect.stringContaining(message) }),
  );
});
