import { expect } from "vitest";
import { OF_LARGEST } from "./real-files.ts";
import type { Compared } from "./whole-model.node.ts";

/** Each number within rounding of what differences say of it. */
export function expectCompared(compared: readonly Compared[]): void {
  for (const { where, ours, difference, scale } of compared) {
    expect(scale, where).toBeGreaterThan(0);
    expect([ours], where).toBeCloseToTensor([difference], { atol: OF_LARGEST * scale });
  }
}
