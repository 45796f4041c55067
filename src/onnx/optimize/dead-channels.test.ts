import { describe, expect, test } from "vitest";
import { sizeOf } from "../../tensor/tensor.ts";
import type { Attribute } from "../build.ts";
import { noise } from "../noise.ts";
import type { ModelProto, TensorProto } from "../schema.ts";
import { floats, graphOf, node, normConstants, normInputs } from "../testing/graphs.ts";
import { expectSameAnswers, opsOf } from "../testing/same-answers.node.ts";
import { deadChannels } from "./dead-channels.ts";

const IMAGE = [2, 4, 6, 6];
/** Channels that depend on nothing; the third's constant is negative. */
const DEAD = [1, 2, 5];

/** Weights where some rows (output channels) are zero, or as small as said. */
function weights(name: string, shape: readonly number[], rows: readonly number[] = DEAD, size = 0): TensorProto {
  const each = sizeOf(shape.slice(1));
  const values = noise(sizeOf(shape), name.length + each).map((x, i) =>
    rows.includes(Math.floor(i / each)) ? x * size : x,
  );
  return floats(name, shape, [...values]);
}
const bias = (name: string, channels: number) => floats(name, [channels], [...noise(channels, 77)]);
const conv = (inputs: string, output: string, attributes: Record<string, Attribute> = {}) =>
  node("Conv", inputs, output, attributes);
const padded = { pads: [1, 1, 1, 1] };
const shapeOf = ({ graph }: ModelProto, name: string) =>
  graph!.initializer.find((tensor) => tensor.name.startsWith(name))?.dims.map(Number);
const cut = (model: ModelProto) => deadChannels(model, { multiple: 1 });

describe("constant channels go into the bias behind", () => {
  const w = weights("w", [8, 4, 3, 3]);
  const head = conv("x w b", "c", padded);
  const tail = conv("d v", "y");
  const v = floats("v", [3, 8, 1, 1]);

  test.each([
    ["through nothing", [head, conv("c v", "y")], []],
    ["through Relu", [head, node("Relu", "c", "d"), tail], []],
    ["through PRelu", [head, node("PRelu", "c s", "d"), tail], [floats("s", [8, 1, 1])]],
    ["through a PRelu of one slope", [head, node("PRelu", "c s", "d"), tail], [floats("s", [1], [-0.5])]],
    ["through LeakyRelu", [head, node("LeakyRelu", "c", "d", { alpha: { float: 0.3 } }), tail], []],
    ["through Clip", [head, node("Clip", "c lo hi", "d"), tail], [floats("lo", [], [-0.2]), floats("hi", [], [0.3])]],
    ["through a Sigmoid and pooling", [head, node("Sigmoid", "c", "e"), node("GlobalAveragePool", "e", "d"), tail], []],
    ["through MaxPool", [head, node("MaxPool", "c", "d", { kernel_shape: [2, 2], ...padded }), tail], []],
    [
      "through a batch normalisation",
      [head, node("BatchNormalization", normInputs("c", "n"), "d"), tail],
      normConstants("n", 8),
    ],
    [
      "through a depthwise convolution",
      [head, conv("c g h", "d", { group: 8 }), tail],
      [floats("g", [8, 1, 3, 3]), bias("h", 8)],
    ],
    [
      "through a fully-connected layer",
      [head, node("Flatten", "c", "d"), node("Gemm", "d m k", "y", { transB: 1 })],
      [floats("m", [3, 288]), bias("k", 3)],
    ],
    [
      "through one whose weights lie the other way",
      [head, node("Flatten", "c", "d"), node("Gemm", "d m", "y")],
      [floats("m", [288, 3])],
    ],
    [
      "through pooling and a fully-connected layer",
      [head, node("GlobalAveragePool", "c", "e"), node("Flatten", "e", "d"), node("Gemm", "d m", "y")],
      [floats("m", [8, 3])],
    ],
  ])("%s", async (_, nodes, constants) => {
    const before = graphOf(IMAGE, nodes, [w, bias("b", 8), v, ...constants]);
    const after = cut(before);
    expect(shapeOf(after, "c_weights")).toEqual([5, 4, 3, 3]);
    expect(opsOf(after)).toEqual(opsOf(before));
    await expectSameAnswers(before, after, { atol: 1e-5, rtol: 1e-5 });
  });

  test("two convolutions that are added, where both sides are dead", async () => {
    const nodes = [head, conv("x u a", "e", padded), node("Add", "c e", "d"), tail];
    const before = graphOf(IMAGE, nodes, [w, weights("u", [8, 4, 3, 3], [2, 5, 6]), bias("b", 8), bias("a", 8), v]);
    const after = cut(before);
    expect(shapeOf(after, "c_weights")).toEqual([6, 4, 3, 3]);
    expect(shapeOf(after, "e_weights")).toEqual([6, 4, 3, 3]);
    await expectSameAnswers(before, after);
  });

  test("weights far below the rest are as good as none", async () => {
    const before = graphOf(IMAGE, [head, conv("c v", "y")], [weights("w", [8, 4, 3, 3], DEAD, 1e-11), bias("b", 8), v]);
    const after = cut(before);
    expect(shapeOf(after, "c_weights")).toEqual([5, 4, 3, 3]);
    await expectSameAnswers(before, after);
  });

  test("as many stay as the runtime's layout takes", async () => {
    const before = graphOf(
      IMAGE,
      [head, conv("c v", "y")],
      [weights("w", [8, 4, 3, 3], [0, 1, 2, 3, 4]), bias("b", 8), v],
    );
    const after = deadChannels(before);
    expect(shapeOf(after, "c_weights")).toEqual([4, 4, 3, 3]);
    await expectSameAnswers(before, after);
  });

  test("one stays where all are dead", async () => {
    const all = weights("w", [8, 4, 3, 3], [0, 1, 2, 3, 4, 5, 6, 7]);
    const before = graphOf(IMAGE, [head, conv("c v", "y")], [all, bias("b", 8), v]);
    const after = cut(before);
    expect(shapeOf(after, "c_weights")).toEqual([1, 4, 3, 3]);
    await expectSameAnswers(before, after);
  });
});

test("channels that nothing reads go, and what only they read", async () => {
  const columns = floats(
    "v",
    [3, 8, 1, 1],
    [...noise(24, 5)].map((x, i) => (DEAD.includes(i % 8) ? 0 : x)),
  );
  const nodes = [conv("x w", "c"), conv("c u", "d"), conv("d v", "y")];
  // Of c, channel 0 is read by d's channel 1 alone.
  const u = floats(
    "u",
    [8, 6, 1, 1],
    [...noise(48, 6)].map((x, i) => (i % 6 === 0 && i !== 6 ? 0 : x)),
  );
  const before = graphOf(IMAGE, nodes, [floats("w", [6, 4, 3, 3]), u, columns]);
  const after = cut(before);
  expect(shapeOf(after, "c_weights")).toEqual([5, 4, 3, 3]);
  expect(shapeOf(after, "d_weights")).toEqual([5, 5, 1, 1]);
  await expectSameAnswers(before, after);
});

describe("channels stay", () => {
  const [w, b, v] = [weights("w", [8, 4, 3, 3]), bias("b", 8), floats("v", [3, 8, 1, 1])];
  const p = floats("p", [3, 8, 3, 3]);
  const head = conv("x w b", "c", padded);

  test.each([
    ["a constant that is not 0 meets a padded edge", [head, conv("c p", "y", padded)], [w, b, p]],
    [
      "so does it in a depthwise convolution",
      [head, conv("c g", "d", { group: 8, ...padded }), conv("d v", "y")],
      [w, b, v, floats("g", [8, 1, 3, 3])],
    ],
    [
      "a sum is dead on one side only",
      [head, conv("x u", "e", padded), node("Add", "c e", "d"), conv("d v", "y")],
      [w, b, v, floats("u", [8, 4, 3, 3])],
    ],
    ["the graph answers them", [head, node("Relu", "c", "y")], [w, b]],
    ["a convolution in groups reads them", [head, conv("c g", "y", { group: 2 })], [w, b, floats("g", [8, 4, 1, 1])]],
    [
      "an operator that mixes them reads them",
      [head, node("Softmax", "c", "d", { axis: 1 }), conv("d v", "y")],
      [w, b, v],
    ],
    [
      "an image is added that is only given",
      [conv("x w b", "c"), node("Mul", "c x", "d"), conv("d v", "y")],
      [weights("w", [4, 4, 1, 1], [1]), bias("b", 4), floats("v", [3, 4, 1, 1])],
    ],
    [
      "what stands behind makes small weights large",
      [head, conv("c v", "y")],
      [
        weights("w", [8, 4, 3, 3], DEAD, 1e-9),
        b,
        floats(
          "v",
          [3, 8, 1, 1],
          [...noise(24, 5)].map((x, i) => (DEAD.includes(i % 8) ? x * 1e9 : x)),
        ),
      ],
    ],
  ])("where %s", async (_, nodes, constants) => {
    const model = graphOf(IMAGE, nodes, constants);
    expect(cut(model)).toBe(model);
    // That the graph is one at all.
    await expectSameAnswers(model, model);
  });
});

test("a padded edge takes a constant of 0", async () => {
  const nodes = [conv("x w", "c", padded), node("PRelu", "c s", "d"), conv("d p", "y", padded)];
  const before = graphOf(IMAGE, nodes, [weights("w", [8, 4, 3, 3]), floats("s", [8, 1, 1]), floats("p", [3, 8, 3, 3])]);
  const after = cut(before);
  expect(shapeOf(after, "c_weights")).toEqual([5, 4, 3, 3]);
  await expectSameAnswers(before, after);
});
