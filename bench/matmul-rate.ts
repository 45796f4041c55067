/**
 * The machine's matrix-product rate in ONNX Runtime: a 1024³ MatMul, against which shares of training steps are told.
 *
 *     npx tsx --conditions=arcface-source bench/matmul-rate.ts
 */
import { pathToFileURL } from "node:url";
import { createSession } from "../src/host/session.node.ts";
import { GraphBuilder } from "../src/onnx/builder.ts";
import { encodeModel } from "../src/onnx/model.ts";
import { float32 } from "../src/tensor/tensor.ts";

const SIDE = 1024;
const RUNS = 40;

/**
 * Milliseconds so far: of one thread the processor's, which other programs disturb little; of more, the clock's.
 */
export function now(threads: number): number {
  if (threads > 1) return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** GFLOP/s of the fastest of some products. */
export async function matmulRate(threads: number): Promise<number> {
  const g = new GraphBuilder();
  const shape = [SIDE, SIDE];
  g.output("y", g.node("MatMul", [g.input("a", shape), g.input("b", shape)]));
  await using session = await createSession(encodeModel(g.toModel("product")), "product", { threads });
  const a = float32(new Float32Array(SIDE * SIDE).fill(1), shape);
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < RUNS; i++) {
    const start = now(threads);
    await session.run({ a, b: a });
    best = Math.min(best, now(threads) - start);
  }
  return (2 * SIDE ** 3) / best / 1e6;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const threads of [1, 2]) console.log(`${threads} threads: ${(await matmulRate(threads)).toFixed(0)} GFLOP/s`);
}
