import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { md5 } from "../../../test/hub-server.ts";
import { NNModelDescription } from "../description.ts";
import { bytesOf } from "../testing/sample-bytes.ts";
import { getModelFromZoo } from "./get-model.node.ts";
import { createSampleHub, type SampleHub, SLUG } from "./testing/sample-hub.node.ts";

let sample: SampleHub;
beforeEach(async () => {
  sample = await createSampleHub();
});
afterEach(() => sample[Symbol.asyncDispose]());

const ONNX = bytesOf(3, 2000);
const get = async (slug: string, platform = "cpu", precision = "") => {
  const description = new NNModelDescription(slug, platform, "", "", "", precision);
  return new Uint8Array(await readFile(await getModelFromZoo(description, sample.options)));
};
const asked = () => sample.hub.requests.map(({ method, path }) => `${method} ${path}`);

test.each(["cpu", "webgpu", "wasm", "cuda", "CPU"])(
  "for %s it is the ONNX that the exports were made from",
  async (platform) => {
    expect(await get(SLUG, platform)).toEqual(ONNX);
    expect(asked()).toEqual(["POST models/read_by_slugs", "GET modelInstances", "GET modelInstances/aimi_2/download"]);
    const [bySlug, instances] = sample.hub.requests;
    expect(bySlug!.body).toEqual({ items: [{ identifier: 0, slug: SLUG }] });
    expect(instances!.query).toEqual({
      model_version_id: "aimv_luxonis_arcface_lfw-112x112_0.1.0",
      model_class: "BASE",
      model_type: "ONNX",
      limit: "500",
    });
  },
);

test("what it fetched is cached as any other, by the instance's hash", async () => {
  await get(SLUG);
  await get(SLUG);
  expect(sample.hub.storage.requests.length).toBe(1);
  sample.hub.models[2]!.files = { "newer.onnx": bytesOf(8, 100) };
  expect(await get(SLUG)).toEqual(bytesOf(8, 100));
});

test("links may be objects", async () => {
  sample.hub.links = "objects";
  expect(await get(SLUG)).toEqual(ONNX);
});

test("a slug without its team, or without its variant, is looked up in the lists", async () => {
  expect(await get("arcface:lfw-112x112")).toEqual(ONNX);
  expect(await get("luxonis/arcface")).toEqual(ONNX);
  expect(asked().slice(0, 2)).toEqual(["GET models/", "GET modelVersions"]);
  expect(sample.hub.requests[1]!.query).toMatchObject({ model_id: "aim_luxonis_arcface", variant_slug: "lfw-112x112" });
});

test("of several versions it is the newest, or the one that the ref names", async () => {
  const version = (version: string, seed: number) => ({
    slug: SLUG,
    type: "ONNX",
    version,
    files: { m: bytesOf(seed, 9) },
  });
  sample.hub.models = [version("0.9.0", 1), version("0.10.0", 2), version("0.2.0", 3)];
  expect(await get("luxonis/arcface")).toEqual(bytesOf(2, 9));
  expect(await get(`${SLUG}:0.2.0`)).toEqual(bytesOf(3, 9));
  await expect(get(`${SLUG}:7.0`)).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("a ref that is the short hash of an instance names it, or the base it was exported from", async () => {
  sample.hub.models.push({ slug: SLUG, type: "ONNX", files: { other: bytesOf(6, 50) } });
  expect(await get(`${SLUG}:${md5(bytesOf(6, 50)).slice(0, 7)}`)).toEqual(bytesOf(6, 50));
  const exported = md5(Object.values(sample.hub.models[0]!.files)[0]!).slice(0, 7);
  expect(await get(`${SLUG}:${exported}`)).toEqual(ONNX);
  await expect(get(`${SLUG}:0000000`)).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("an NN archive is preferred to a bare file, and the precision asked for is kept to", async () => {
  const one = (isNNArchive: boolean, precision: string, seed: number) => {
    return { slug: SLUG, type: "ONNX", isNNArchive, precision, files: { m: bytesOf(seed, 9) } };
  };
  sample.hub.models = [one(false, "FP32", 1), one(true, "FP32", 2), one(true, "FP16", 3)];
  expect(await get(SLUG)).toEqual(bytesOf(2, 9));
  expect(await get(SLUG, "cpu", "FP16")).toEqual(bytesOf(3, 9));
});

test.each([
  ["nobody/nothing:x", "hub: nobody/nothing:x: the hub has no such model"],
  ["luxonis/arcface:other", "hub: luxonis/arcface:other: the hub has no such model"],
])("%s is NOT_FOUND", async (slug, message) => {
  await expect(get(slug)).rejects.toMatchObject({ code: "NOT_FOUND", message });
});

test("a model of which there are exports alone is NOT_FOUND, and says why", async () => {
  sample.hub.models.pop();
  await expect(get(SLUG)).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: `hub: ${SLUG}: the hub has no ONNX that its exports were made from`,
  });
});

test("a name that models of several teams have is NOT_FOUND, and says so", async () => {
  sample.hub.models.push({ slug: "other/arcface:lfw-112x112", type: "ONNX", files: { m: bytesOf(1, 9) } });
  await expect(get("arcface:lfw-112x112")).rejects.toThrow("name its team");
});

test.each(["html", "500", "huge"] as const)(
  "a catalogue that answers with %s is an error in DepthAI's words",
  async (mode) => {
    sample.hub.mode = mode;
    await expect(get(SLUG)).rejects.toThrow(
      /^There was an error while sending a request to the Hub\nHTTP status code: \d00\n/,
    );
    expect(await sample.left()).toEqual([]);
  },
);

test("the key goes to the catalogue, and not to the storage", async () => {
  await getModelFromZoo(new NNModelDescription(SLUG, "cpu"), { ...sample.options, apiKey: "k3y" });
  expect(sample.hub.requests.map(({ headers }) => headers.authorization)).toEqual(Array(3).fill("Bearer k3y"));
  expect(sample.hub.storage.requests[0]!.authorization).toBeUndefined();
});
