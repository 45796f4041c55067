import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { finish, killAgain } from "./kill-again.node.ts";

/** The test of `killed.test.ts` and of its longer brother. */
export function testKilledRuns(kills: number): void {
  test(`a run of 280 steps that is killed ${kills} times ends as the one that was not, to the bit, log included`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "train-killed-"));
    const killed = await killAgain(join(folder, "killed"), kills);
    // It did go back: steps after the last checkpoint are made again.
    expect(killed.some(({ again }) => again)).toBe(true);
    const [parts, whole] = [await finish(join(folder, "killed")), await finish(join(folder, "whole"))];
    expect(parts.log).toEqual(whole.log);
    expect(parts.weights.equals(whole.weights)).toBe(true);
    rmSync(folder, { recursive: true });
  }, 600_000);
}
