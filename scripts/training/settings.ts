import type { LossSpec } from "../../src/losses/loss.ts";
import { smallArcface } from "../../src/recipes/small.ts";
import type { Recipe } from "../../src/train/recipe.ts";

/** What is compared, each with as many settings of scale, margin, learning rate and warm-up. */
export type Setting = { readonly family: string; readonly name: string; readonly recipe: Recipe };

const margin = (s: number, marginList: readonly [number, number, number], subCenters = 1): LossSpec => ({
  kind: "margin",
  s,
  marginList,
  subCenters,
});

type Choice = { readonly loss: LossSpec; readonly lr?: number; readonly warmupEpoch?: number };

const angular = (subCenters: number): Choice[] => [
  { loss: margin(16, [1, 0.2, 0], subCenters) },
  { loss: margin(16, [1, 0.4, 0], subCenters) },
  { loss: margin(32, [1, 0.3, 0], subCenters) },
  { loss: margin(16, [1, 0.2, 0], subCenters), warmupEpoch: 0 },
];

const FAMILIES: Readonly<Record<string, readonly Choice[]>> = {
  softmax: [
    { loss: { kind: "softmax" } },
    { loss: { kind: "softmax" }, lr: 0.05 },
    { loss: { kind: "softmax" }, lr: 0.2 },
    { loss: { kind: "softmax" }, warmupEpoch: 0 },
  ],
  cosface: [
    { loss: margin(16, [1, 0, 0.2]) },
    { loss: margin(16, [1, 0, 0.35]) },
    { loss: margin(32, [1, 0, 0.3]) },
    { loss: margin(16, [1, 0, 0.2]), warmupEpoch: 0 },
  ],
  arcface: angular(1),
  subcenter: angular(3),
};

export function settings(numEpoch: number): Setting[] {
  return Object.entries(FAMILIES).flatMap(([family, choices]) =>
    choices.map(({ loss, lr = smallArcface.lr, warmupEpoch = 1 }, i) => ({
      family,
      name: `${family}-${i}`,
      recipe: {
        ...smallArcface,
        name: `${family}-${i}`,
        loss,
        lr,
        numEpoch,
        schedule: { ...smallArcface.schedule, warmupEpoch },
        frequent: 10,
        verbose: 1_000_000,
        saveEvery: 1_000_000,
      },
    })),
  );
}
