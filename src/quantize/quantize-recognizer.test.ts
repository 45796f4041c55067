import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createNodeHost } from "../host/host.node.ts";
import { createImage } from "../image/image.ts";
import { encodeModel } from "../onnx/model.ts";
import { noise } from "../onnx/noise.ts";
import { loadEmbedderFrom } from "../recognize/load.ts";
import { type CardOf, parseCard } from "../zoo/cards/card.ts";
import { int8Card } from "./int8-card.node.ts";
import { partsOf } from "./model-in-hand.ts";
import { quantizeRecognizer } from "./quantize-recognizer.node.ts";
import { smallNet } from "./testing/small-net.ts";

const grey = [127.5, 127.5, 127.5];
const card = parseCard(
  {
    slug: "test/small",
    kind: "recognizer",
    title: "small",
    licence: { name: "none needed", commercial: true },
    model: {
      source: { path: "small.onnx" },
      input: { name: "images", width: 32, height: 32, color: "RGB", mean: grey, scale: grey },
      outputs: { embedding: "output" },
    },
    embedding: { size: 32 },
    thresholds: [{ falseAcceptRate: 0.001, threshold: 0.3, measuredOn: "faces" }],
  },
  "test",
) as CardOf<"recognizer">;

const { codec } = createNodeHost();
let folder = "";
const pictures: string[] = [];
const crop = (seed: number) =>
  createImage(
    32,
    32,
    Uint8Array.from(noise(3 * 32 * 32, seed), (x) => 127.5 * (1 + x)),
  );
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "arcface-int8-"));
  for (let i = 0; i < 10; i++) {
    const path = join(folder, `${i}.png`);
    await writeFile(path, await codec.encode(crop(i), "png"));
    pictures.push(path);
  }
});
afterAll(() => rm(folder, { recursive: true }));

test("a recogniser in 8 bits embeds crops as before, under the card it had", async () => {
  const bytes = encodeModel(smallNet());
  const made = await quantizeRecognizer(card, bytes, { pictures, crops: true });
  expect(made).toMatchObject({ inputs: 10, floatLayers: [], accuracy: null, faces: null, kept: null });
  expect(made.cosine.mean).toBeGreaterThan(0.995);
  expect(made.model.length).toBeLessThan(bytes.length);
  await using embedder = await loadEmbedderFrom(partsOf(createNodeHost(), card, made.model), card);
  expect((await embedder.embed([crop(0), crop(1)])).map(({ length }) => length)).toEqual([32, 32]);
  const text = await int8Card(card, { path: "small8.onnx", bytes: made.model, how: "as a test" });
  expect(text).toContain("slug: int8/small");
  expect(text).toContain("measuredOn: faces, in float");
});

test("pictures that cannot be read are left out and told of", async () => {
  const broken = join(folder, "broken.png");
  await writeFile(broken, "no picture");
  const told: string[] = [];
  const options = { pictures: [...pictures, broken], crops: true, onUnread: (file: string) => told.push(file) };
  expect((await quantizeRecognizer(card, encodeModel(smallNet()), options)).inputs).toBe(10);
  expect(told).toEqual([broken]);
  await expect(
    quantizeRecognizer(card, encodeModel(smallNet()), { pictures: [broken], crops: true }),
  ).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
  });
});

test("without pictures, with a loss but no pairs, and quantised already, it is refused", async () => {
  const bytes = encodeModel(smallNet());
  const refused = { code: "INVALID_ARGUMENT" };
  await expect(quantizeRecognizer(card, bytes, { pictures: [] })).rejects.toMatchObject(refused);
  await expect(quantizeRecognizer(card, bytes, { pictures, crops: true, maxLoss: 0.1 })).rejects.toMatchObject(refused);
  const { model } = await quantizeRecognizer(card, bytes, { pictures, crops: true });
  await expect(quantizeRecognizer(card, model, { pictures, crops: true })).rejects.toMatchObject({
    ...refused,
    message: expect.stringMatching(/quantised already/),
  });
});

test("a loss that a network in 8 bits keeps on pairs leaves no layer in float", async () => {
  const csv = join(folder, "pairs.csv");
  const rows = Array.from(
    { length: 8 },
    (_, i) => `${i}.png,${i % 2 === 0 ? `${i}` : `${i + 1}`}.png,${i % 2 === 0 ? 1 : 0},${i % 4 < 2 ? 0 : 1}`,
  );
  await writeFile(csv, ["a,b,same,fold", ...rows].join("\n"));
  const made = await quantizeRecognizer(card, encodeModel(smallNet()), {
    pictures,
    crops: true,
    pairs: csv,
    maxLoss: 0.1,
  });
  expect(made).toMatchObject({ kept: true, floatLayers: [], sensitivity: [], accuracy: { pairs: 8 } });
});
