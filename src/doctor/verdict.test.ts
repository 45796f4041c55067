import { expect, test } from "vitest";
import { recognizerCard } from "../recognize/testing/fakes.ts";
import type { Contract } from "./contract.ts";
import type { RecognizerMeasurement } from "./measurement.ts";
import { judgeCard } from "./verdict.ts";

const PM1: Contract = {
  colorOrder: "BGR",
  mean: [127.5, 127.5, 127.5],
  scale: [127.5, 127.5, 127.5],
  layout: "NCHW",
  alignment: "arcface",
};

/** A measurement whose contracts have these shares, of a network of 4×4 → 3 numbers. */
function measured(shares: readonly (readonly [Partial<Contract>, number])[], works = true): RecognizerMeasurement {
  const input = { name: "in", dtype: "float32", shape: ["N", 3, 4, 4] } as const;
  const outputs = [{ name: "out", dtype: "float32", shape: ["N", 3] }] as const;
  return {
    kind: "recognizer",
    graph: { inputs: [input], outputs, input, channels: 3, layouts: ["NCHW"] },
    standings: shares.map(([changes, share]) => {
      const contract = { ...PM1, ...changes };
      const runner = { contract, measure: async () => new Float64Array(1) };
      return { contract, share, score: share, samples: 60, isLeft: share > 0, runner };
    }),
    works,
    output: "out",
    embeddingSize: 3,
    isBatchSafe: true,
    pairs: "people",
    counts: { samples: 60, faces: 60, people: 15, genuine: 90, impostor: 1680 },
  };
}

function card(input: object = {}, embedding: object = {}, outputs: object = { embedding: "out" }) {
  const fed = { name: "in", width: 4, height: 4, color: "BGR", mean: PM1.mean, scale: PM1.scale, ...input };
  const model = { source: { path: "x.onnx" }, input: fed, outputs };
  return recognizerCard({ model, embedding: { size: 3, ...embedding } });
}

const sure = measured([
  [{}, 0.99],
  [{ colorOrder: "RGB" }, 0.01],
]);

test("a card of another form of the same contract agrees, and its form is the answer", () => {
  const form = { mean: [127, 127, 127], scale: [128, 128, 128] };
  const verdict = judgeCard(sure, card(form));
  expect(verdict).toMatchObject({
    cardAgrees: true,
    disagreements: [],
    confidence: 0.99,
    contract: { ...PM1, ...form },
  });
});

test.each<[string, Parameters<typeof card>, string[]]>([
  ["colours", [{ color: "RGB" }], ["color"]],
  ["raw", [{ mean: [0, 0, 0], scale: [1, 1, 1] }], ["mean", "scale"]],
  ["scale", [{ scale: [64, 64, 64] }], ["scale"]],
  ["colours and scale", [{ color: "RGB", scale: [255, 255, 255] }], ["color", "scale"]],
  ["layout", [{ layout: "NHWC" }], ["layout"]],
  ["alignment", [{}, { alignment: "none" }], ["alignment"]],
  ["input's name", [{ name: "data" }], ["input.name"]],
  ["output's name", [{}, {}, { embedding: "fc1" }], ["outputs.embedding"]],
  ["embedding's size", [{}, { size: 128 }], ["embedding.size"]],
  ["input's size", [{ width: 8, height: 8 }], ["input.width", "input.height"]],
  ["grey", [{ color: "GRAY", mean: [127.5], scale: [127.5] }], ["color", "mean", "scale"]],
])("a card whose %s is wrong is told so", (_, changes, fields) => {
  const { cardAgrees, disagreements } = judgeCard(sure, card(...changes));
  expect({ cardAgrees, fields: disagreements.map(({ field }) => field) }).toEqual({ cardAgrees: false, fields });
});

test("a disagreement says what the card has and what was found", () => {
  expect(judgeCard(sure, card({ color: "RGB" })).disagreements).toEqual([
    { field: "color", card: "RGB", found: "BGR" },
  ]);
});

test("a card is not contradicted in what the faces do not decide", () => {
  const unsure = measured([
    [{}, 0.6],
    [{ colorOrder: "RGB" }, 0.4],
  ]);
  const verdict = judgeCard(unsure, card({ color: "RGB" }));
  expect(verdict).toMatchObject({ cardAgrees: null, cannotTell: ["color"], disagreements: [], confidence: 0.6 });
  expect(verdict.certainty.color).toBeCloseTo(0.6, 12);
  expect(verdict.certainty.normalization).toBeCloseTo(1, 12);
});

test("what is unlikely is refuted, though what is right cannot be told", () => {
  const unsure = measured([
    [{}, 0.6],
    [{ scale: [255, 255, 255] }, 0.38],
    [{ scale: [1, 1, 1] }, 0.02],
  ]);
  expect(judgeCard(unsure, card({ scale: [1, 1, 1] }))).toMatchObject({
    cardAgrees: false,
    cannotTell: ["normalization"],
  });
  expect(judgeCard(unsure, card({ scale: [255, 255, 255] })).cardAgrees).toBeNull();
  // Never tried, so that nothing is known against it.
  expect(judgeCard(unsure, card({ scale: [100, 100, 100] })).cardAgrees).toBeNull();
});

test("where nothing makes the network work, the card is not blamed for its pixels", () => {
  const verdict = judgeCard(measured([[{}, 1]], false), card({ color: "RGB" }));
  expect(verdict).toMatchObject({ cardAgrees: null, confidence: 0, disagreements: [] });
});

test("crops that change one another's embedding must be run one by one", () => {
  const shared = { ...sure, isBatchSafe: false };
  expect(judgeCard(shared, card()).disagreements).toEqual([{ field: "embedding.batch", card: 8, found: 1 }]);
  expect(judgeCard(shared, card({}, { batch: 1 })).cardAgrees).toBe(true);
});

test("without a card there is nothing to agree", () => {
  expect(judgeCard(sure, null)).toMatchObject({ cardAgrees: null, disagreements: [], contract: PM1 });
});
