import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { buildNet } from "../src/nets/registry.ts";
import { countModel } from "../src/onnx/count.ts";
import { decodeModel } from "../src/onnx/model.ts";
import { importTflite, isTflite } from "../src/onnx/tflite/import.ts";
import { openNodeZoo } from "../src/recognize/compose.node.ts";
import { openCatalog } from "../src/zoo/cards/cards.node.ts";
import { hasModel } from "../src/zoo/context.node.ts";
import { TEST_ZOO } from "./default-models.ts";
import { DATA, needsData } from "./needs.ts";

const cards = (await openCatalog().list()).filter(hasModel);

type CardWithModel = (typeof cards)[number];

/** What a card must say of a file: its own size stands for sides that the graph leaves open. */
function expectCounts({ slug, model }: CardWithModel, bytes: Uint8Array): void {
  const { name, color, width, height } = model.input;
  const inputShapes = { [name]: [1, color === "GRAY" ? 1 : 3, height, width] };
  const network = isTflite(bytes) ? importTflite(bytes, slug) : decodeModel(bytes, slug);
  const { parameters, macs } = countModel(network, { inputShapes });
  expect({ parameters: model.parameters, macs: model.macs }).toEqual({ parameters, macs });
}

test.each(cards.filter(({ model }) => "npm" in model.source))(
  "$slug has the parameters and MACs of its card",
  async (card) => {
    // As published: what is kept to run has fewer channels.
    const paths = await openNodeZoo(TEST_ZOO).paths(card.slug, { published: true });
    expectCounts(card, await readFile(paths.get(card.slug)!));
  },
);

for (const [slug, file] of [
  ["insightface/scrfd:500m", "models/det_500m.onnx"],
  ["opencv/yunet:2023mar", "models/face_detection_yunet_2023mar.onnx"],
] as const) {
  needsData(file)(`${slug} has the parameters and MACs of its card`, async () => {
    expectCounts(cards.find((card) => card.slug === slug)!, await readFile(join(DATA, file)));
  });
}

test.each([
  ["luxonis/arcface:lfw-112x112", "iresnet100"],
  ["insightface/antelopev2", "iresnet100"],
  ["insightface/buffalo-l", "iresnet50"],
] as const)("%s has the parameters and MACs of the architecture that it was counted on", (slug, net) => {
  const { model } = cards.find((card) => card.slug === slug)!;
  const { parameters, macs } = countModel(buildNet(net));
  expect(model).toMatchObject({ parameters, macs, counted: expect.stringContaining(`models info ${net}`) });
});
