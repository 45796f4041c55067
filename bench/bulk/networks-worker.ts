/** The networks of bench/bulk.ts, run on tensors that are ready. */
import { createNodeHost } from "../../src/host/host.node.ts";
import type { Network } from "../../src/host/network.ts";
import { serve } from "../../src/host/worker/serve.node.ts";
import { type LoadedModel, openNetwork } from "../../src/recognize/open-network.ts";
import { createRandom } from "../../src/tensor/random.ts";
import type { Float32Tensor } from "../../src/tensor/tensor.ts";

/** Networks, and in which batches and how often a face goes through each. */
export type NetworksArgument = {
  readonly threads: number;
  readonly steps: readonly { readonly model: LoadedModel; readonly batch: number; readonly perFace: number }[];
};

/** Each face has tensors of its own, as in life: one that is fed again and again stays in the processor's cache. */
const FACES = 32;

let steps: { network: Network; tensors: Map<number, Float32Tensor[]>; batch: number; perFace: number }[] = [];
let next = 0;

serve(
  {
    async open({ threads, steps: wanted }: NetworksArgument) {
      const host = createNodeHost();
      steps = await Promise.all(
        wanted.map(async ({ model, batch, perFace }) => {
          const network = await openNetwork(host, model, { threads });
          return { network, tensors: new Map(), batch, perFace };
        }),
      );
      return { result: null };
    },
    async run({ faces }: { faces: number }) {
      for (const { network, tensors, batch, perFace } of steps) {
        for (let left = faces * perFace; left > 0; left -= batch) {
          const count = Math.min(batch, left);
          if (!tensors.has(count))
            tensors.set(
              count,
              Array.from({ length: FACES }, (_, i) => noise(network, count, i)),
            );
          await network.session.run({ [network.input.name]: tensors.get(count)![next++ % FACES]! });
        }
      }
      return { result: null };
    },
  },
  async () => {
    for (const { network } of steps) await network[Symbol.asyncDispose]();
  },
);

function noise({ input: { width, height } }: Network, count: number, seed: number): Float32Tensor {
  const random = createRandom(seed);
  const data = Float32Array.from({ length: count * 3 * width * height }, () => 2 * random.uniform() - 1);
  return { dtype: "float32", shape: [count, 3, height, width], data };
}
