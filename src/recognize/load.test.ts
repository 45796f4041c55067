import { expect, test } from "vitest";
import { type FakeHost, type FakeNetwork, fakeHost, floatInfo } from "../host/testing/fake-host.ts";
import type { Card } from "../zoo/cards/card.ts";
import { loadDetectorFrom, loadEmbedderFrom, loadRecognizerFrom, type ModelSource } from "./load.ts";
import { detectorCard, MODEL, recognizerCard, stageCard, THRESHOLDS } from "./testing/fakes.ts";

const input = (name: string, side: number) => ({
  name,
  width: side,
  height: side,
  color: "RGB",
  mean: [0, 0, 0],
  scale: [1, 1, 1],
});
const source = { path: "fake.onnx" };

const blazeface = { scores: "scores", regressors: "regressors" };
const onet = { probability: "p", box: "b", points: "l" };
const CARDS: Readonly<Record<string, Card>> = {
  embedder: recognizerCard(),
  cascade: detectorCard({
    stages: { detector: "test/blazeface", landmarks: "test/onet" },
    parser: { name: "cascade" },
  }),
  blazeface: detectorCard({
    slug: "test/blazeface",
    model: { source, input: input("x", 192), outputs: blazeface },
    parser: { name: "blazeface" },
  }),
  onet: stageCard("test/onet", { source, input: input("x", 48), outputs: onet }),
};

const NETWORKS: Readonly<Record<string, FakeNetwork>> = {
  "test/embedder": { inputs: [floatInfo("in", ["n", 3, 4, 4])], outputs: [floatInfo("out", ["n", 3])] },
  "test/blazeface": {
    inputs: [floatInfo("x", [1, 3, 192, 192])],
    outputs: [floatInfo("scores", [1, 2304, 1]), floatInfo("regressors", [1, 2304, 16])],
  },
  "test/onet": {
    inputs: [floatInfo("x", ["n", 3, 48, 48])],
    outputs: [floatInfo("p", ["n", 2]), floatInfo("b", ["n", 4]), floatInfo("l", ["n", 10])],
  },
};

const HASHES: Readonly<Record<string, string>> = { "test/embedder": "e", "test/blazeface": "b", "test/onet": "0" };

/** All cards, whatever is wanted, but those that are left out. */
function sourceOf(cards: Readonly<Record<string, Card>> = CARDS): ModelSource & { asked: unknown[] } {
  const asked: unknown[] = [];
  return {
    asked,
    async ensure(wanted, options) {
      asked.push([wanted, options]);
      const held = Object.values(cards).map((card) => {
        const hash = HASHES[card.slug]?.repeat(64) ?? null;
        return [
          card.slug,
          { card, model: card.model ? Uint8Array.of(1) : null, sha256: card.model ? hash : null },
        ] as const;
      });
      return new Map(held);
    },
  };
}

const disposals = ({ opened }: FakeHost) =>
  Object.fromEntries(opened.map(({ name, session }) => [name, session.disposals]));

test("a recogniser is its networks, checked, and both models are asked for at once", async () => {
  const host = fakeHost(NETWORKS);
  const models = sourceOf();
  const { signal } = new AbortController();
  const recognizer = await loadRecognizerFrom({ host, models, threads: 3, signal }, "test/embedder", "test/detector");
  expect(models.asked).toEqual([[["test/embedder", "test/detector"], { signal }]]);
  expect(recognizer).toMatchObject({
    name: "test/embedder",
    fingerprint: expect.stringMatching(/^test\/embedder@[0-9a-f]{16}$/),
    thresholds: THRESHOLDS,
    detectorFingerprint: expect.stringMatching(
      /^test\/detector test\/blazeface@[0-9a-f]{16} test\/onet@[0-9a-f]{16} [0-9a-f]{16}$/,
    ),
  });
  expect(recognizer.detector.name).toBe("test/detector");
  expect(recognizer.embedder).toMatchObject({ size: 3, cropSize: 4 });
  expect(host.opened.map(({ name, options }) => [name, options.threads])).toEqual([
    ["test/embedder", 3],
    ["test/blazeface", 3],
    ["test/onet", 3],
  ]);
  await recognizer[Symbol.asyncDispose]();
  expect(disposals(host)).toEqual({ "test/embedder": 1, "test/blazeface": 1, "test/onet": 1 });
});

test("a card itself may be wanted instead of a slug, and a detector of one network", async () => {
  const host = fakeHost(NETWORKS);
  const parts = { host, models: sourceOf() };
  const recognizer = await loadRecognizerFrom(parts, CARDS.embedder!, CARDS.blazeface!);
  expect(recognizer.detectorFingerprint).toMatch(/^test\/blazeface@[0-9a-f]{16} [0-9a-f]{16}$/);
  expect(host.opened.map(({ name, options }) => [name, options.threads])).toEqual([
    ["test/embedder", 1],
    ["test/blazeface", 1],
  ]);
});

test("a detector's fingerprint changes with its card's options and with how a stage is fed", async () => {
  const fingerprint = async (changed: Readonly<Record<string, Card>> = {}): Promise<string> => {
    const parts = { host: fakeHost(NETWORKS), models: sourceOf({ ...CARDS, ...changed }) };
    await using recognizer = await loadRecognizerFrom(parts, "test/embedder", "test/detector");
    return recognizer.detectorFingerprint;
  };
  const [same, again] = [await fingerprint(), await fingerprint()];
  expect(again).toBe(same);
  const cascade = (parser: object) =>
    detectorCard({
      stages: { detector: "test/blazeface", landmarks: "test/onet" },
      parser: { name: "cascade", ...parser },
    });
  expect(await fingerprint({ cascade: cascade({ scoreThreshold: 0.9 }) })).not.toBe(same);
  const onet = (fed: object) =>
    stageCard("test/onet", { source, input: { ...input("x", 48), ...fed }, outputs: CARDS.onet!.model!.outputs });
  expect(await fingerprint({ onet: onet({ color: "BGR" }) })).not.toBe(same);
  expect(await fingerprint({ onet: onet({}) })).toBe(same);
});

test("a fingerprint changes with the file and with how it is fed, and with nothing else", async () => {
  const fingerprint = async (input: object, sha256: string): Promise<string> => {
    const card = recognizerCard();
    const fed = { ...card, model: { ...card.model!, input: { ...card.model!.input, ...input } } } as typeof card;
    const model = new TextEncoder().encode("x");
    const models = { ensure: async () => new Map([[card.slug, { card: fed, model, sha256 }]]) };
    const host = fakeHost({ [card.slug]: NETWORKS["test/embedder"]! });
    await using embedder = await loadEmbedderFrom({ host, models }, card);
    return embedder.fingerprint;
  };
  const [same, again] = [await fingerprint({}, "a".repeat(64)), await fingerprint({}, "a".repeat(64))];
  expect(again).toBe(same);
  expect(await fingerprint({}, "b".repeat(64))).not.toBe(same);
  expect(await fingerprint({ color: "BGR" }, "a".repeat(64))).not.toBe(
    await fingerprint({ color: "RGB" }, "a".repeat(64)),
  );
  expect(await fingerprint({ mean: [1, 2, 3] }, "a".repeat(64))).not.toBe(same);
});

test("a fingerprint tells another alignment, and stays what it was for the usual one", async () => {
  const fingerprint = async (embedding: object): Promise<string> => {
    const card = recognizerCard({ embedding: { size: 3, ...embedding } });
    const models = { ensure: async () => new Map([[card.slug, { card, model: new Uint8Array(1), sha256: "00" }]]) };
    const host = fakeHost({ [card.slug]: NETWORKS["test/embedder"]! });
    await using embedder = await loadEmbedderFrom({ host, models }, card);
    expect(embedder.alignment).toBe(card.embedding.alignment);
    return embedder.fingerprint;
  };
  expect(await fingerprint({ alignment: "arcface" })).toBe(await fingerprint({}));
  expect(await fingerprint({ alignment: "none" })).not.toBe(await fingerprint({}));
});

test("a model without a hash is known by its slug alone", async () => {
  const card = recognizerCard({ slug: "my/embedder" });
  const host = fakeHost({ "my/embedder": NETWORKS["test/embedder"]! });
  await using embedder = await loadEmbedderFrom({ host, models: sourceOf({ card }) }, card);
  expect(embedder.fingerprint).toBe("my/embedder");
});

test("the card's batch reaches the embedder", async () => {
  const card = recognizerCard({ embedding: { size: 3, batch: 1 } });
  const host = fakeHost(NETWORKS);
  await using embedder = await loadEmbedderFrom({ host, models: sourceOf({ card }) }, "test/embedder");
  const crop = { width: 4, height: 4, data: new Uint8Array(48) };
  await expect(embedder.embed([crop, crop])).rejects.toMatchObject({
    message: "test/embedder: expected output out of float32 [1, 3], got none",
  });
});

test.each([
  ["recogniser", "test/detector", "test/detector", "test/detector: expected a recognizer, got a detector"],
  ["detector", "test/embedder", "test/embedder", "test/embedder: expected a detector, got a recognizer"],
  ["detector", "test/embedder", "test/onet", "test/onet: expected a detector, got a stage"],
])("a card of the wrong kind is no %s", async (_, recognizer, detector, message) => {
  const host = fakeHost(NETWORKS);
  await expect(loadRecognizerFrom({ host, models: sourceOf() }, recognizer, detector)).rejects.toMatchObject({
    code: "MODEL_MISMATCH",
    message,
    hint: expect.stringContaining("arcface models list"),
  });
  for (const count of Object.values(disposals(host))) expect(count).toBe(1);
});

test("alone, a detector or an embedder of the wrong kind opens nothing", async () => {
  const host = fakeHost(NETWORKS);
  const parts = { host, models: sourceOf() };
  await expect(loadDetectorFrom(parts, "test/embedder")).rejects.toMatchObject({ code: "MODEL_MISMATCH" });
  await expect(loadEmbedderFrom(parts, "test/detector")).rejects.toMatchObject({ code: "MODEL_MISMATCH" });
  expect(host.opened).toEqual([]);
});

test("where a later network does not load, those before it are closed", async () => {
  const { "test/onet": _, ...networks } = NETWORKS;
  const host = fakeHost(networks);
  await expect(
    loadRecognizerFrom({ host, models: sourceOf() }, "test/embedder", "test/detector"),
  ).rejects.toMatchObject({ code: "UNSUPPORTED_FORMAT" });
  expect(disposals(host)).toEqual({ "test/embedder": 1, "test/blazeface": 1 });
});

test("where the detector cannot be made of its networks, all are closed", async () => {
  const cascade = detectorCard({ stages: { detector: "test/blazeface" }, parser: { name: "cascade" } });
  const host = fakeHost(NETWORKS);
  await expect(
    loadRecognizerFrom({ host, models: sourceOf({ ...CARDS, cascade }) }, "test/embedder", "test/detector"),
  ).rejects.toMatchObject({ code: "MODEL_MISMATCH" });
  expect(disposals(host)).toEqual({ "test/embedder": 1, "test/blazeface": 1 });
});

test("a recogniser whose graph has another embedding is closed", async () => {
  const outputs = [floatInfo("out", ["n", 512])];
  const host = fakeHost({ ...NETWORKS, "test/embedder": { ...NETWORKS["test/embedder"]!, outputs } });
  await expect(loadEmbedderFrom({ host, models: sourceOf() }, "test/embedder")).rejects.toMatchObject({
    code: "MODEL_MISMATCH",
    message: "test/embedder: its card says an embedding of 3, the network has out [n, 512]",
  });
  expect(disposals(host)).toEqual({ "test/embedder": 1 });
});

test("a source that leaves a model or a stage out is told so", async () => {
  const { onet: _, ...cards } = CARDS;
  const parts = { host: fakeHost(NETWORKS), models: sourceOf(cards) };
  const error = (slug: string) => ({ code: "NOT_FOUND", message: `${slug}: the model source answered without it` });
  await expect(loadEmbedderFrom(parts, "test/other")).rejects.toMatchObject(error("test/other"));
  await expect(loadDetectorFrom(parts, "test/detector")).rejects.toMatchObject(error("test/onet"));
  expect(disposals(parts.host)).toEqual({ "test/blazeface": 1 });
});

test("a card's own model plays the role detector beside its stages", async () => {
  const card = detectorCard({
    slug: "test/blazeface",
    model: { ...CARDS.blazeface!.model, source },
    stages: { landmarks: "test/onet" },
    parser: { name: "cascade" },
  });
  const host = fakeHost(NETWORKS);
  await using detector = await loadDetectorFrom({ host, models: sourceOf({ card, onet: CARDS.onet! }) }, card);
  expect(detector.name).toBe("test/blazeface");
  expect(host.opened.map(({ name }) => name)).toEqual(["test/onet", "test/blazeface"]);
});

test("a fired signal opens nothing", async () => {
  const host = fakeHost(NETWORKS);
  const parts = { host, models: sourceOf(), signal: AbortSignal.abort() };
  await expect(loadRecognizerFrom(parts, "test/embedder", "test/detector")).rejects.toMatchObject({
    code: "CANCELLED",
  });
  await expect(loadDetectorFrom(parts, "test/detector")).rejects.toMatchObject({ code: "CANCELLED" });
  expect(host.opened).toEqual([]);
});

test("an error of the source passes through", async () => {
  const models: ModelSource = { ensure: () => Promise.reject(new Error("no network")) };
  await expect(loadEmbedderFrom({ host: fakeHost({}), models }, "test/embedder")).rejects.toThrow("no network");
});

test("MODEL, of which the fakes are made, is a whole model section", () => {
  expect(recognizerCard().model).toMatchObject(MODEL);
});
