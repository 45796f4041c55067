/** Who is nearest, by ONNX Runtime's float32 products and nothing of ours. */
import { createSession } from "../../src/host/session.node.ts";
import { GraphBuilder } from "../../src/onnx/builder.ts";
import { encodeModel } from "../../src/onnx/model.ts";
import { float32 } from "../../src/tensor/tensor.ts";
import { l2Norm, l2Normalize } from "../../src/tensor/vector.ts";

const BLOCK = 4096;

/** @returns for each probe the number of the row whose cosine to it is the largest. */
export async function floatTop1(
  rows: Float32Array,
  probes: readonly Float32Array[],
  threads: number,
): Promise<readonly number[]> {
  const size = probes[0]!.length;
  const count = probes.length;
  const g = new GraphBuilder();
  g.output("y", g.node("MatMul", [g.input("rows", [BLOCK, size]), g.input("probes", [size, count])]));
  await using session = await createSession(encodeModel(g.toModel("cosines")), "cosines", { threads });
  const columns = new Float32Array(size * count);
  probes.forEach((probe, j) => {
    l2Normalize(probe).forEach((value, i) => {
      columns[i * count + j] = value;
    });
  });
  const best = new Float64Array(count).fill(-2);
  const nearest: number[] = new Array(count).fill(-1);
  const block = new Float32Array(BLOCK * size);
  for (let first = 0; first * size < rows.length; first += BLOCK) {
    block.fill(0).set(rows.subarray(first * size, (first + BLOCK) * size));
    const { y } = await session.run({ rows: float32(block, [BLOCK, size]), probes: float32(columns, [size, count]) });
    const cosines = y!.data as Float32Array;
    for (let r = 0; r < BLOCK; r++) {
      const norm = l2Norm(block.subarray(r * size, (r + 1) * size));
      if (norm === 0) continue;
      for (let j = 0; j < count; j++) {
        const cosine = cosines[r * count + j]! / norm;
        if (cosine > best[j]!) {
          best[j] = cosine;
          nearest[j] = first + r;
        }
      }
    }
  }
  return nearest;
}
