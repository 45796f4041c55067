import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createNodeHost } from "../src/host/host.node.ts";
import { PREPARE_VERSION, prepareForCache } from "../src/host/prepare.ts";
import { openNetwork } from "../src/recognize/open-network.ts";
import { openCatalog } from "../src/zoo/cards/cards.node.ts";
import { hasModel } from "../src/zoo/context.node.ts";
import { openZoo, type Zoo } from "../src/zoo/open-zoo.node.ts";
import { DATA, needsData } from "./needs.ts";

const cards = (await openCatalog().list()).filter(hasModel);

const host = createNodeHost();

const open = (cacheDir?: string): Zoo =>
  openZoo({
    prepare: (bytes, name) => prepareForCache(host.createSession, bytes, name),
    prepareVersion: PREPARE_VERSION,
    ...(cacheDir !== undefined && { cacheDir }),
  });

/** Open the network as its card says and run it on nothing but zeros: names, shapes and types are then right. */
async function expectContract(zoo: Zoo, slug: string): Promise<void> {
  const loaded = (await zoo.ensure([slug])).get(slug)!;
  await using network = await openNetwork(host, loaded, {});
  const { name, width, height, color, layout } = network.input;
  const channels = color === "GRAY" ? 1 : 3;
  const shape = layout === "NCHW" ? [1, channels, height, width] : [1, height, width, channels];
  const data = new Float32Array(channels * width * height);
  const outputs = await network.session.run({ [name]: { dtype: "float32", shape, data } });
  for (const output of Object.values(network.outputs)) expect(outputs[output]?.dtype).toBe("float32");
  if (loaded.card.kind !== "recognizer") return;
  expect(outputs[network.outputs.embedding ?? ""]?.shape).toEqual([1, loaded.card.embedding.size]);
}

test.each(cards.filter(({ model }) => "npm" in model.source))(
  "the network of $slug is what its card says",
  async ({ slug }) => {
    await expectContract(open(), slug);
  },
);

for (const [slug, file] of [
  ["insightface/scrfd:500m", "models/det_500m.onnx"],
  ["opencv/yunet:2023mar", "models/face_detection_yunet_2023mar.onnx"],
] as const) {
  needsData(file)(`the network of ${slug}, added by hand, is what its card says`, async () => {
    const cacheDir = await mkdtemp(join(tmpdir(), "arcface-cards-"));
    try {
      const zoo = open(cacheDir);
      await zoo.add(slug, join(DATA, file));
      await expectContract(zoo, slug);
    } finally {
      await rm(cacheDir, { recursive: true, force: true });
    }
  });
}
