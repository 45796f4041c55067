import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { parse, stringify } from "yaml";
import { evaluate } from "../src/evaluate/evaluate.node.ts";
import { figureOf } from "../src/evaluate/summary.ts";
import { TEST_ZOO } from "./default-models.ts";
import { DATA, needsData } from "./needs.ts";

const test = needsData("lfw/pairs.txt", "lfw_aligned112", "models/mobilefacenet_foamliu.onnx");
const CARD = join(import.meta.dirname, "cards/mobilefacenet_foamliu.yaml");

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "arcface-protocols-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function foamliu(card: string) {
  const { evaluation } = await evaluate("lfw", join(DATA, "lfw"), {
    aligned: join(DATA, "lfw_aligned112"),
    cacheDir: null,
    networks: { ...TEST_ZOO, model: join(DATA, "models/mobilefacenet_foamliu.onnx"), card },
  });
  return figureOf(evaluation, "accuracy")!;
}

/** Three pairs of 6,000: what rounding in another decoder or runtime may move. */
const TOLERANCE = 0.0005 + 1e-9;

test("foamliu's MobileFaceNet on LFW's crops, fed by its own contract: 99.40, as measured independently", async () => {
  const { value, interval } = await foamliu(CARD);
  expect(Math.abs(value! - 0.994)).toBeLessThanOrEqual(TOLERANCE);
  expect(interval![0]).toBeLessThan(value!);
  expect(interval![1]).toBeGreaterThan(value!);
});

test("the same, fed (x − 127.5) / 127.5: 99.35", async () => {
  const card = parse(readFileSync(CARD, "utf8"));
  const file = join(folder, "insightface.yaml");
  const input = { ...card.model.input, mean: [127.5, 127.5, 127.5], scale: [127.5, 127.5, 127.5] };
  writeFileSync(file, stringify({ ...card, slug: "test/foamliu-127", model: { ...card.model, input } }));
  const { value } = await foamliu(file);
  expect(Math.abs(value! - 0.9935)).toBeLessThanOrEqual(TOLERANCE);
});
