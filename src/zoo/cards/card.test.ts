import { expect, test } from "vitest";
import { parseCard } from "./card.ts";

const sha256 = "0".repeat(64);
const npm = {
  package: "some-package",
  version: "1.0.0",
  integrity: `sha512-${"A".repeat(86)}==`,
  byteLength: 1000,
  file: "package/model.onnx",
};
const input = { name: "input", width: 112, height: 112, color: "BGR", mean: [127, 127, 127], scale: [128, 128, 128] };
const model = { sha256, byteLength: 100, source: { npm }, input, outputs: { embedding: "output" } };
const card = {
  slug: "team/model:variant",
  kind: "recognizer",
  title: "A recogniser",
  licence: { name: "MIT", commercial: true },
  model,
  embedding: { size: 512 },
};

test("a card says the rest by its defaults", () => {
  const parsed = parseCard(card, "card.yaml");
  expect(parsed).toMatchObject({ embedding: { alignment: "arcface" }, thresholds: [], results: [] });
  expect(parsed.model?.input).toMatchObject({ layout: "NCHW", dynamic: false, stride: 1 });
});

const withInput = (change: object) => ({ ...card, model: { ...model, input: { ...input, ...change } } });
const withNpm = (change: object) => ({ ...card, model: { ...model, source: { npm: { ...npm, ...change } } } });

test.each<[string, unknown, string]>([
  ["nothing", null, "card: "],
  ["a list", [card], "card: expected recognizer, detector, landmarks or stage"],
  ["an unknown kind", { ...card, kind: "embedder" }, "kind: expected recognizer, detector, landmarks or stage"],
  ["a missing field", { ...card, licence: undefined }, "licence: "],
  ["an unknown field", { ...card, license: "MIT" }, 'Unrecognized key: "license"'],
  ["an unknown field deep inside", withInput({ std: [1, 1, 1] }), 'model.input: Unrecognized key: "std"'],
  ["a slug without a team", { ...card, slug: "model" }, "slug: expected team/model or team/model:variant"],
  ["a mean of two numbers", withInput({ mean: [127, 127] }), "mean and scale need one number a channel"],
  ["a mean of three numbers for grey", withInput({ color: "GRAY" }), "mean and scale need one number a channel"],
  ["a scale of zero", withInput({ scale: [128, 0, 128] }), "model.input.scale.1: scale must not be 0"],
  ["a mean that is no number", withInput({ mean: [Number.NaN, 127, 127] }), "model.input.mean.0: "],
  ["a crop that is no square", withInput({ height: 96 }), "model: a recogniser takes square crops"],
  ["an unknown colour order", withInput({ color: "HSV" }), "model.input.color: "],
  ["an image too large to hold", withInput({ width: 1e9 }), "model.input.width: "],
  [
    "a sha256 cut short",
    { ...card, model: { ...model, sha256: "12ab" } },
    "model.sha256: expected 64 lower-case hex digits",
  ],
  [
    "npm without sha256",
    { ...card, model: { ...model, sha256: undefined } },
    "a file from npm needs sha256 and byteLength",
  ],
  [
    "a path that leads out of the tarball",
    withNpm({ file: "package/../../x" }),
    "model.source.npm.file: expected a path inside the archive",
  ],
  [
    "a git repository as a package",
    withNpm({ package: "git+ssh://host/x" }),
    "model.source.npm.package: expected a package's name",
  ],
  ["a range of versions", withNpm({ version: "^1.0.0" }), "model.source.npm.version: expected one exact version"],
  [
    "no source",
    { ...card, model: { ...model, source: {} } },
    "model.source: expected one of npm, path, url, hub and net, got none",
  ],
  [
    "an address that is none",
    { ...card, model: { ...model, source: { url: "file:///etc/passwd" } } },
    "model.source.url: Invalid URL",
  ],
  ["a homepage that is a script", { ...card, homepage: "javascript:alert(1)" }, "homepage: Invalid URL"],
  [
    "a result of nobody",
    { ...card, results: [{ dataset: "LFW", metric: "accuracy", value: 0.99 }] },
    "results.0: expected a command or a source",
  ],
  [
    "a detector of nothing",
    { ...card, kind: "detector", model: undefined, embedding: undefined, parser: { name: "x" } },
    "a detector needs a model or stages",
  ],
  [
    "a threshold beyond cosines",
    { ...card, thresholds: [{ falseAcceptRate: 0.01, threshold: 2, measuredOn: "x" }] },
    "thresholds.0.threshold: ",
  ],
])("a card with %s is refused with the field and the reason", (_, value, problem) => {
  expect(() => parseCard(value, "my.yaml")).toThrow(expect.objectContaining({ code: "UNSUPPORTED_FORMAT" }));
  expect(() => parseCard(value, "my.yaml")).toThrow("my.yaml: not a model card: ");
  expect(() => parseCard(value, "my.yaml")).toThrow(problem);
});

test("every field that is wrong is told at once", () => {
  expect(() => parseCard({ ...withInput({ width: 0, height: 0 }), title: 3 }, "my.yaml")).toThrow(
    /title: .*model\.input\.width: .*model\.input\.height: /,
  );
});
