import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { archiveFromCard, writeArchive } from "arcface-ts";
import { DEFAULT_RECOGNIZER, openNodeZoo } from "arcface-ts/node";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { samplePhotos, TEST_CACHE, TEST_ZOO } from "./default-models.ts";
import { type HubServer, startHubServer } from "./hub-server.ts";
import { runCli } from "./run-cli.ts";

/** The page's model, as a hub on this machine has it: the default network in export form, and a stand-in for devices. */
const SLUG = "luxonis/arcface:lfw-112x112";
let home = "";
let hub: HubServer;
let photo: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "arcface-hub-"));
  [photo] = (await samplePhotos()) as [string];
  const zoo = openNodeZoo(TEST_ZOO);
  await zoo.ensure([DEFAULT_RECOGNIZER]);
  const onnx = await readFile((await zoo.paths(DEFAULT_RECOGNIZER, { published: true })).get(DEFAULT_RECOGNIZER)!);
  const { config, files } = await archiveFromCard(await zoo.card(DEFAULT_RECOGNIZER), new Uint8Array(onnx), {
    form: "export",
    fileName: "arcface.onnx",
  });
  // Luxonis' archives hold no card of ours.
  const network = files.get(config.model.metadata.path)!;
  const device = structuredClone(config);
  device.model.metadata.path = "arcface.dlc";
  const pack = async (contents: typeof config, name: string) => {
    const archive = writeArchive({ config: contents, files: new Map([[name, network]]) }, { compression: "gz" });
    return new Uint8Array(await new Response(archive).arrayBuffer());
  };
  hub = await startHubServer([
    { slug: SLUG, type: "ONNX", files: { "arcface.tar.gz": await pack(config, config.model.metadata.path) } },
    { slug: SLUG, type: "RVC4", files: { "arcface.rvc4.tar.gz": await pack(device, "arcface.dlc") } },
  ]);
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true });
});
beforeEach(() => cp(TEST_CACHE, join(home, "cache"), { recursive: true }));

const run = <Json>(args: string[], env: Record<string, string> = {}) =>
  runCli<Json>([...args, "--json"], {
    env: { ARCFACE_CACHE: join(home, "cache"), DEPTHAI_ZOO_CACHE_PATH: join(home, "depthai"), ...hub.env, ...env },
  });

type Embedded = { images: { faces: { embedding: number[] }[] }[] };
const embeddingsOf = ({ images }: Embedded) => images.flatMap(({ faces }) => faces.map(({ embedding }) => embedding));

test("the page's model is fetched by its name, embeds as its network does, and needs the hub once", async () => {
  const pulled = await run(["models", "pull", SLUG]);
  expect(pulled.json).toMatchObject({ models: [{ slug: SLUG, licence: "MIT", path: expect.any(String) }] });
  const asked = hub.requests.length;
  const [ours, theirs] = [
    (await run<Embedded>(["embed", photo, "--model", SLUG])).json,
    (await run<Embedded>(["embed", photo])).json,
  ];
  expect(hub.requests.length).toBe(asked);
  const [a, b] = [embeddingsOf(ours), embeddingsOf(theirs)];
  expect(a.length).toBeGreaterThan(0);
  // The same float32 operations: pixels in BGR less 127, over 128, in the graph instead of before it.
  for (const [i, embedding] of a.entries()) expect(embedding).toBeCloseToTensor(b[i]!, { atol: 2e-6 });
});

test("a device's file is fetched where it is asked for; to run it here names the device and the way to the ONNX", async () => {
  const pulled = await run(["models", "pull", SLUG, "--platform", "RVC4"]);
  expect(pulled.code).toBe(0);
  const { path } = (pulled.json as { models: { path: string }[] }).models[0]!;
  const shown = await run<{ modelType: string; platforms: string[] }>(["archive", "show", path]);
  expect(shown.json).toMatchObject({ modelType: "DLC", platforms: ["RVC4"] });
  const refused = await run<{ error: { message: string; hint: string } }>(["embed", photo, "--model", path]);
  expect(refused.code).toBe(1);
  expect(refused.json.error.message).toContain("RVC4");
  expect(refused.json.error.hint).toContain("--platform cpu");
});

test("without a network DepthAI's cache folder serves what it holds; without a copy, the error is DepthAI's", async () => {
  const nobody = { HUBAI_URL: "http://127.0.0.1:9/" }; // discard's port: nothing listens there
  await rm(join(home, "cache"), { recursive: true });
  expect((await run(["models", "pull", SLUG], nobody)).code).toBe(0);
  await rm(join(home, "cache"), { recursive: true });
  await rm(join(home, "depthai"), { recursive: true });
  const { code, json } = await run<{ error: { code: string; message: string } }>(["models", "pull", SLUG], nobody);
  expect(code).toBe(1);
  expect(json.error.code).toBe("NETWORK");
  expect(json.error.message).toContain("Model not available. No internet connection available.");
});
