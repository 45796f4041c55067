import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { makeNode, makeTensor } from "../build.ts";
import { layerOf } from "../optimize/layers.ts";
import { affineOf, leastScales, quantize8, quantizeBias, quantizeWeights } from "./affine.ts";
import { biasCorrection } from "./bias-correction.ts";
import { relativeEntropy } from "./entropy.ts";
import { GrowingHistogram } from "./histogram.ts";
import { rangeOf, squareErrorOf } from "./ranges.ts";

/** Made by scripts/golden/int8.py with NumPy. */
type Golden = {
  histograms: {
    name: string;
    histogram: { first: number; width: number; counts: number[]; min: number; max: number };
    minmax: [number, number];
    percentile: [number, number];
    mse: [number, number];
    squareError: number;
    entropyShare: number;
    entropies: number[];
  }[];
  affines: { range: [number, number]; scale: number; zeroPoint: number; x: number[]; stored: number[] }[];
  samples: number[];
  weights: number[];
  shape: number[];
  bias: number[];
  inputScale: number;
  means: number[];
  layers: { most: number; stored: number[]; scales: number[]; bias: number[]; correction: number[] }[];
};
const golden = JSON.parse(readFileSync(new URL("./golden/int8.json", import.meta.url), "utf8")) as Golden;

test.each(golden.affines)("the scale and zero point of $range, and what is stored by them", (one) => {
  const affine = affineOf({ low: one.range[0], high: one.range[1] });
  expect(affine).toEqual({ scale: one.scale, zeroPoint: one.zeroPoint });
  expect(one.x.map((x) => quantize8(x, affine))).toEqual(one.stored);
});

for (const { name, histogram: plain, ...wanted } of golden.histograms) {
  const histogram = { ...plain, counts: Float64Array.from(plain.counts) };

  test(`ranges of a histogram: ${name}`, () => {
    const ends = (method: Parameters<typeof rangeOf>[1]) => {
      const { low, high } = rangeOf(histogram, method);
      return [low, high];
    };
    expect(ends("minmax")).toEqual(wanted.minmax);
    for (const [i, end] of ends("percentile").entries()) expect(end).toBeCloseTo(wanted.percentile[i]!, 9);
    for (const [i, end] of ends("mse").entries()) expect(end).toBeCloseTo(wanted.mse[i]!, 9);
    for (const [i, end] of ends("entropy").entries())
      expect(end).toBeCloseTo(wanted.entropyShare * wanted.minmax[i]!, 9);
  });

  test(`what ranges cost: ${name}`, () => {
    const [low, high] = wanted.mse;
    expect(squareErrorOf(histogram)({ low, high }) / wanted.squareError).toBeCloseTo(1, 2);
    const lost = wanted.entropies.map((_, i) => {
      const share = (64 - 8 * i) / 64;
      return relativeEntropy(histogram, { low: share * plain.min, high: share * plain.max });
    });
    for (const [i, one] of lost.entries()) expect(one).toBeCloseTo(wanted.entropies[i]!, 9);
  });
}

test("a histogram that grows counts as one made at once", () => {
  const values = Float32Array.from(golden.samples);
  const grown = new GrowingHistogram();
  // The largest come last, so that bins have to double.
  const inOrder = values.slice().sort((a, b) => Math.abs(a) - Math.abs(b));
  for (let from = 0; from < inOrder.length; from += 100) grown.add(inOrder.subarray(from, from + 100));
  const counts = new Float64Array(grown.counts.length);
  for (const x of values) counts[Math.floor(x / grown.width) - grown.first]!++;
  expect(grown.counts).toEqual(counts);
  expect([grown.min, grown.max]).toEqual([
    inOrder.reduce((a, b) => Math.min(a, b)),
    inOrder.reduce((a, b) => Math.max(a, b)),
  ]);
  // Fine enough for twice as many bins as the steps that are tried need.
  expect((grown.max - grown.min) / grown.width).toBeGreaterThan(1000);
});

const layer = () => {
  const w = makeTensor("w", golden.shape, Float32Array.from(golden.weights));
  const b = makeTensor("b", [golden.bias.length], Float32Array.from(golden.bias));
  const found = layerOf(makeNode("Conv", ["x", "w", "b"], ["y"]), new Map([w, b].map((one) => [one.name, one])))!;
  return { ...found, name: "y", input: "x", output: "y", clip: null };
};

test.each(golden.layers)(
  "weights with a scale a channel, up to ±$most, and their bias",
  ({ most, stored, scales, bias }) => {
    const least = leastScales(Float32Array.from(golden.bias), golden.inputScale);
    const made = quantizeWeights(Float32Array.from(golden.weights), least, most);
    expect([...made.weights].map((w) => w + 0)).toEqual(stored);
    expect([...made.scales]).toEqual(scales);
    const biasScales = made.scales.map((scale) => scale * golden.inputScale);
    expect([...quantizeBias(Float32Array.from(golden.bias), biasScales)]).toEqual(bias);
  },
);

test.each(golden.layers)("the bias correction of ±$most is what rounding adds on average", ({ most, correction }) => {
  const means = Float64Array.from(golden.means);
  const made = biasCorrection(layer(), { means, inputScale: golden.inputScale, reduceRange: most === 63 });
  for (const [c, one] of made.entries()) expect(one).toBeCloseTo(correction[c]!, 5);
});
