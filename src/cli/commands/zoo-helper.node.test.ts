import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createSampleHub, SLUG } from "../../zoo/hub/testing/sample-hub.node.ts";
import type { CliContext } from "../command.ts";
import { zooHelper } from "./zoo-helper.node.ts";

test("models zoo-helper fills the cache, says so, and fails where one is missing", async () => {
  await using sample = await createSampleHub();
  const yamlFolder = join(sample.folder, "models");
  await mkdir(yamlFolder);
  await writeFile(join(yamlFolder, "a.yaml"), `model: ${SLUG}\nplatform: RVC2\n`);
  const notes: string[] = [];
  const context: CliContext = {
    progress: { update() {}, stop() {} } as unknown as CliContext["progress"],
    signal: new AbortController().signal,
    note: (line) => notes.push(line),
  };
  const options = {
    yamlFolder,
    cacheFolder: sample.cacheDirectory,
    healthEndpoint: `${sample.hub.url}/models/api/v1/health/`,
    downloadEndpoint: `${sample.hub.url}/models/api/v1/models/download`,
    apiKey: "s3cret",
  };
  const run = async () => {
    const result = await zooHelper.run([], options as never, context);
    return [await zooHelper.format(result), zooHelper.exitCode?.(result, options as never)];
  };
  expect(await run()).toEqual([`Successfully downloaded all models from ${yamlFolder}`, 0]);
  sample.hub.mode = "404";
  expect(await run()).toEqual([`Failed to download all models from ${yamlFolder}`, 1]);
  expect(notes[1]).toBe(`Downloading models into cache folder: ${sample.cacheDirectory}`);
  expect(notes.at(-1)).toContain("Failed to download model [1 / 1]: a.yaml");
  expect(notes.join("\n")).not.toContain("s3cret");
});
