import { expect, test } from "vitest";
import { sha1Hex } from "./sha1.ts";

test("sha1Hex is FIPS 180's on its one-block example", async () => {
  expect(await sha1Hex(new TextEncoder().encode("abc"))).toBe("a9993e364706816aba3e25717850c26c9cd0d89d");
});
