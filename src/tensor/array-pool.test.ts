import { expect, test } from "vitest";
import { createArrayPool } from "./array-pool.ts";

test("an array is lent again when it is back, of the length asked for, and never to two at once", async () => {
  const pool = createArrayPool();
  const first = await pool.lend(4, async (array) => array);
  expect(await pool.lend(5, async (array) => array.length)).toBe(5);
  await pool.lend(4, async (outer) => {
    expect(outer).toBe(first);
    await pool.lend(4, async (inner) => expect(inner).not.toBe(outer));
  });
});

test("where its use fails it is back, too", async () => {
  const pool = createArrayPool();
  let lent: Float32Array | undefined;
  const failing = pool.lend(3, async (array) => {
    lent = array;
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  expect(await pool.lend(3, async (array) => array)).toBe(lent);
});
