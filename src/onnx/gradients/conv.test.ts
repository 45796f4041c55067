import fc from "fast-check";
import { expect, test } from "vitest";
import { GraphBuilder } from "../builder.ts";
import { convWeightGradient } from "./conv.ts";
import golden from "./golden/conv.json" with { type: "json" };
import { perTap, planeConvs, planeProducts, stackedTaps } from "./grouped.ts";
import { convInputs, gradientsOf, type OneConv, runOnConv } from "./testing/one-conv.node.ts";
import { columnsOfAll, movedRows, productPerTap, type Sizes, stackedColumns } from "./weight-forms.ts";

type Kept = { readonly stride: number; readonly values: readonly number[] };
type Case = OneConv & { readonly name: string; readonly dx: Kept; readonly dw: Kept };
const cases: readonly Case[] = golden;

/** Sums of up to 2,000 float32 products of numbers in −1…1, beside float64. */
const TOLERANCE = { atol: 2e-5, rtol: 1e-5 };

const every = (data: Float32Array, stride: number): Float32Array => data.filter((_, i) => i % stride === 0);

test.each(cases)("∂x and ∂w of a convolution are PyTorch's: $name", async (conv) => {
  const { dx, dw } = await runOnConv(conv, gradientsOf(conv));
  expect(dx.shape).toEqual(conv.input);
  expect(every(dx.data, conv.dx.stride)).toBeCloseToTensor(conv.dx.values, TOLERANCE);
  expect(dw.shape).toEqual(conv.weights);
  expect(dw.data).toBeCloseToTensor(conv.dw.values, TOLERANCE);
});

/** What needs a batch, stride or plane of its own is not for every case. */
const plain = cases.filter(({ group }) => group === 1);
const depthwise = cases.filter(({ group, input, output }) => input[1] === group && output[1] === group);
const sameSize = ({ strides, input, output }: OneConv) =>
  strides.every((s) => s === 1) && `${input.slice(2)}` === `${output.slice(2)}`;

test.each([
  ["a product a tap", productPerTap, plain],
  ["all taps at once", columnsOfAll, plain],
  ["moved rows and columns", movedRows, plain.filter(sameSize)],
  ["stacked columns", stackedColumns, plain.filter(sameSize)],
  ["a convolution a plane", planeConvs, depthwise],
  ["dot products of planes", planeProducts, depthwise.filter(sameSize)],
  ["stacked taps", stackedTaps, cases.filter(sameSize)],
  ["a product a tap and group", perTap, cases],
] as const)("every form of ∂w gives the same, whatever would be chosen: %s", async (_, form, those) => {
  for (const conv of those) {
    const window = { kernel: conv.weights.slice(2), strides: conv.strides, pads: conv.pads } as unknown as Sizes;
    const { dw } = await runOnConv(conv, (g, { x, dy }) => ({ dw: form(g, x, dy, window, conv.group) }));
    expect(dw.data, conv.name).toBeCloseToTensor(conv.dw.values, TOLERANCE);
  }
});

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

const convs = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    group: fc.integer({ min: 1, max: 3 }),
    channels: fc.integer({ min: 1, max: 20 }),
    filters: fc.integer({ min: 1, max: 4 }),
    plane: fc.tuple(fc.integer({ min: 4, max: 24 }), fc.integer({ min: 4, max: 24 })),
    kernel: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
    strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    pads: fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 0, max: 3 }))),
  })
  .map(({ batch, group, channels, filters, plane, kernel, strides, pads }): OneConv => {
    const reach = plane.map((size, i) => size + pads[i]! + pads[i + 2]! - kernel[i]!);
    return {
      input: [batch, group * channels, ...plane],
      weights: [group * filters, channels, ...kernel],
      output: [batch, group * filters, ...reach.map((room, i) => Math.floor(room / strides[i]!) + 1)],
      strides,
      pads,
      group,
    };
  });

test("⟨dy, conv(x)⟩ = ⟨∂x, x⟩ = ⟨∂w, w⟩, whatever the window (80 of them)", async () => {
  await fc.assert(
    fc.asyncProperty(convs, async (conv) => {
      const { y, dx, dw } = await runOnConv(conv, gradientsOf(conv));
      const { x, w, dy } = convInputs(conv);
      expect(y.shape).toEqual(conv.output);
      const is = dot(dy, y.data);
      // Of sums over up to 40,000 numbers, each within float32's error of its own size.
      const slack = 1e-5 * Math.sqrt(dot(dy, dy) * dot(y.data, y.data)) + 1e-4;
      expect(Math.abs(dot(dx.data, x) - is)).toBeLessThan(slack);
      expect(Math.abs(dot(dw.data, w) - is)).toBeLessThan(slack);
    }),
    { numRuns: 80, seed: 11 },
  );
});

test("channels that no group divides are told", () => {
  const g = new GraphBuilder();
  const x = g.input("x", [1, 3, 4, 4]);
  const window = { kernel: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0], group: 2 };
  expect(() => convWeightGradient(g, { x, dy: x, ...window })).toThrow(
    "conv: expected channels in 2 groups, got 3 and 3",
  );
});
