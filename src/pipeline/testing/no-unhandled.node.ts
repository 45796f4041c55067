import { afterEach, beforeEach, expect } from "vitest";

/** Every test of the file fails that leaves a rejection which nobody handles. */
export function expectNoUnhandledRejections(): void {
  const unhandled: unknown[] = [];
  const remember = (error: unknown): void => void unhandled.push(error);
  beforeEach(() => void process.on("unhandledRejection", remember));
  afterEach(async () => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    process.off("unhandledRejection", remember);
    expect(unhandled.splice(0)).toEqual([]);
  });
}
