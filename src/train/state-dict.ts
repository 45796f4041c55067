import type { StoredTensor } from "../safetensors/safetensors.ts";
import type { Weights } from "./trained-model.ts";

const MEAN = ".running_mean";

/**
 * The network's tensors of a training as PyTorch's `load_state_dict` takes them, strictly: without the head, and with what
 * is not learnt: scales of 1, and how many batches the statistics have seen.
 */
export function stateDict(trained: Weights, step: number): Map<string, StoredTensor> {
  const dict = new Map<string, StoredTensor>();
  for (const [name, { shape, data }] of trained) {
    if (name.startsWith("momentum.") || name.startsWith("head.")) continue;
    dict.set(name, { dtype: "F32", shape, data: data as Float32Array<ArrayBuffer> });
  }
  for (const [name, { shape, data }] of [...dict]) {
    if (!name.endsWith(MEAN)) continue;
    const layer = name.slice(0, -MEAN.length);
    const scale = `${layer}.weight`;
    if (!dict.has(scale)) dict.set(scale, { dtype: "F32", shape, data: new Float32Array(data.length).fill(1) });
    dict.set(`${layer}.num_batches_tracked`, { dtype: "I64", shape: [], data: BigInt64Array.of(BigInt(step)) });
  }
  return dict;
}
