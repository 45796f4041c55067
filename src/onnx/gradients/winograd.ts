import type { GraphBuilder, Value } from "../builder.ts";
import { ints, reshape, sizes, transpose } from "../vjp/words.ts";
import { channelsFirst, channelsLast } from "./channels-last.ts";
import type { ConvWindow, Runtime } from "./window.ts";

/**
 * Convolutions of 3×3 by Winograd's F(2×2, 3×3): of every 2×2 outputs 16 products a pair of channels instead of 36. With the
 * channels last, all of it is products of matrices: both transformations, and 16 large ones between. Rounding is that of
 * the plain sum (4e-7 of the largest). What it gains: docs/decisions/training-graphs.md.
 *
 * Source of the matrices: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, section 4.1; of the weight
 * gradient: the transposes of the three maps.
 */
const INPUT = [
  [1, 0, -1, 0],
  [0, 1, 1, 0],
  [0, -1, 1, 0],
  [0, 1, 0, -1],
];
const OUTPUT = [
  [1, 1, 1, 0],
  [0, 1, -1, -1],
];
const KERNEL = [
  [1, 0, 0],
  [0.5, 0.5, 0.5],
  [0.5, -0.5, 0.5],
  [0, 0, 1],
];
const TILE = OUTPUT.length;
const PRODUCTS = INPUT.length ** 2;

/** O·I / (O + I) from which the products outweigh the transformations. */
const WIDE = 64;

/** Whether the method fits a convolution and gains something. @param weights [O, I, kh, kw] */
export function isWinograd(
  [O, I, kh, kw]: readonly number[],
  { strides, pads, group }: ConvWindow,
  wide = WIDE,
): boolean {
  const plain = group === 1 && kh === 3 && kw === 3 && [...strides, ...pads].every((size) => size === 1);
  return plain && (O! * I!) / (O! + I!) >= wide;
}

/**
 * y = Conv(x, w, bias) with pads of 1.
 *
 * @param x [N, I, H, W]
 * @param w [O, I, 3, 3]; `turned`: [I, O, 3, 3], of which the weights are the turned ones.
 * @param bias [O]
 * @param block by it the channels are brought to the end faster.
 */
export function winogradConv(
  g: GraphBuilder,
  {
    x,
    w,
    bias,
    turned = false,
    ...runtime
  }: Runtime & { x: Value; w: Value; bias?: Value | undefined; turned?: boolean },
): Value {
  const [N, I, H, W] = sizes(x) as [number, number, number, number];
  const O = sizes(w)[turned ? 1 : 0]!;
  const [h, v] = [Math.ceil(H / TILE), Math.ceil(W / TILE)];
  const tiles = N * h * v;
  const inputs = reshape(g, tilesOf(g, channelsLast(g, x, runtime), INPUT, 1), [PRODUCTS, tiles, I]);
  const kernels = g.gemm(kernelMap(g, turned), reshape(g, w, [-1, 9]), null);
  const products = turned
    ? g.node("MatMul", [inputs, reshape(g, kernels, [PRODUCTS, I, O])])
    : g.node("com.microsoft.FusedMatMul", [inputs, reshape(g, kernels, [PRODUCTS, O, I])], {
        attributes: { transB: 1 },
      });
  const outputs = g.node("MatMul", [outputMap(g), reshape(g, products, [PRODUCTS, tiles * O])]);
  const places = reshape(g, outputs, [TILE, TILE, N, h, v, O]);
  const moved = bias ? g.add(places, bias) : places;
  const whole = reshape(g, transpose(g, moved, [2, 3, 0, 4, 1, 5]), [N, TILE * h, TILE * v, O]);
  const exact = TILE * h === H && TILE * v === W;
  const y = exact ? whole : g.node("Slice", [whole, ints(g, [0, 0]), ints(g, [H, W]), ints(g, [1, 2])]);
  return channelsFirst(g, y, runtime);
}

/**
 * ∂loss/∂w of y = Conv(x, w) with pads of 1.
 *
 * @param x [N, I, H, W]
 * @param dy [N, O, H, W]
 * @returns [O, I, 3, 3]
 */
export function winogradWeightGradient(
  g: GraphBuilder,
  { x, dy, ...runtime }: Runtime & { x: Value; dy: Value },
): Value {
  const [N, I, H, W] = sizes(x) as [number, number, number, number];
  const O = sizes(dy)[1]!;
  const tiles = N * Math.ceil(H / TILE) * Math.ceil(W / TILE);
  const inputs = reshape(g, tilesOf(g, channelsLast(g, x, { block: runtime.block ?? null }), INPUT, 1), [
    PRODUCTS,
    tiles,
    I,
  ]);
  const outputs = reshape(g, tilesOf(g, channelsLast(g, dy, runtime), flipped(OUTPUT), 0), [PRODUCTS, tiles, O]);
  const products = g.node("com.microsoft.FusedMatMul", [outputs, inputs], { attributes: { transA: 1 } });
  const taps = g.node("Gemm", [reshape(g, products, [PRODUCTS, O * I]), kernelMap(g, false)], {
    attributes: { transA: 1 },
  });
  return reshape(g, taps, [O, I, 3, 3]);
}

/**
 * Every tile under a map, along both sides of the image: [N, H, W, C] → [4, 4, N · tiles down, tiles across, C].
 *
 * @param map [4][pixels of a tile].
 * @param pad pixels of 0 before the image.
 */
function tilesOf(g: GraphBuilder, x: Value, map: readonly (readonly number[])[], pad: number): Value {
  const [N, H, W, C] = sizes(x) as [number, number, number, number];
  const count = map.length;
  const [down, across] = [H, W].map((size) => {
    const tiles = Math.ceil(size / TILE);
    const data = new Float32Array(count * tiles * size);
    map.forEach((row, i) => {
      for (let tile = 0; tile < tiles; tile++) {
        row.forEach((factor, k) => {
          const at = TILE * tile + k - pad;
          if (at >= 0 && at < size) data[(i * tiles + tile) * size + at] = factor;
        });
      }
    });
    return { tiles, data };
  }) as [{ tiles: number; data: Float32Array<ArrayBuffer> }, { tiles: number; data: Float32Array<ArrayBuffer> }];
  const rows = g.node("MatMul", [g.literal([count, 1, down.tiles, H], down.data), reshape(g, x, [1, N, H, W * C])]);
  return g.node("MatMul", [
    g.literal([1, count, 1, across.tiles, W], across.data),
    reshape(g, rows, [count, 1, N * down.tiles, W, C]),
  ]);
}

/** The same map along both sides of a tile: the Kronecker product with itself. */
function squared(map: readonly (readonly number[])[]): number[][] {
  return map.flatMap((a) => map.map((b) => a.flatMap((x) => b.map((y) => x * y))));
}

function flipped(map: readonly (readonly number[])[]): number[][] {
  return map[0]!.map((_, i) => map.map((row) => row[i]!));
}

const matrix = (g: GraphBuilder, map: readonly (readonly number[])[]): Value =>
  g.literal([map.length, map[0]!.length], Float32Array.from(map.flat()));

const outputMap = (g: GraphBuilder): Value => matrix(g, squared(OUTPUT));

const kernelMap = (g: GraphBuilder, turned: boolean): Value =>
  matrix(
    g,
    squared(KERNEL).map((row) => (turned ? row.reverse() : row)),
  );
