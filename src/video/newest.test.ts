import { expect, test } from "vitest";
import { Newest } from "./newest.ts";

test("a slow reader gets the newest, and the others are counted", async () => {
  const newest = new Newest<number>();
  for (const value of [1, 2, 3]) newest.put(value);
  expect(await newest.take()).toBe(3);
  expect(newest.dropped).toBe(2);
});

test("a waiting reader gets the next", async () => {
  const newest = new Newest<number>();
  const taken = newest.take();
  newest.put(7);
  expect(await taken).toBe(7);
  expect(newest.dropped).toBe(0);
});

test("what is there is taken before the end, and before an error", async () => {
  const newest = new Newest<number>();
  newest.put(1);
  newest.end(new Error("lost"));
  expect(await newest.take()).toBe(1);
  await expect(newest.take()).rejects.toThrow("lost");
});

test("a waiting reader sees the end", async () => {
  const newest = new Newest<number>();
  const taken = newest.take();
  newest.end();
  expect(await taken).toBeNull();
});
