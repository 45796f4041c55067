import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { md5 } from "../../../test/hub-server.ts";
import { sha256 } from "../cache/cache.node.ts";
import { NNModelDescription } from "../description.ts";
import { bytesOf } from "../testing/sample-bytes.ts";
import { getModelFromZoo } from "./get-model.node.ts";
import { BYTES, createSampleHub, FILE, FOLDER, type SampleHub, SLUG } from "./testing/sample-hub.node.ts";

let sample: SampleHub;
beforeEach(async () => {
  sample = await createSampleHub();
});
afterEach(() => sample[Symbol.asyncDispose]());

const WHOLE = [FOLDER, `${FOLDER}/${FILE}`, `${FOLDER}/metadata.yaml`, `${FOLDER}/model.yaml`];

test("a fresh model lies where DepthAI keeps it, with DepthAI's metadata, and our sha256", async () => {
  const path = await sample.get();
  expect(path).toBe(join(sample.cacheDirectory, FOLDER, FILE));
  expect(await readFile(path)).toEqual(Buffer.from(BYTES));
  expect(await sample.left()).toEqual(WHOLE);
  expect(await sample.read(FOLDER, "metadata.yaml")).toBe(
    `hash: ${md5(BYTES)}\nmodel_id: aim_luxonis_arcface\nmodel_version_id: aimv_luxonis_arcface_lfw-112x112_0.1.0\n` +
      `model_instance_id: aimi_0\ndownloaded_files:\n  - ${FILE}\nsha256:\n  ${FILE}: ${sha256(BYTES)}\n`,
  );
  expect(await sample.read(FOLDER, "model.yaml")).toBe(`model: ${SLUG}\nplatform: RVC2\n`);
  expect(await sample.read(".locks", `${FOLDER}.lock`)).toBe("");
});

test("the hub is asked as DepthAI asks it, with what is not empty", async () => {
  const description = new NNModelDescription(SLUG, "RVC4", "3", "", "2.32.6", "INT8");
  await getModelFromZoo(description, { ...sample.options, apiKey: "k3y" });
  const [asked] = sample.hub.requests;
  expect(asked).toMatchObject({
    method: "GET",
    path: "models/download",
    headers: { "content-type": "application/json", authorization: "Bearer k3y" },
  });
  expect(asked!.query).toEqual({
    slug: SLUG,
    platform: "RVC4",
    optimizationLevel: "3",
    snpeVersion: "2.32.6",
    modelPrecisionType: "INT8",
  });
  expect(sample.hub.storage.requests.map(({ authorization }) => authorization)).toEqual([undefined]);
});

test("what is cached and current is not fetched again", async () => {
  await sample.get();
  await sample.get();
  expect(sample.hub.requests.length).toBe(2);
  expect(sample.hub.storage.requests.length).toBe(1);
});

test("useCached: false fetches it all the same", async () => {
  await sample.get();
  await sample.get({ useCached: false });
  expect(sample.hub.storage.requests.length).toBe(2);
});

test("a hash that the hub changed is fetched anew, and that is said in DepthAI's words", async () => {
  await sample.get();
  const newer = bytesOf(9, 5000);
  sample.hub.models[0]!.files = { "newer.tar.xz": newer };
  const notices: string[] = [];
  const path = await sample.get({ onNotice: (notice) => notices.push(notice) });
  expect(notices).toEqual(["Cached model hash does not match response hash, downloading anew ..."]);
  expect(await readFile(path)).toEqual(Buffer.from(newer));
  expect(await sample.left()).toEqual(WHOLE.map((file) => file.replace(FILE, "newer.tar.xz")).sort());
});

test("where nobody answers, what is cached serves; what is not is refused in DepthAI's words", async () => {
  sample.hub.health = "500";
  const endpoint = `${sample.hub.url}/models/api/v1/health/`;
  await expect(sample.get()).rejects.toMatchObject({
    code: "NETWORK",
    message: `Model not available. No internet connection available. Could not connect to host: ${endpoint}`,
  });
  sample.hub.health = "ok";
  const path = await sample.get();
  sample.hub.health = "500";
  expect(await sample.get()).toBe(path);
  expect(sample.hub.requests.length).toBe(1);
});

test("a health check that takes longer than DEPTHAI_ZOO_INTERNET_CHECK_TIMEOUT is no network", async () => {
  sample.hub.health = "hang";
  const env = { ...sample.hub.env, DEPTHAI_ZOO_INTERNET_CHECK_TIMEOUT: "50" };
  await expect(sample.get({ env })).rejects.toThrow("Could not connect to host");
});

test.each([{ DEPTHAI_ZOO_INTERNET_CHECK: "0" }, { ARCFACE_OFFLINE: "1" }])("under %j nobody is asked", async (off) => {
  const env = { ...sample.hub.env, ...off };
  await expect(sample.get({ env })).rejects.toMatchObject({
    code: "NETWORK",
    message: "Model no available. Please set DEPTHAI_ZOO_INTERNET_CHECK to 1 to download models from the model zoo.",
  });
  const path = await sample.get();
  const checks = sample.hub.healthChecks;
  expect(await sample.get({ env })).toBe(path);
  expect(sample.hub.healthChecks).toBe(checks);
});

test("no key and a wrong key are the hub's 401 in DepthAI's words, with what to do; the right one passes", async () => {
  sample.hub.key = "right";
  await expect(sample.get()).rejects.toMatchObject({
    code: "NETWORK",
    message:
      "There was an error while sending a request to the Hub\nHTTP status code: 401\nCPR error code: 0\n" +
      'Response text: {"detail":"Invalid API key"}',
    hint: expect.stringContaining("DEPTHAI_HUB_API_KEY"),
  });
  await expect(sample.get({ apiKey: "wrong" })).rejects.toMatchObject({
    hint: expect.stringContaining("does not accept the API key"),
  });
  await sample.get({ apiKey: "right" });
});

test("the key is the argument, else DEPTHAI_HUB_API_KEY, else HUBAI_API_KEY", async () => {
  const env = { ...sample.hub.env, HUBAI_API_KEY: "third" };
  await sample.get({ env });
  await sample.get({ env: { ...env, DEPTHAI_HUB_API_KEY: "second" } });
  await sample.get({ env: { ...env, DEPTHAI_HUB_API_KEY: "second" }, apiKey: "first" });
  expect(sample.hub.requests.map(({ headers }) => headers.authorization)).toEqual(
    ["third", "second", "first"].map((key) => `Bearer ${key}`),
  );
});

test("the key is in no file of the cache", async () => {
  await sample.get({ apiKey: "s3cret" });
  for (const file of ["metadata.yaml", "model.yaml"]) expect(await sample.read(FOLDER, file)).not.toContain("s3cret");
});

test("endpoints may be given one by one", async () => {
  const health = `${sample.hub.url}/models/api/v1/health/`;
  const download = `${sample.hub.url}/models/api/v1/models/download`;
  await sample.get({ env: {}, healthEndpoint: health, downloadEndpoint: download });
  expect(sample.hub.requests.length).toBe(1);
});

test("the cache is the argument, else DEPTHAI_ZOO_CACHE_PATH, else the default", async () => {
  const env = { ...sample.hub.env, DEPTHAI_ZOO_CACHE_PATH: join(sample.folder, "second") };
  const found = [
    await sample.get({ env }),
    await sample.get({ env, cacheDirectory: "" }),
    await sample.get({ cacheDirectory: "", defaultCachePath: join(sample.folder, "third") }),
  ];
  expect(found.map((path) => relative(sample.folder, path).split("/")[0])).toEqual(["cache", "second", "third"]);
});

test("a description that lacks something is refused as DepthAI does, also where it is a string", async () => {
  await expect(getModelFromZoo(SLUG, sample.options)).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: `Invalid model description:\n${new NNModelDescription(SLUG)}`,
  });
  expect(await sample.left()).toEqual([]);
});

test("a description read by a name has an entry in the global metadata, which goes with the model", async () => {
  const named = new NNModelDescription(SLUG, "RVC2");
  named.globalMetadataEntryName = "faces/arcface.yaml";
  await mkdir(sample.cacheDirectory);
  await writeFile(join(sample.cacheDirectory, "metadata.yaml"), "other:\n  hash: 2.10\n");
  await getModelFromZoo(named, sample.options);
  const entry =
    `faces/arcface.yaml:\n  hash: ${md5(BYTES)}\n  model_id: aim_luxonis_arcface\n` +
    `  model_version_id: aimv_luxonis_arcface_lfw-112x112_0.1.0\n  model_instance_id: aimi_0\n` +
    `  downloaded_files:\n    - ${FILE}\n  folder_name: ${FOLDER}\n`;
  expect(await sample.read("metadata.yaml")).toBe(`other:\n  hash: 2.10\n${entry}`);
  sample.hub.mode = "404";
  await expect(getModelFromZoo(named, sample.options)).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(await sample.read("metadata.yaml")).toBe("other:\n  hash: 2.10\n");
  expect(await sample.left()).toEqual(["metadata.yaml"]);
});

test("a cache that DepthAI filled serves, and its file is held against the hub's hash", async () => {
  await sample.get();
  const path = join(sample.cacheDirectory, FOLDER, "metadata.yaml");
  await writeFile(path, `hash: ${md5(BYTES)}\nmodel_id: ""\ndownloaded_files:\n  - ${FILE}`);
  await sample.get();
  await writeFile(path, `hash: ${md5(bytesOf(5, 10))}\ndownloaded_files: [${FILE}]`);
  const env = { ...sample.hub.env, ARCFACE_OFFLINE: "1" };
  await expect(sample.get({ env })).rejects.toMatchObject({ code: "INTEGRITY" });
  expect(sample.hub.storage.requests.length).toBe(1);
});

test("a cached file that was changed is refused without a network, and fetched again with one", async () => {
  const path = await sample.get();
  await writeFile(path, "changed");
  const env = { ...sample.hub.env, ARCFACE_OFFLINE: "1" };
  await expect(sample.get({ env })).rejects.toMatchObject({
    code: "INTEGRITY",
    message: expect.stringContaining(`sha256 ${sha256(BYTES)}`),
  });
  const notices: string[] = [];
  await sample.get({ onNotice: (notice) => notices.push(notice) });
  expect(notices).toEqual([expect.stringContaining("downloaded anew")]);
  expect(await readFile(path)).toEqual(Buffer.from(BYTES));
});

test("metadata that cannot be read, and files that are gone, are mended", async () => {
  const path = await sample.get();
  await writeFile(join(sample.cacheDirectory, FOLDER, "metadata.yaml"), "[");
  await sample.get();
  await rm(path);
  const env = { ...sample.hub.env, ARCFACE_OFFLINE: "1" };
  await expect(sample.get({ env })).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: `No files found in cache folder ${join(sample.cacheDirectory, FOLDER)}`,
  });
  expect(await readFile(await sample.get())).toEqual(Buffer.from(BYTES));
});

test("of several files the first is the model, and each is verified at each use", async () => {
  sample.hub.models[0]!.files = { "m.bin": bytesOf(1, 100), "m.xml": bytesOf(2, 100) };
  const path = await sample.get();
  expect(path).toBe(join(sample.cacheDirectory, FOLDER, "m.bin"));
  await writeFile(join(sample.cacheDirectory, FOLDER, "m.xml"), "changed");
  const env = { ...sample.hub.env, ARCFACE_OFFLINE: "1" };
  await expect(sample.get({ env })).rejects.toMatchObject({ code: "INTEGRITY" });
});

test("calls at once fetch once", async () => {
  const paths = await Promise.all([sample.get(), sample.get(), sample.get()]);
  expect(new Set(paths).size).toBe(1);
  expect(sample.hub.storage.requests.length).toBe(1);
});
