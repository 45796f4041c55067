import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseYamlText } from "../yaml-text.ts";
import { downloadModelsFromZoo } from "./download-models.node.ts";
import { BYTES, createSampleHub, FOLDER, type SampleHub, SLUG } from "./testing/sample-hub.node.ts";

let sample: SampleHub;
let models = "";
beforeEach(async () => {
  sample = await createSampleHub();
  models = join(sample.folder, "models");
  await mkdir(join(models, "deep"), { recursive: true });
  await writeFile(join(models, "arcface.yaml"), `model: ${SLUG}\nplatform: RVC2\n`);
  await writeFile(join(models, "deep", "_four.yml"), `model: ${SLUG}\nplatform: RVC4\n`);
  await writeFile(join(models, "README.md"), "no model");
});
afterEach(() => sample[Symbol.asyncDispose]());

test("all descriptions below the folder are fetched, and listed by their paths in it", async () => {
  expect(await downloadModelsFromZoo(models, sample.options)).toBe(true);
  const listed = parseYamlText(await sample.read("metadata.yaml")) as Map<string, Map<string, string>>;
  expect([...listed.keys()]).toEqual(["arcface.yaml", "deep/_four.yml"]);
  expect(listed.get("arcface.yaml")!.get("folder_name")).toBe(FOLDER);
});

test("one that fails is told as DepthAI tells it, and the others come", async () => {
  await writeFile(join(models, "bad.yaml"), "platform: RVC2\n");
  const notices: string[] = [];
  expect(await downloadModelsFromZoo(models, { ...sample.options, onNotice: (text) => notices.push(text) })).toBe(
    false,
  );
  expect(notices).toEqual([
    `Failed to download model [2 / 3]: bad.yaml in folder ${models}\n` +
      `${join(models, "bad.yaml")}: Key not found in yaml: model`,
  ]);
  expect(sample.hub.storage.requests.length).toBe(2);
});

test("in JSON an error is a line of its own between those of the downloads", async () => {
  await writeFile(join(models, "bad.yaml"), "platform: RVC2\n");
  let text = "";
  const write = (part: string) => {
    text += part;
  };
  await downloadModelsFromZoo(models, { ...sample.options, progressFormat: "json", write });
  const lines = text.trimEnd().split("\n");
  expect(JSON.parse(lines[0]!)).toMatchObject({ download_total: BYTES.length, model_name: "arcface.yaml" });
  const errors = lines.map((line) => JSON.parse(line)).filter(({ log_type }) => log_type === "error");
  expect(errors).toEqual([
    {
      log_type: "error",
      model_name: "bad.yaml",
      detail: expect.stringContaining("Failed to download model [2 / 3]: bad.yaml"),
    },
  ]);
});

test("a folder that is not there is NOT_FOUND in DepthAI's words, an empty one is done", async () => {
  await expect(downloadModelsFromZoo("/nowhere/m", sample.options)).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: "Path does not exist: /nowhere/m",
  });
  await mkdir(join(sample.folder, "empty"));
  expect(await downloadModelsFromZoo(join(sample.folder, "empty"), sample.options)).toBe(true);
});
