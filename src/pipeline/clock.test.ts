import { expect, test } from "vitest";
import { systemClock } from "./clock.ts";

test("the machine's clock never calls back before its time", async () => {
  const waits = Array.from({ length: 200 }, (_, i) => 0.3 + 0.37 * i);
  const late = await Promise.all(
    waits.map(async (wait) => {
      const start = systemClock.now();
      await systemClock.sleep(wait);
      return systemClock.now() - start - wait;
    }),
  );
  expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
});

test("what is called off, or waits for ever, is not called back", async () => {
  let called = 0;
  systemClock.after(5, () => called++)();
  systemClock.after(Number.POSITIVE_INFINITY, () => called++);
  await systemClock.sleep(20);
  expect(called).toBe(0);
});
