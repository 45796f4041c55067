import { expect, test } from "vitest";
import { createSession } from "../host/session.node.ts";
import { float32 } from "../tensor/tensor.ts";
import { makeModel, makeNode, makeTensor, makeValueInfo } from "./build.ts";
import { fusePrelu } from "./fuse-prelu.ts";
import { encodeModel } from "./model.ts";

/** y = Relu(x) + slope · −Relu(−x), and perhaps one of the values on the way as an output too. */
function spelledOut(also: string[] = []) {
  const value = (name: string) => makeValueInfo(name, [1, 2, 1, 3]);
  return makeModel({
    name: "spelled out",
    nodes: [
      makeNode("Relu", ["x"], ["positive"]),
      makeNode("Neg", ["x"], ["minus"]),
      makeNode("Relu", ["minus"], ["below"]),
      makeNode("Neg", ["below"], ["negative"]),
      makeNode("Mul", ["slope", "negative"], ["scaled"]),
      makeNode("Add", ["positive", "scaled"], ["y"]),
    ],
    inputs: [value("x")],
    outputs: ["y", ...also].map(value),
    initializers: [makeTensor("slope", [1, 2, 1, 1], Float32Array.of(0.25, -2))],
  });
}

test("a PRelu that was spelled out becomes one node with the same values", async () => {
  const fused = fusePrelu(spelledOut());
  expect(fused.graph!.node.map((node) => node.opType)).toEqual(["PRelu"]);
  await using session = await createSession(encodeModel(fused), "fused");
  const { y } = await session.run({ x: float32(Float32Array.of(-4, 0, 4, -1, 0, 1), [1, 2, 1, 3]) });
  expect(Array.from(y!.data as Float32Array)).toEqual([-1, 0, 4, 2, 0, 1]);
});

test("a value that is used elsewhere keeps the nodes that make it", () => {
  const model = spelledOut(["negative"]);
  expect(fusePrelu(model)).toBe(model);
});
