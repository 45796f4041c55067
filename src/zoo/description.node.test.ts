import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { NNModelDescription } from "./description.node.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "arcface-description-"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

const put = (name: string, model: string) => writeFile(join(folder, name), `model: ${model}\n`);

test.each(["arcface", "arcface.yaml"])(
  "%s is looked for in the models folder, and is the metadata's name",
  async (name) => {
    await put("arcface.yaml", "luxonis/arcface");
    const description = await NNModelDescription.fromYamlFile(name, folder);
    expect(description).toMatchObject({ model: "luxonis/arcface", platform: "", globalMetadataEntryName: name });
  },
);

test("without an ending .yaml is tried before .yml", async () => {
  await put("a.yml", "second");
  expect((await NNModelDescription.fromYamlFile("a", folder)).model).toBe("second");
  await put("a.yaml", "first");
  expect((await NNModelDescription.fromYamlFile("a", folder)).model).toBe("first");
});

test("the models folder is DEPTHAI_ZOO_MODELS_PATH, or else depthai_models", async () => {
  await mkdir(join(folder, "faces"));
  await put("faces/a.yaml", "found");
  vi.stubEnv("DEPTHAI_ZOO_MODELS_PATH", folder);
  expect((await NNModelDescription.fromYamlFile("faces/a")).model).toBe("found");
  vi.stubEnv("DEPTHAI_ZOO_MODELS_PATH", "");
  await expect(NNModelDescription.fromYamlFile("a.yaml")).rejects.toThrow("`depthai_models/a.yaml`");
});

test("what begins with a slash or a dot is a path, models folder or not", async () => {
  await put("a.yaml", "found");
  expect((await NNModelDescription.fromYamlFile(join(folder, "a.yaml"), "/nowhere")).model).toBe("found");
  await expect(NNModelDescription.fromYamlFile("./a.yaml", folder)).rejects.toThrow("Model file not found: `./a.yaml`");
});

test("what is not there is NOT_FOUND in DepthAI's words", async () => {
  await expect(NNModelDescription.fromYamlFile("a", "m")).rejects.toMatchObject({
    code: "NOT_FOUND",
    message:
      "Model file not found: (neither `m/a.yaml` nor `m/a.yml` exists) | " +
      "If you meant to use a relative path, prefix it with ./ (e.g. `./a`) | " +
      "Also, make sure the file exists. Read the documentation for more information.",
  });
  await expect(NNModelDescription.fromYamlFile("a.yaml", "m")).rejects.toMatchObject({
    code: "NOT_FOUND",
    message:
      "Model file not found: `m/a.yaml` | If you meant to use a relative path, prefix with ./ (e.g. `./a.yaml`) | " +
      "Also, make sure the file exists. Read the documentation for more information.",
  });
  await expect(NNModelDescription.fromYamlFile("")).rejects.toThrow("name cannot be empty!");
});

test("a folder, a NUL and a huge file are refused in our words", async () => {
  await mkdir(join(folder, "d.yaml"));
  await writeFile(join(folder, "huge.yaml"), `model: ${"a".repeat(2 ** 20)}`);
  await expect(NNModelDescription.fromYamlFile("d.yaml", folder)).rejects.toMatchObject({ code: "IO" });
  await expect(NNModelDescription.fromYamlFile("a\0", folder)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  await expect(NNModelDescription.fromYamlFile("huge.yaml", folder)).rejects.toMatchObject({ code: "TOO_LARGE" });
});

test("what is saved is read back, and lies there alone", async () => {
  const path = join(folder, "saved.yaml");
  const description = new NNModelDescription("luxonis/arcface:lfw-112x112", "RVC4", "", "", "2.32.6");
  await description.saveToYamlFile(path);
  expect(await readFile(path, "utf8")).toBe(description.toYaml());
  expect(`${await NNModelDescription.fromYamlFile(path)}`).toBe(`${description}`);
  expect(await readdir(folder)).toEqual(["saved.yaml"]);
});
