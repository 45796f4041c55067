import { setTimeout as sleep } from "node:timers/promises";
import type { FingerprintedDetector } from "../../recognize/compose.node.ts";
import { faceAt } from "../../recognize/testing/fakes.ts";

/** A detector for tests: as many faces as the image has hundreds of rows, 80 and 60 pixels wide in turn, from the left. */
export function facesByHeight(fingerprint = "by-height", delayMs = 0): FingerprintedDetector & { looks: number } {
  return {
    name: "test/by-height",
    fingerprint,
    looks: 0,
    async detect({ height }) {
      this.looks++;
      if (delayMs > 0) await sleep(delayMs);
      return Array.from({ length: Math.floor(height / 100) }, (_, i) => faceAt(10 + 90 * i, 10, 80 - 20 * (i % 2)));
    },
    async [Symbol.asyncDispose]() {},
  };
}
