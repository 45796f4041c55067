import { makeModel, makeNode, makeTensor, makeValueInfo } from "../build.ts";
import type { ModelProto } from "../schema.ts";

/** y = reshape(Relu(conv(x, w) + b)) of one image, x [1, 1, 2, 2] → y [1, 4]; `weight` is the filter's only value. */
export function smallNetwork({ weight = 1, bias = 0 } = {}): ModelProto {
  return makeModel({
    name: "small",
    nodes: [
      makeNode("Conv", ["x", "w", "b"], ["c"], { kernel_shape: [1, 1] }),
      makeNode("Relu", ["c"], ["r"]),
      makeNode("Reshape", ["r", "shape"], ["y"]),
    ],
    inputs: [makeValueInfo("x", [1, 1, 2, 2])],
    outputs: [makeValueInfo("y", [1, 4])],
    initializers: [
      makeTensor("w", [1, 1, 1, 1], Float32Array.of(weight)),
      makeTensor("b", [1], Float32Array.of(bias)),
      makeTensor("shape", [2], [1, 4]),
    ],
  });
}
