import fc from "fast-check";
import { expect, test } from "vitest";
import { blockSize } from "../../train/block-size.node.ts";
import { GraphBuilder } from "../builder.ts";
import { noise } from "../noise.ts";
import { isBlocked } from "./blocked.ts";
import { convolution, convWeightGradient } from "./conv.ts";
import golden from "./golden/conv.json" with { type: "json" };
import { perTap, planeConvs, planeProducts, stackedTaps } from "./grouped.ts";
import { convInputs, gradientsOf, type OneConv, runOnConv } from "./testing/one-conv.node.ts";
import { columnsOfAll, movedRows, productPerTap, type Sizes, stackedColumns } from "./weight-forms.ts";
import { isWinograd } from "./winograd.ts";

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

/** Where the runtime has a blocked layout, of blocks of so many channels. */
const block = await blockSize();

test.each([
  ["winograd", 128, 128, 14, 3, 1, 1, 3],
  ["winograd, of odd sides", 128, 160, 7, 3, 1, 1, 2],
  ["winograd, of channels that no block divides", 130, 130, 5, 3, 1, 1, 1],
  ["blocked", 64, 32, 9, 3, 1, 1, 2],
  ["blocked, a filter a channel", 32, 32, 9, 3, 1, 32, 2],
  ["blocked, a filter a channel, strides", 32, 32, 9, 3, 2, 32, 2],
  ["blocked, wide filters without pads on one side", 32, 48, 11, 5, 1, 1, 2],
] as const)(
  "y, ∂x and ∂w in the runtime's layout are those of plain operators: %s",
  async (form, I, O, side, k, s, group, batch) => {
    const pads = form.includes("one side") ? [0, 2, 4, 1] : [1, 1, 1, 1];
    const out = [0, 1].map((i) => Math.floor((side + pads[i]! + pads[i + 2]! - k) / s) + 1);
    const conv: OneConv = {
      input: [batch, I, side, side],
      weights: [O, I / group, k, k],
      output: [batch, O, ...out],
      strides: [s, s],
      pads,
      group,
    };
    const bias = (g: GraphBuilder) => g.constant("bias", [O], noise(O, 9));
    const window = { strides: conv.strides, pads, group };
    const fast = await runOnConv(conv, (g, values) => ({
      ...gradientsOf(conv, { block, layouts: new Map() })(g, values),
      biased: convolution(g, { ...values, ...window, bias: bias(g), block }),
    }));
    const plain = await runOnConv(conv, (g, { x, w, dy }) => ({
      y: g.conv(x, w, window),
      biased: g.node("Conv", [x, w, bias(g)], { attributes: { kernel_shape: [k, k], ...window } }),
      dx: g.node("ConvTranspose", [dy, w], {
        attributes: {
          kernel_shape: [k, k],
          ...window,
          output_padding: out.map((size, i) => side - ((size - 1) * s + k - pads[i]! - pads[i + 2]!)),
        },
      }),
      dw: perTap(g, x, dy, { kernel: [k, k], strides: [s, s], pads } as unknown as Sizes, group),
    }));
    for (const name of ["y", "biased", "dx", "dw"] as const) {
      expect(fast[name].shape).toEqual(plain[name].shape);
      // Both are float32: sums of up to 2,000 products, whose order differs.
      const largest = plain[name].data.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      expect(fast[name].data, name).toBeCloseToTensor(plain[name].data, { atol: 4e-6 * largest, rtol: 0 });
    }
  },
);

test("which form is chosen", () => {
  const same = { strides: [1, 1], pads: [1, 1, 1, 1], group: 1 };
  expect(isWinograd([128, 128, 3, 3], same)).toBe(true);
  for (const [weights, window] of [
    [[64, 64, 3, 3], same],
    [[128, 128, 5, 5], same],
    [[128, 128, 3, 3], { ...same, strides: [2, 2] }],
    [[128, 128, 3, 3], { ...same, pads: [1, 1, 0, 1] }],
    [[128, 1, 3, 3], { ...same, group: 128 }],
  ] as const)
    expect(isWinograd(weights, window)).toBe(false);
  expect(isBlocked(16, [64, 64, 3, 3], same)).toBe(true);
  expect(isBlocked(16, [64, 24, 3, 3], same)).toBe(false);
  expect(isBlocked(16, [64, 64, 1, 1], same)).toBe(false);
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
