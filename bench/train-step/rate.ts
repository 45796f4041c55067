import { createSession } from "../../src/host/session.node.ts";
import { GraphBuilder } from "../../src/onnx/builder.ts";
import { encodeModel } from "../../src/onnx/model.ts";
import { float32 } from "../../src/tensor/tensor.ts";

const SIDE = 1024;

/** GFLOP/s of a 1024³ product in ONNX Runtime, the fastest of some. */
export async function matmulRate(threads: number): Promise<number> {
  const g = new GraphBuilder();
  const shape = [SIDE, SIDE];
  g.output("y", g.node("MatMul", [g.input("a", shape), g.input("b", shape)]));
  await using session = await createSession(encodeModel(g.toModel("product")), "product", { threads });
  const a = float32(new Float32Array(SIDE * SIDE).fill(1), shape);
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 40; i++) {
    const start = performance.now();
    await session.run({ a, b: a });
    best = Math.min(best, performance.now() - start);
  }
  return (2 * SIDE ** 3) / best / 1e6;
}
