import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { sha256Hex } from "./sha256.ts";

test.each([0, 1, 55, 64, 100_000])("sha256Hex of %i bytes is Node's", async (length) => {
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 31) % 251);
  expect(await sha256Hex(bytes)).toBe(createHash("sha256").update(bytes).digest("hex"));
});
