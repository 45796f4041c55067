import { expect, test } from "vitest";
import { parseCard } from "../zoo/cards/card.ts";
import { platformsOf, variantsOf } from "./variants.ts";

const card = (fields: object = {}) =>
  parseCard(
    {
      slug: "me/mine:small",
      kind: "stage",
      title: "Mine",
      licence: { name: "MIT", commercial: true },
      model: {
        source: { path: "mine.onnx" },
        input: { name: "x", width: 24, height: 32, color: "GRAY", mean: [0], scale: [1], layout: "NHWC" },
        outputs: {},
      },
      ...fields,
    },
    "test",
  );

test("a card without variants has the one that it describes", () => {
  expect(variantsOf(card())).toEqual([
    { name: "mine:small", version: null, platforms: ["cpu", "webgpu", "wasm", "cuda"], inputShape: [1, 32, 24, 1] },
  ]);
});

test("platforms are devices, then ONNX where there is one", () => {
  const variants = [{ name: "mine", platforms: ["RVC2", "RVC4"] }];
  expect(platformsOf(card())).toEqual(["ONNX"]);
  expect(platformsOf(card({ variants }))).toEqual(["RVC2", "RVC4"]);
  expect(platformsOf(card({ variants, published: { modelTypes: ["ONNX"] } }))).toEqual(["RVC2", "RVC4", "ONNX"]);
});
