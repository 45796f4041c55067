import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkRecipe } from "../train/recipe.ts";
import { loadRecipe } from "./load-recipe.node.ts";
import { RECIPES } from "./recipes.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "recipes-"));
});
afterAll(() => rm(folder, { recursive: true }));

test.each(Object.keys(RECIPES))("%s can be run, and is found by its name", async (name) => {
  const recipe = await loadRecipe(name);
  expect(recipe.name).toBe(name);
  expect(() => checkRecipe(recipe)).not.toThrow();
});

test("the published recipes have the reference's total batch", () => {
  const total = (name: string) => RECIPES[name]!.batchSize * RECIPES[name]!.gradientAcc!;
  expect(["ms1mv3-r100", "glint360k-r100", "ms1mv3-mbf"].map(total)).toEqual([1024, 1024, 1024]);
  expect(["ibug500k-r100", "subcenter-ms1mv0-r50"].map(total)).toEqual([512, 512]);
});

const mine = { ...RECIPES.synthetic!, name: "mine", lr: 0.05 };

test("a recipe of one's own is read from JSON and from a module", async () => {
  const [json, module] = [join(folder, "mine.json"), join(folder, "mine.mjs")];
  await writeFile(json, JSON.stringify(mine));
  await writeFile(module, `export default ${JSON.stringify(mine)};`);
  expect(await loadRecipe(json)).toEqual(mine);
  expect(await loadRecipe(module)).toEqual(mine);
});

test.each([
  ["not-json.json", "{", "expected JSON, got something else"],
  ["null.json", "null", "expected a recipe, got null"],
  ["no-loss.json", JSON.stringify({ ...mine, loss: undefined }), "expected a recipe with loss, got none"],
  ["lr.json", JSON.stringify({ ...mine, lr: -1 }), "recipe mine: lr: expected a positive number, got -1"],
  ["batch.json", JSON.stringify({ ...mine, batchSize: 1.5 }), "batchSize: expected a positive whole number, got 1.5"],
  ["net.json", JSON.stringify({ ...mine, network: "resnet" }), "network: expected one of iresnet18"],
  ["scale.json", JSON.stringify({ ...mine, loss: { kind: "margin", s: 0 } }), "loss: s: expected a number above 0"],
  [
    "typo.json",
    JSON.stringify({ ...mine, weight_decay: 1 }),
    /recipe mine: expected fields among .*, got weight_decay/,
  ],
  [
    "margin.json",
    JSON.stringify({ ...mine, loss: { kind: "margin", margin: 1 } }),
    /loss: expected fields .* got margin/,
  ],
  [
    "triplet.json",
    JSON.stringify({ ...mine, loss: { kind: "softmax", triplet: 1 } }),
    "triplet: expected an object, got 1",
  ],
  [
    "cosine.json",
    JSON.stringify({ ...mine, schedule: { kind: "cosine" } }),
    "expected polynomial or steps, got cosine",
  ],
  [
    "at.json",
    JSON.stringify({ ...mine, schedule: { kind: "steps" } }),
    "schedule.at: expected rising epochs above 0, got none",
  ],
  ["warm.json", JSON.stringify({ ...mine, schedule: { kind: "steps", at: [1], warmup: 1 } }), "got warmup"],
  [
    "blocks.json",
    JSON.stringify({ ...mine, network: { blocks: "x" } }),
    'network.blocks: expected a positive whole number a stage, got "x"',
  ],
  [
    "widths.json",
    JSON.stringify({ ...mine, network: { blocks: [1, 1], widths: [4] } }),
    "network.widths: expected 2 positive whole numbers, got [4]",
  ],
  [
    "dropout.json",
    JSON.stringify({ ...mine, network: { blocks: [1], dropout: 1 } }),
    "network.dropout: expected 0 to below 1, got 1",
  ],
  ["augment.json", JSON.stringify({ ...mine, augment: "all" }), "augment: expected one of none, flip, dali, got all"],
  ["seed.json", JSON.stringify({ ...mine, seed: -1 }), "seed: expected a whole number from 0, got -1"],
  ["name.json", JSON.stringify({ ...mine, name: 5 }), "recipe: name: expected a name, got 5"],
  ["throws.mjs", "throw new Error('no')", "cannot be read as a module: no"],
])("%s is refused in a sentence", async (file, text, message) => {
  await writeFile(join(folder, file), text);
  await expect(loadRecipe(join(folder, file))).rejects.toThrow(message);
});

test("a name that is none is told with those that are", async () => {
  await expect(loadRecipe("ms1mv3-r1000")).rejects.toMatchObject({
    code: "NOT_FOUND",
    hint: expect.stringContaining("ms1mv3-r100"),
  });
  await expect(loadRecipe(join(folder, "absent.json"))).rejects.toMatchObject({ code: "NOT_FOUND" });
});
