import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { archiveFromCard, type Card, writeArchive } from "arcface-ts";
import { DEFAULT_RECOGNIZER, openNodeZoo } from "arcface-ts/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadLocalCard } from "../src/zoo/cards/local-card.node.ts";
import { TEST_ENV, TEST_ZOO } from "./default-models.ts";
import { type HubServer, startHubServer } from "./hub-server.ts";
import { DATA, needsData } from "./needs.ts";

const CLIP = "video/short_hamilton_clip.mp4";
const SCRFD = "models/scrfd_500m_bnkps.onnx";

/** The page's names, as a hub on this machine has them: smaller networks of the same contracts. */
let hub: HubServer;
let home = "";

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "arcface-examples-"));
  const recognizer = (await openNodeZoo(TEST_ZOO).ensure([DEFAULT_RECOGNIZER])).get(DEFAULT_RECOGNIZER)!;
  const models = [{ slug: "luxonis/arcface:lfw-112x112", card: recognizer.card, onnx: recognizer.model! }];
  if (existsSync(join(DATA, SCRFD))) {
    const card = await loadLocalCard("test/cards/scrfd_500m_bnkps.yaml");
    models.push({ slug: "luxonis/scrfd-face-detection:10g-640x640", card, onnx: await readFile(join(DATA, SCRFD)) });
  }
  const served = models.map(async ({ slug, card, onnx }) => ({
    slug,
    type: "ONNX" as const,
    files: { "model.tar.gz": await packed(card, onnx) },
  }));
  hub = await startHubServer(await Promise.all(served));
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true });
});

/** As the hub has archives: without a card of ours. */
async function packed(card: Card, onnx: Uint8Array): Promise<Uint8Array> {
  const { sha256: _, byteLength: __, ...network } = card.model!;
  const unpinned = { ...card, model: network } as Card;
  const { config, files } = await archiveFromCard(unpinned, new Uint8Array(onnx), { form: "source" });
  files.delete("card.yaml");
  const archive = writeArchive({ config, files }, { compression: "gz" });
  return new Uint8Array(await new Response(archive).arrayBuffer());
}

/** Runs an example until it ends, or has printed what is waited for. */
function run(example: string, args: readonly string[], until: RegExp | null = null): Promise<string> {
  const env = {
    ...TEST_ENV,
    ...hub.env,
    ARCFACE_CACHE: join(home, "cache"),
    DEPTHAI_ZOO_CACHE_PATH: join(home, "depthai"),
  };
  const script = ["--import", "tsx", "--conditions=arcface-source", resolve("examples", example), ...args];
  const child = spawn(process.execPath, script, { env });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
    if (until?.test(stdout)) child.kill("SIGKILL");
  });
  child.stderr.on("data", (chunk) => (stderr += chunk));
  return new Promise((done, reject) => {
    child.on("close", (code) =>
      code === 0 || until?.test(stdout) ? done(stdout) : reject(new Error(`${code}: ${stderr}`)),
    );
  });
}

test("the README shows examples/embeddings.ts as it is", async () => {
  expect(await readFile("README.md", "utf8")).toContain(
    `\`\`\`ts\n${await readFile("examples/embeddings.ts", "utf8")}\`\`\``,
  );
});

test("the page's snippet gives [1, 512] float32 for each frame of a camera", async () => {
  const printed = await run("embeddings.ts", ["test:testsrc2?size=320x240&rate=10"], /(.*\n){3}/);
  expect(printed.split("\n").slice(0, 3)).toEqual(Array(3).fill("[ 1, 512 ] float32"));
});

needsData(CLIP, SCRFD)("DepthAI's example, with the page's names", async () => {
  const page = "-det luxonis/scrfd-face-detection:10g-640x640 -rec luxonis/arcface:lfw-112x112".split(" ");
  const printed = await run("face-reidentification.ts", [...page, "-media", join(DATA, CLIP), "-fps", "6"]);
  expect(printed).toMatch(/^watch it at http:\/\/127\.0\.0\.1:\d+\/\n/);
  expect(printed).toMatch(/new: person_0\n(.*\n)*new: person_1\n/);
  expect(hub.requests.length).toBeGreaterThan(0);
});
