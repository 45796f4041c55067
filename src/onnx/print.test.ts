import { expect, test } from "vitest";
import { printModel } from "./print.ts";
import { smallNetwork } from "./testing/small-models.ts";

test("a graph is printed a line a node, with the shapes of constants", () => {
  expect(printModel(smallNetwork())).toBe(
    [
      "opset 18, 3 nodes, 4 parameters",
      "input x: float32 [1, 1, 2, 2]",
      "c: Conv(x, w [1, 1, 1, 1], b [1]) → c kernel_shape=[1, 1]",
      "r: Relu(c) → r",
      "y: Reshape(r, shape [2]) → y",
      "output y: float32 [1, 4]",
    ].join("\n"),
  );
});
