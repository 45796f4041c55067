import { expect, test } from "vitest";
import {
  type Contract,
  describeFeeding,
  normalizationGap,
  sameContract,
  sameField,
  sameNormalization,
} from "./contract.ts";
import { normalizationsOf } from "./normalizations.ts";

const three = (value: number) => [value, value, value];
const of = (mean: number, scale: number) => ({ mean: three(mean), scale: three(scale) });

test("(x − 127) / 128, (x − 127.5) / 127.5 and (x − 127.5) / 128 are one normalisation", () => {
  const forms = [of(127, 128), of(127.5, 127.5), of(127.5, 128)];
  for (const a of forms) for (const b of forms) expect(sameNormalization(a, b)).toBe(true);
  // At x = 0, −0.9922 for −1: 0.0078 of the half range 1.
  expect(normalizationGap(of(127, 128), of(127.5, 127.5))).toBeCloseTo(0.0078, 4);
});

test("no two of the likely normalisations are one", () => {
  const all = normalizationsOf("RGB");
  for (const [i, a] of all.entries()) {
    for (const b of all.slice(i + 1))
      expect([a.name, b.name, sameNormalization(a, b)]).toEqual([a.name, b.name, false]);
  }
});

test("a normalisation of one channel is not one of three", () => {
  expect(normalizationGap({ mean: [0], scale: [1] }, of(0, 1))).toBe(Number.POSITIVE_INFINITY);
});

test("the mean of each colour goes with its channel", () => {
  const [rgb, bgr] = (["RGB", "BGR"] as const).map((colorOrder): Contract => {
    const { mean, scale } = normalizationsOf(colorOrder).find(({ name }) => name === "mean and deviation")!;
    return { colorOrder, mean, scale, layout: "NCHW", alignment: "arcface" };
  });
  expect(sameField.normalization(rgb!, bgr!)).toBe(true);
  expect(sameField.color(rgb!, bgr!)).toBe(false);
  expect(sameContract(rgb!, { ...bgr!, colorOrder: "RGB" })).toBe(false);
});

test.each([
  [{ colorOrder: "BGR", ...of(0, 1) }, "BGR x"],
  [{ colorOrder: "RGB", ...of(0, 255) }, "RGB x / 255"],
  [{ colorOrder: "RGB", ...of(127.5, 1) }, "RGB (x − 127.5)"],
  [
    { colorOrder: "RGB", mean: [123.675, 116.28, 103.53], scale: three(58) },
    "RGB (x − [123.675, 116.28, 103.53]) / 58",
  ],
] as const)("%j reads %s", (feeding, text) => {
  expect(describeFeeding(feeding)).toBe(text);
});
