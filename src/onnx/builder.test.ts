import { expect, test } from "vitest";
import { createSession } from "../host/session.node.ts";
import { float32 } from "../tensor/tensor.ts";
import { GraphBuilder } from "./builder.ts";
import { encodeModel } from "./model.ts";

test("a graph that was built runs, and its values have shapes at once", async () => {
  const g = new GraphBuilder();
  const x = g.input("x", ["N", 2]);
  const layer = g.scope("head").scope("fc");
  const w = layer.constant("weight", [3, 2], Float32Array.of(1, 0, 0, 1, 1, 1));
  const b = layer.constant("bias", [3], Float32Array.of(0, 0, 10));
  const y = layer.gemm(x, w, b, { name: "product" });
  expect(y).toEqual({ name: "head.fc.product", dtype: "float32", shape: ["N", 3] });
  const [best, at] = g.nodes("TopK", [y, g.constant("k", [1], [1])], { outputs: 2 });
  expect(at).toMatchObject({ dtype: "int64", shape: ["N", 1] });
  g.output("best", best!);
  g.output("at", at!);

  await using session = await createSession(encodeModel(g.toModel("top")), "top");
  const { best: value, at: place } = await session.run({ x: float32(Float32Array.of(1, 2, -20, 3), [2, 2]) });
  expect([...value!.data, ...place!.data]).toEqual([13, 3, 2n, 1n]);
});

test("a node of another domain brings its opset", async () => {
  const g = new GraphBuilder();
  const x = g.input("x", [2, 2]);
  g.output("y", g.node("com.microsoft.FusedMatMul", [x, x], { attributes: { transB: 1 } }));
  await using session = await createSession(encodeModel(g.toModel("square")), "square");
  const { y } = await session.run({ x: float32(Float32Array.of(1, 2, 3, 4), [2, 2]) });
  expect([...y!.data]).toEqual([5, 11, 11, 25]);
});

const built = () => {
  const g = new GraphBuilder();
  return { g: g.scope("layer1"), x: g.input("x", [1, 3, 8, 8]), root: g };
};

test("what does not fit is said by the node's name, as it is added", () => {
  const { g, x, root } = built();
  const w = g.constant("w", [4, 2, 3, 3], new Float32Array(72));
  expect(() => g.conv(x, w, { name: "conv1" })).toThrow(
    "layer1.conv1 (Conv): expected 2 channels (1 × 2, from weights [4, 2, 3, 3]), got 3",
  );
  expect(() => g.node("Elu", [x], { attributes: { alhpa: 1 }, name: "e" })).toThrow(
    "layer1.e (Elu): expected an attribute of alpha, got alhpa",
  );
  expect(() => g.node("Mystery", [x])).toThrow(expect.objectContaining({ code: "UNSUPPORTED_FORMAT" }));
  expect(() => g.constant("w", [1], [1])).toThrow("expected a name that is not taken, got layer1.w");
  expect(() => g.constant("v", [3], [1])).toThrow("layer1.v: expected 3 values for [3], got 1");
  expect(() => root.toModel("net")).toThrow("net: expected a graph with an output, got none");
});

test("a node that failed leaves nothing behind", () => {
  const { g, x, root } = built();
  expect(() => g.node("Concat", [x, x], { name: "c" })).toThrow("expected the attribute axis, got none");
  root.output("y", g.node("Concat", [x, x], { attributes: { axis: 1 }, name: "c" }));
  expect(root.toModel("net").graph!.node.map(({ name }) => name)).toEqual(["layer1.c", "y"]);
});
