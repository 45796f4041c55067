import { expect, test } from "vitest";
import { createPace, sayDuration } from "./pace.ts";

test("the rate of the last half minute, and what it means for the rest", () => {
  let time = 0;
  const pace = createPace(() => time);
  expect(pace(500, 2000)).toBeUndefined();
  time = 10_000;
  expect(pace(600, 2000)).toBe("10.0 a second, 2 min left");
  // Slower from then on: what was before counts less and less.
  for (; time <= 60_000; time += 1000) pace(600 + (time - 10_000) / 1000, 2000);
  expect(pace(650, 2000)).toMatch(/^1\.0 a second, 2\d min left$|^0\.\d a second/);
});

test.each([
  [3.4, "3 s"],
  [99, "99 s"],
  [125, "2 min"],
  [5000, "83 min"],
  [100 * 60, "1 h 40 min"],
])("%d s is %s", (seconds, said) => {
  expect(sayDuration(seconds)).toBe(said);
});
