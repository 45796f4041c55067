import { ArcfaceError, throwIfCancelled } from "../errors.ts";
import type { Session } from "../host/host.ts";
import { imagesToTensor } from "../image/to-tensor.ts";
import type { Contract } from "./contract.ts";
import { fixedBatch, type GraphFacts } from "./graph-facts.ts";
import type { Runner } from "./race.ts";
import type { Sample } from "./samples.ts";
import { DRAWS, drawWeights, separation, sumPairs } from "./separation.ts";

/** A recogniser, and what it is to be fed. */
export type Subject = {
  readonly name: string;
  readonly session: Session;
  readonly graph: GraphFacts;
  /** The output that is the embedding. */
  readonly output: string;
  readonly samples: readonly Sample[];
};

/** How well a recogniser separates people under a contract; NaN where it cannot be run so. */
export function createEmbeddingRunner(
  subject: Subject,
  contract: Contract,
  { signal, onRun }: { signal?: AbortSignal | undefined; onRun?: (() => void) | undefined } = {},
): Runner {
  const embeddings: Float32Array[] = [];
  let runs = true;
  return {
    contract,
    async measure(count) {
      const samples = subject.samples.slice(0, count);
      for (const sample of samples.slice(embeddings.length)) {
        throwIfCancelled(signal, subject.name);
        const embedding = runs ? await embedSample(subject, contract, sample) : null;
        onRun?.();
        if (embedding) embeddings.push(embedding);
        else runs = false;
      }
      if (!runs) return new Float64Array(DRAWS + 1).fill(Number.NaN);
      const sums = sumPairs(
        embeddings.slice(0, count),
        samples.map(({ label }) => label),
      );
      // People are drawn, not pairs: those of one person stand or fall together.
      return Float64Array.from(drawWeights(sums.people, DRAWS), (weights) => separation(sums, weights));
    },
  };
}

/** The embedding as the network gives it; `null` where it cannot be run under the contract. */
export async function embedSample(
  { session, graph, output }: Subject,
  contract: Contract,
  sample: Sample,
): Promise<Float32Array | null> {
  // Never more than one crop, but where it must be: networks quantised while they run measure the whole batch.
  const batch = fixedBatch(graph) ?? 1;
  const crops = Array.from({ length: batch }, () => sample.crop(contract.alignment));
  const tensor = imagesToTensor(crops, { ...contract, color: contract.colorOrder });
  try {
    const data = (await session.run({ [graph.input.name]: tensor }))[output]?.data;
    return data instanceof Float32Array ? data.slice(0, data.length / batch) : null;
  } catch (error) {
    if (error instanceof ArcfaceError && error.code === "MODEL_MISMATCH") return null;
    throw error;
  }
}
