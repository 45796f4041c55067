import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { rememberedPlan, rememberPlan } from "./remember-plan.node.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "arcface-plans-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const models = { recognizer: { slug: "a/b", fingerprint: "a/b@1" }, detector: { slug: "c/d", fingerprint: "c/d@2" } };
const plan = { workers: 3, threads: 2, batch: 8 };

test("a plan is remembered for its networks alone", async () => {
  expect(await rememberedPlan(models, folder)).toBeNull();
  await rememberPlan(models, plan, folder);
  expect(await rememberedPlan(models, folder)).toEqual(plan);
  expect(await rememberedPlan({ ...models, detector: null }, folder)).toBeNull();
  expect(await rememberedPlan({ ...models, recognizer: { slug: "a/b", fingerprint: "a/b@9" } }, folder)).toBeNull();
});

test.each([
  ["another processor", (text: string) => text.replace(/"processor": "/, '"processor": "x')],
  ["another number of cores", (text: string) => text.replace(/"cores": /, '"cores": 1')],
  ["another runtime", (text: string) => text.replace("onnxruntime-node ", "onnxruntime-node 0.")],
  ["no JSON", () => "{"],
  ["no plan", (text: string) => text.replace('"workers": 3', '"workers": 0')],
])("a file of %s is passed over", async (_, change) => {
  await rememberPlan(models, plan, folder);
  const path = join(folder, readdirSync(folder)[0]!);
  writeFileSync(path, change(readFileSync(path, "utf8")));
  expect(await rememberedPlan(models, folder)).toBeNull();
});
