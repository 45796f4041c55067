import { afterEach, beforeEach, expect, test } from "vitest";
import { sha256 } from "../cache/cache.node.ts";
import { testSource } from "../sources/testing/source-conformance.ts";
import { bytesOf } from "../testing/sample-bytes.ts";
import { hubSource } from "./hub-source.node.ts";
import { createSampleHub, type SampleHub, SLUG } from "./testing/sample-hub.node.ts";

let sample: SampleHub;
beforeEach(async () => {
  sample = await createSampleHub();
});
afterEach(() => sample[Symbol.asyncDispose]());

const ONNX = bytesOf(3, 2000);

testSource("the Luxonis hub", async () => {
  const own = await createSampleHub();
  return {
    source: hubSource(own.options),
    slug: SLUG,
    file: ONNX,
    async spoil() {
      own.hub.storage.mode = "wrong";
    },
    stall() {
      own.hub.storage.mode = "slow";
    },
    async stop() {
      await own.hub[Symbol.asyncDispose]();
    },
    async [Symbol.asyncDispose]() {
      await own[Symbol.asyncDispose]();
    },
  };
});

test("a model is found by its slug, with its file's name, and fetched whole", async () => {
  const found = await hubSource(sample.options).find({ slug: SLUG, platform: "cpu" });
  expect(found).toMatchObject({ fileName: "arcface.onnx.tar.xz", sha256: null, byteLength: null, card: null });
  const seen: number[] = [];
  expect(await found!.fetch({ onProgress: (received) => seen.push(received) })).toEqual(ONNX);
  expect(seen.at(-1)).toBe(ONNX.length);
});

test("what was fetched once has its sha256, and comes out of the cache without a network", async () => {
  const source = hubSource(sample.options);
  await (await source.find({ slug: SLUG, platform: "cpu" }))!.fetch();
  const offline = hubSource({ ...sample.options, env: { ...sample.hub.env, ARCFACE_OFFLINE: "1" } });
  const found = await offline.find({ slug: SLUG, platform: "cpu" });
  expect(found).toMatchObject({ fileName: "arcface.onnx.tar.xz", sha256: sha256(ONNX) });
  expect(await found!.fetch()).toEqual(ONNX);
  expect(sample.hub.storage.requests.length).toBe(1);
});

test("for a Luxonis device it is the export", async () => {
  const found = await hubSource(sample.options).find({ slug: SLUG, platform: "RVC4" });
  expect(found!.fileName).toBe("arcface.rvc4.tar.xz");
});

test.each(["cpu", "RVC2"] as const)(
  "what the hub has not (for %s) is null, a hub that cannot tell is an error",
  async (platform) => {
    const source = hubSource(sample.options);
    expect(await source.find({ slug: "nobody/nothing:x", platform })).toBe(null);
    sample.hub.mode = "500";
    await expect(source.find({ slug: SLUG, platform })).rejects.toMatchObject({ code: "NETWORK" });
    sample.hub.health = "500";
    await expect(source.find({ slug: SLUG, platform })).rejects.toMatchObject({ code: "NETWORK" });
  },
);
