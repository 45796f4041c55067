import { expect, test } from "vitest";
import { checkLoss } from "./check-loss.ts";
import type { LossSpec } from "./loss.ts";
import { LOSSES } from "./presets.ts";

const refused: [LossSpec, string][] = [
  [{ kind: "margin", s: 0 }, "loss: s: expected a number above 0, got 0"],
  [{ kind: "margin", s: Number.NaN }, "loss: s: expected a number above 0, got NaN"],
  [{ kind: "margin", subCenters: 1.5 }, "loss: subCenters: expected a whole number of 1 or more, got 1.5"],
  [{ kind: "margin", sampleRate: 0 }, "loss: sampleRate: expected a share above 0, up to 1, got 0"],
  [{ kind: "margin", interclassFilteringThreshold: 64 }, "expected a cosine from 0 to 1, got 64"],
  [{ kind: "margin", intra: -1 }, "loss: intra: expected a number of 0 or more, got -1"],
  [{ kind: "margin", marginList: [1, Number.NaN, 0] }, "expected three numbers (m1, m2, m3), got [1, NaN, 0]"],
  [{ kind: "margin", triplet: { weight: 1, margin: -1 } }, "expected a weight and a margin of 0 or more"],
  [{ kind: "margin", inter: 1, subCenters: 3 }, "loss: inter: expected one centre a class, got subCenters 3"],
  [{ kind: "softmax", subCenters: 3 }, "loss: expected no subCenters beside kind softmax"],
  [{ kind: "softmax", marginList: [1, 0.5, 0] }, "loss: expected no marginList beside kind softmax"],
  [{ kind: "arcface" as "margin" }, "loss: kind: expected margin or softmax, got arcface"],
  [{ kind: "margin", gradient: "none" as "exact" }, "loss: gradient: expected exact or straight-through, got none"],
];

test.each(refused)("%j is refused: %s", (spec, sentence) => {
  expect(() => checkLoss(spec)).toThrow(sentence);
});

test("losses by name are right", () => {
  for (const spec of Object.values(LOSSES)) expect(() => checkLoss(spec)).not.toThrow();
});
