import { expect, test } from "vitest";
import { printModel } from "./print.ts";
import { smallNetwork } from "./testing/small-models.ts";

test("a graph is printed a line a node, with the shapes of constants and of what it makes", () => {
  expect(printModel(smallNetwork())).toBe(
    [
      "opset 18, 3 nodes, 4 parameters",
      "input x: float32 [1, 1, 2, 2]",
      "c: Conv(x, w [1, 1, 1, 1], b [1]) → c [1, 1, 2, 2] kernel_shape=[1, 1]",
      "r: Relu(c) → r [1, 1, 2, 2]",
      "y: Reshape(r, shape [2]) → y [1, 4]",
      "output y: float32 [1, 4]",
    ].join("\n"),
  );
});
