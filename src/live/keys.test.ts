import { expect, test } from "vitest";
import { Keys } from "./keys.ts";

const Q = 113;

test("a key that was pressed before is given once", async () => {
  const keys = new Keys();
  keys.press(Q);
  expect(await keys.wait(1)).toBe(Q);
  expect(await keys.wait(1)).toBe(-1);
});

test("of two keys pressed meanwhile the later is given", async () => {
  const keys = new Keys();
  keys.press(97);
  keys.press(Q);
  expect(await keys.wait(1)).toBe(Q);
});

test("a key that is pressed while it is waited for is given, and to nobody later", async () => {
  const keys = new Keys();
  const waited = keys.wait(0);
  keys.press(Q);
  expect(await waited).toBe(Q);
  expect(await keys.wait(1)).toBe(-1);
});

test("who waits for ever is told when no key will come", async () => {
  const keys = new Keys();
  const waited = keys.wait(0);
  keys.close();
  expect(await waited).toBe(-1);
  expect(await keys.wait(0)).toBe(-1);
});
