/** Embeddings of people who do not exist. */
import { createSession } from "../../src/host/session.node.ts";
import { GraphBuilder } from "../../src/onnx/builder.ts";
import { encodeModel } from "../../src/onnx/model.ts";
import { float32 } from "../../src/tensor/tensor.ts";

/** Numbers in −1…1 after each other, the same every time. */
export function fillNoise(numbers: Float32Array, seed: number): void {
  let state = seed | 1;
  for (let i = 0; i < numbers.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    numbers[i] = state / 2 ** 31;
  }
}

const BLOCK = 10_000;
const BASES = 1024;

/**
 * Fill rows with strangers who are spread as real faces are: the mean of real embeddings and a random mixture of what
 * single ones differ from it by, which has their covariance.
 *
 * @param real embeddings of one length.
 */
export async function fillStrangers(rows: Float32Array, real: readonly Float32Array[], threads: number): Promise<void> {
  const size = real[0]!.length;
  const step = real.length / BASES;
  const mean = new Float32Array(size);
  for (const embedding of real) {
    embedding.forEach((value, i) => {
      mean[i]! += value / real.length;
    });
  }
  const bases = new Float32Array(BASES * size);
  for (let b = 0; b < BASES; b++) {
    // Noise has a variance of a third.
    real[Math.floor(b * step)]!.forEach((value, i) => {
      bases[b * size + i] = (value - mean[i]!) * Math.sqrt(3 / BASES);
    });
  }
  const g = new GraphBuilder();
  const inputs = [g.input("noise", [BLOCK, BASES]), g.input("bases", [BASES, size]), g.input("mean", [size])] as const;
  g.output("y", g.node("Add", [g.node("MatMul", [inputs[0], inputs[1]]), inputs[2]]));
  await using session = await createSession(encodeModel(g.toModel("strangers")), "strangers", { threads });
  const noise = new Float32Array(BLOCK * BASES);
  for (let from = 0; from < rows.length; from += BLOCK * size) {
    fillNoise(noise, from + 12345);
    const { y } = await session.run({
      noise: float32(noise, [BLOCK, BASES]),
      bases: float32(bases, [BASES, size]),
      mean: float32(mean, [size]),
    });
    rows.set((y!.data as Float32Array).subarray(0, Math.min(BLOCK * size, rows.length - from)), from);
  }
}
