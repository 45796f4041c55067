import { describe, expect, test } from "vitest";
import { change } from "../schema.ts";
import { floats, graphOf, node, normConstants, normInputs } from "../testing/graphs.ts";
import { expectSameAnswers, opsOf } from "../testing/same-answers.node.ts";
import { batchNormsBack, batchNormsOn } from "./batch-norms.ts";

const IMAGE = [2, 4, 6, 6];
const norm = (x: string, y: string) => node("BatchNormalization", normInputs(x, "n"), y, { epsilon: { float: 1e-3 } });
const conv = (inputs: string, output: string, attributes = {}) =>
  node("Conv", inputs, output, { kernel_shape: [3, 3], ...attributes });
const same = { pads: [1, 1, 1, 1] };

describe("into the layer before", () => {
  const [w, b] = [floats("w", [8, 4, 3, 3]), floats("b", [8])];
  const constants = [w, b, ...normConstants("n", 8)];

  test.each([
    ["a convolution with a bias", [conv("x w b", "c", same), norm("c", "y")], constants, IMAGE],
    ["a convolution without", [conv("x w", "c"), norm("c", "y")], constants, IMAGE],
    [
      "a convolution in groups",
      [conv("x g", "c", { group: 2 }), norm("c", "y")],
      [floats("g", [8, 2, 3, 3]), ...normConstants("n", 8)],
      IMAGE,
    ],
    [
      "a fully-connected layer",
      [node("Gemm", "x w b", "c", { transB: 1 }), norm("c", "y")],
      [floats("w", [8, 5]), b, ...normConstants("n", 8)],
      [3, 5],
    ],
    [
      "one whose weights lie the other way, with one bias for all",
      [node("Gemm", "x w b", "c"), norm("c", "y")],
      [floats("w", [5, 8]), floats("b", [1], [0.5]), ...normConstants("n", 8)],
      [3, 5],
    ],
  ])("%s", async (_, nodes, initializers, shape) => {
    const before = graphOf(shape, nodes, initializers);
    const after = batchNormsBack(before);
    expect(opsOf(after)).toEqual([opsOf(before)[0]]);
    expect(after.graph!.initializer.filter(({ name }) => name.startsWith("n."))).toEqual([]);
    await expectSameAnswers(before, after);
  });

  test.each([
    [
      "something else reads the layer",
      graphOf(IMAGE, [conv("x w", "c"), norm("c", "n"), node("Add", "c n", "y")], constants),
    ],
    ["the graph answers the layer", graphOf(IMAGE, [conv("x w", "c"), norm("c", "y")], constants, { c: [], y: [] })],
    ["the weights are computed", graphOf(IMAGE, [node("Neg", "w", "v"), conv("x v", "c"), norm("c", "y")], constants)],
    [
      "an activation lies between",
      graphOf(IMAGE, [conv("x w", "c"), node("Relu", "c", "r"), norm("r", "y")], constants),
    ],
    [
      "a Gemm scales",
      graphOf(
        [3, 5],
        [node("Gemm", "x w", "c", { alpha: { float: 2 } }), norm("c", "y")],
        [floats("w", [5, 8]), ...normConstants("n", 8)],
      ),
    ],
  ])("not where %s", (_, model) => {
    expect(batchNormsBack(model)).toBe(model);
  });

  test("not one that measures what it normalises", () => {
    const training = node("BatchNormalization", normInputs("c", "n"), "y", { training_mode: 1 });
    training.output.push("mean", "var");
    const model = graphOf(IMAGE, [conv("x w", "c"), training], constants);
    expect(batchNormsBack(model)).toBe(model);
  });
});

describe("into the layer after", () => {
  const w = floats("w", [8, 4, 3, 3]);
  const shifted = normConstants("n", 4);
  const centred = normConstants("n", 4, { shift: false });

  test.each([
    [
      "a convolution that does not pad",
      [norm("x", "n"), conv("n w b", "y")],
      [w, floats("b", [8]), ...shifted],
      ["Conv"],
    ],
    ["one that pads, where nothing is shifted", [norm("x", "n"), conv("n w", "y", same)], [w, ...centred], ["Conv"]],
    [
      "a depthwise convolution",
      [norm("x", "n"), conv("n w", "y", { group: 4 })],
      [floats("w", [8, 1, 3, 3]), ...shifted],
      ["Conv"],
    ],
    [
      "two convolutions",
      [norm("x", "n"), conv("n w", "a"), conv("n v", "b"), node("Add", "a b", "y")],
      [w, floats("v", [8, 4, 3, 3]), ...shifted],
      ["Conv", "Conv", "Add"],
    ],
    [
      "a fully-connected layer, over what is flattened",
      [norm("x", "n"), node("Flatten", "n", "f"), node("Gemm", "f w", "y", { transB: 1 })],
      [floats("w", [3, 144]), ...shifted],
      ["Flatten", "Gemm"],
    ],
  ])("%s", async (_, nodes, constants, ops) => {
    const before = graphOf(IMAGE, nodes, constants);
    const after = batchNormsOn(before);
    expect(opsOf(after)).toEqual(ops);
    await expectSameAnswers(before, after, { atol: 1e-5, rtol: 1e-5 });
  });

  test.each([
    ["the convolution pads and something is shifted", [norm("x", "n"), conv("n w", "y", same)]],
    ["it pads by itself", [norm("x", "n"), conv("n w", "y", { auto_pad: "SAME_UPPER" })]],
    ["one of two readers cannot take it", [norm("x", "n"), conv("n w", "c"), node("Relu", "n", "y")]],
    ["it is the convolution's weights", [norm("x", "n"), conv("x n", "y")]],
  ])("not where %s", (_, nodes) => {
    const model = graphOf(IMAGE, nodes, [w, ...shifted]);
    expect(batchNormsOn(model)).toBe(model);
  });

  test("not where the graph answers it", () => {
    const model = graphOf(IMAGE, [norm("x", "n"), conv("n w", "y")], [w, ...shifted], { n: [], y: [] });
    expect(batchNormsOn(model)).toBe(model);
  });
});

test("what older files list among the inputs stays listed", async () => {
  const model = graphOf(
    IMAGE,
    [conv("x w", "c"), norm("c", "y")],
    [floats("w", [8, 4, 3, 3]), ...normConstants("n", 8)],
  );
  const old = change(model, { irVersion: 3n });
  const after = batchNormsBack(old);
  expect(after.graph!.input.map(({ name }) => name)).toEqual(["x", "y_weights", "y_bias"]);
  await expectSameAnswers(model, after);
});
