import { readdirSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { collectFaces, collectPhotos } from "../src/doctor/collect.ts";
import { listFaceFiles } from "../src/doctor/face-files.node.ts";
import { measureDetector } from "../src/doctor/measure-detector.ts";
import { measureRecognizer } from "../src/doctor/measure-recognizer.ts";
import type { Measurement } from "../src/doctor/measurement.ts";
import type { Photo } from "../src/doctor/photos.ts";
import { type LabelledFace, makeSamples } from "../src/doctor/samples.ts";
import { judgeCard } from "../src/doctor/verdict.ts";
import { createNodeHost } from "../src/host/host.node.ts";
import { loadRecognizer, openNodeZoo } from "../src/recognize/compose.node.ts";
import type { Recognizer } from "../src/recognize/recognizer.ts";
import { type Card, parseCard } from "../src/zoo/cards/card.ts";
import { readCard } from "../src/zoo/cards/cards.node.ts";
import { samplePhotos, TEST_ZOO } from "./default-models.ts";
import { DATA, needsData } from "./needs.ts";
import { runCli } from "./run-cli.ts";

const host = createNodeHost();
let helper: Recognizer;

beforeAll(async () => {
  helper = await loadRecognizer(TEST_ZOO);
});

afterAll(() => helper?.[Symbol.asyncDispose]());

const cardOf = (name: string): Promise<Card> => readCard(join(import.meta.dirname, "cards", `${name}.yaml`));

const published: Readonly<Record<string, string>> = {
  fr_feature: "faceplugin/mobilefacenet",
  ultraface: "faceplugin/ultraface",
};

/** A network's file: of the zoo where it is published, else of the research data. */
async function modelOf(name: string): Promise<Uint8Array> {
  const slug = published[name];
  if (slug === undefined) return readFile(join(DATA, "models", `${name}.onnx`));
  return (await openNodeZoo(TEST_ZOO).ensure([slug])).get(slug)!.model!;
}

/** What is changed of a card's `model.input`, `model` and the card itself. */
type Spoilt = { readonly input?: object; readonly model?: object; readonly card?: object };

function spoil(card: Card, { input = {}, model = {}, card: rest = {} }: Spoilt): Card {
  const changed = { ...card, ...rest, model: { ...card.model!, ...model, input: { ...card.model!.input, ...input } } };
  return parseCard(changed, "spoilt card");
}

const three = (value: number) => [value, value, value];
const MEAN_STD = { mean: [123.675, 116.28, 103.53], scale: [58.395, 57.12, 57.375] };
const inputOf = (card: Card) => card.model!.input;
const otherColor = (card: Card) => (inputOf(card).color === "RGB" ? "BGR" : "RGB");
const isMeanStd = (card: Card): boolean => inputOf(card).scale[0] !== inputOf(card).scale[1];
const alignedAs = (card: Card, alignment: string): Spoilt => ({
  card: { embedding: { ...(card as Extract<Card, { kind: "recognizer" }>).embedding, alignment } },
});

/** Ways to spoil a card that feeds pixels, and the fields to name. */
const FEEDING: readonly [string, (card: Card) => Spoilt, string[]][] = [
  ["colours swapped", (card) => ({ input: { color: otherColor(card) } }), ["color"]],
  ["scaled twice as much", (card) => ({ input: { scale: inputOf(card).scale.map((s) => 2 * s) } }), ["scale"]],
  ["scaled a third", (card) => ({ input: { scale: inputOf(card).scale.map((s) => s / 3) } }), ["scale"]],
  ["doubly normalised", () => ({ input: { mean: three(16383.75), scale: three(16256.25) } }), ["mean", "scale"]],
  ["NHWC", () => ({ input: { layout: "NHWC" } }), ["layout"]],
  ["colours and scale", (card) => ({ input: { color: otherColor(card), scale: three(2000) } }), ["color", "scale"]],
  ["input's name", () => ({ input: { name: "nothing" } }), ["input.name"]],
];

const RECOGNIZING: typeof FEEDING = [
  ...FEEDING,
  ["raw", () => ({ input: { mean: three(0), scale: three(1) } }), ["mean", "scale"]],
  ["0 to 1", () => ({ input: { mean: three(0), scale: three(255) } }), ["mean", "scale"]],
  [
    "±1 for mean and deviation, or the other way round",
    (card) => ({ input: isMeanStd(card) ? { mean: three(127.5), scale: three(127.5) } : MEAN_STD }),
    ["mean", "scale"],
  ],
  ["alignment none", (card) => alignedAs(card, "none"), ["alignment"]],
  ["alignment mirrored", (card) => alignedAs(card, "mirrored"), ["alignment"]],
  [
    "colours, layout and alignment",
    (card) => ({ ...alignedAs(card, "none"), input: { color: otherColor(card), layout: "NHWC" } }),
    ["color", "layout", "alignment"],
  ],
  ["output's name", () => ({ model: { outputs: { embedding: "nothing" } } }), ["outputs.embedding"]],
  [
    "embedding's size",
    (card) => ({ card: { embedding: { ...(card as Extract<Card, { kind: "recognizer" }>).embedding, size: 256 } } }),
    ["embedding.size"],
  ],
];

const fieldsOf = (measurement: Measurement, card: Card) => {
  const { cardAgrees, disagreements } = judgeCard(measurement, card);
  return { cardAgrees, fields: disagreements.map(({ field }) => field) };
};

const withPins = needsData("pins", "models/mobilefacenet_foamliu.onnx", "models/w600k_mbf_int8_offlineid.onnx");

describe("recognisers, from 160 faces", () => {
  let faces: LabelledFace[] | undefined;
  const measurements = new Map<string, Promise<Measurement>>();

  /** Once a network: a measurement judges any number of cards. */
  function measured(name: string): Promise<Measurement> {
    const known = measurements.get(name) ?? measure();
    measurements.set(name, known);
    return known;
    async function measure(): Promise<Measurement> {
      faces ??= await collectFaces(helper, await listFaceFiles(join(DATA, "pins")), 112, { limit: 160 });
      await using session = await host.createSession(await modelOf(name), name);
      return await measureRecognizer(session, makeSamples(faces, { limit: 160, areLabelled: true }), name);
    }
  }

  describe.each(["fr_feature", "mobilefacenet_foamliu", "w600k_mbf_int8_offlineid"])("%s", (name) => {
    withPins("its own card agrees", async () => {
      const card = await cardOf(name);
      const { contract, confidence, ...verdict } = judgeCard(await measured(name), card);
      expect(verdict).toMatchObject({ cardAgrees: true, disagreements: [], cannotTell: [] });
      const { color, mean, scale, layout } = card.model!.input;
      expect(contract).toEqual({ colorOrder: color, mean, scale, layout, alignment: "arcface" });
      // Measured: 0.99 and more.
      expect(confidence).toBeGreaterThan(0.95);
    });

    withPins("its card is told what is wrong with it, however it was spoilt", async () => {
      const card = await cardOf(name);
      const measurement = await measured(name);
      const found = RECOGNIZING.map(([what, change]) => ({
        what,
        ...fieldsOf(measurement, spoil(card, change(card))),
      }));
      expect(found).toEqual(RECOGNIZING.map(([what, , fields]) => ({ what, cardAgrees: false, fields })));
    });
  });

  withPins("a network quantised while it runs must be fed one crop at a time", async () => {
    const card = await cardOf("w600k_mbf_int8_offlineid");
    const shared = spoil(card, { card: { embedding: { size: 512, batch: 8 } } });
    expect(fieldsOf(await measured("w600k_mbf_int8_offlineid"), shared).fields).toEqual(["embedding.batch"]);
  });
});

test("the demo's six photographs are enough for the default recogniser", async () => {
  const faces = await collectFaces(helper, { kind: "loose", files: await samplePhotos() }, 112, { limit: 40 });
  expect(faces).toHaveLength(22);
  await using session = await host.createSession(await modelOf("fr_feature"), "fr_feature");
  const samples = makeSamples(faces, { limit: 240, areLabelled: false });
  const { cardAgrees, cannotTell, confidence } = judgeCard(
    await measureRecognizer(session, samples, "fr_feature"),
    await cardOf("fr_feature"),
  );
  expect({ cardAgrees, cannotTell }).toEqual({ cardAgrees: true, cannotTell: [] });
  expect(confidence).toBeGreaterThan(0.9);
});

const exchanged = (card: Card, a: string, b: string): Spoilt => {
  const { outputs } = card.model!;
  return { model: { outputs: { ...outputs, [a]: outputs[b] ?? b, [b]: outputs[a] ?? a } } };
};

const DETECTING: typeof FEEDING = [
  ...FEEDING,
  ["parser", () => ({ card: { parser: { name: "blazeface" } } }), ["parser"]],
  ["outputs exchanged", (card) => exchanged(card, "bbox_8", "kps_16"), ["outputs.bbox_8", "outputs.kps_16"]],
  [
    "an output that is not there",
    (card) => ({ model: { outputs: { ...card.model!.outputs, bbox_8: "nothing" } } }),
    ["outputs.bbox_8"],
  ],
  ["layout and input's name", () => ({ input: { layout: "NHWC", name: "nothing" } }), ["layout", "input.name"]],
  [
    "doubly normalised, NHWC",
    () => ({ input: { mean: three(16383.75), scale: three(16256.25), layout: "NHWC" } }),
    ["mean", "scale", "layout"],
  ],
  [
    "colours, scale and layout",
    (card) => ({ input: { color: otherColor(card), scale: three(2000), layout: "NHWC" } }),
    ["color", "scale", "layout"],
  ],
];

const SIZED: typeof FEEDING = [
  ["width", () => ({ input: { width: 64 } }), ["input.width"]],
  ["width and height", () => ({ input: { width: 64, height: 64 } }), ["input.width", "input.height"]],
];

const RAW: (typeof FEEDING)[number] = [
  "raw",
  () => ({ input: { mean: three(0), scale: three(1) } }),
  ["mean", "scale"],
];

const withPhotos = needsData(
  "photos",
  ...["det_500m", "face_detection_yunet_2023mar"].map((name) => `models/${name}.onnx`),
);

describe("detectors, from ten photographs", () => {
  const groups = ["group-6.jpg", "multiface-6.jpg", "two_people.jpg", "selfie-many-people.jpg"];
  let photos: Photo[] | undefined;

  async function measured(name: string): Promise<Measurement> {
    const files = [...(await samplePhotos()), ...groups.map((file) => join(DATA, "photos", file))];
    photos ??= await collectPhotos(helper, { kind: "loose", files }, { limit: 10 });
    await using session = await host.createSession(await modelOf(name), name);
    return await measureDetector(session, photos, name);
  }

  const judged = (measurement: Measurement, card: Card, ways: typeof FEEDING) =>
    ways.map(([what, change]) => ({ what, ...fieldsOf(measurement, spoil(card, change(card))) }));
  const asExpected = (ways: typeof FEEDING) => ways.map(([what, , fields]) => ({ what, cardAgrees: false, fields }));

  withPhotos.each([
    ["det_500m", [...DETECTING, RAW]],
    ["face_detection_yunet_2023mar", [...DETECTING, ...SIZED]],
  ] as const)("%s: its own card agrees, and a spoilt one is told what is wrong with it", async (name, ways) => {
    const card = await cardOf(name);
    const measurement = await measured(name);
    const { cardAgrees, cannotTell, contract } = judgeCard(measurement, card);
    expect({ cardAgrees, cannotTell, alignment: contract.alignment }).toEqual({
      cardAgrees: true,
      cannotTell: [],
      alignment: "arcface",
    });
    expect(judged(measurement, card, ways)).toEqual(asExpected(ways));
  });

  // It minds neither the order of colours nor much how they are scaled.
  withPhotos("ultraface: what its weights do not care about is not held against a card", async () => {
    const card = await openNodeZoo(TEST_ZOO).card("faceplugin/ultraface");
    const measurement = await measured("ultraface");
    const minds = (fields: readonly string[]) => !fields.includes("color") && fields[0] !== "scale";
    const ways: typeof FEEDING = [
      ...DETECTING.filter(([, , fields]) => minds(fields) && !fields.includes("outputs.bbox_8")),
      ...SIZED,
      RAW,
      [
        "raw, NHWC",
        () => ({ input: { mean: three(0), scale: three(1), layout: "NHWC" } }),
        ["mean", "scale", "layout"],
      ],
      ["boxes that are not there", () => ({ model: { outputs: { boxes: "nothing" } } }), ["outputs.boxes"]],
      ["scores and boxes", (card) => exchanged(card, "scores", "boxes"), ["outputs.scores", "outputs.boxes"]],
    ];
    expect(judgeCard(measurement, card).disagreements).toEqual([]);
    expect(judgeCard(measurement, card).cannotTell).toContain("color");
    expect(fieldsOf(measurement, spoil(card, { input: { color: "BGR" } }))).toEqual({ cardAgrees: null, fields: [] });
    expect(judged(measurement, card, ways)).toEqual(asExpected(ways));
  });
});

test("arcface models doctor: a spoilt card is an exit code of 1, and JSON says what is wrong", async () => {
  const folder = await mkdtemp(join(tmpdir(), "arcface-doctor-"));
  try {
    const card = await cardOf("fr_feature");
    const path = join(folder, "spoilt.json");
    await writeFile(path, JSON.stringify(spoil(card, { input: { color: "RGB" } })));
    const args = ["models", "doctor", "faceplugin/mobilefacenet", "--card", path, "--json"];
    const { code, json } = await runCli<Record<string, unknown>>(args);
    expect(code).toBe(1);
    expect(json).toMatchObject({
      model: "faceplugin/mobilefacenet",
      card: "test/fr-feature",
      contract: { colorOrder: "BGR", layout: "NCHW", alignment: "arcface" },
      cardAgrees: false,
      disagreements: [{ field: "color", card: "RGB", found: "BGR" }],
      pairs: "variants",
    });
    expect(Object.keys(json)).toEqual(expect.arrayContaining(["confidence", "certainty", "counts", "hypotheses"]));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("arcface models doctor: a card of stages has nothing to examine", async () => {
  const { code, json } = await runCli<{ error: { code: string } }>(["models", "doctor", "arcface/faces", "--json"]);
  expect({ code, error: json.error.code }).toEqual({ code: 2, error: "INVALID_ARGUMENT" });
});

test("each network of the research data has a card", async () => {
  const cards = readdirSync(join(import.meta.dirname, "cards"));
  for (const file of cards) expect((await readCard(join(import.meta.dirname, "cards", file))).model).toBeDefined();
  expect(cards).toHaveLength(8);
});
