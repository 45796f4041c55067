import { ArcfaceError } from "../errors.ts";
import type { Session } from "../host/host.ts";
import { imagesToTensor } from "../image/to-tensor.ts";
import { dot, l2Normalize } from "../tensor/vector.ts";
import type { Contract } from "./contract.ts";
import { createEmbeddingRunner, embedSample, type Subject } from "./embedding-runner.ts";
import { fixedBatch, type GraphFacts, readGraphFacts } from "./graph-facts.ts";
import type { MeasureOptions, RecognizerMeasurement } from "./measurement.ts";
import type { Standing } from "./race.ts";
import { ALIGNMENTS, type PairKind, type Sample } from "./samples.ts";
import { searchContracts } from "./search.ts";
import { countSums, type Label, sumPairs } from "./separation.ts";

/** Samples of the first looks, and of the first round of those that decide; the last has all. */
const FIRST = 60;
const SECOND = 120;

/** Networks fed about as they were trained reach 3.5 and more, those fed nonsense stay below 1.3. */
const WORKS_FROM = 2;

/**
 * Feed faces to a recogniser under every likely contract, and see under which it tells people apart best.
 *
 * @param session one crop a run is what it is fed, whatever it may take.
 * @param name what errors call the network.
 * @throws {ArcfaceError} MODEL_MISMATCH where the graph takes no pictures or answers no embedding; INVALID_ARGUMENT where
 * the samples show fewer than two people; CANCELLED.
 */
export async function measureRecognizer(
  session: Session,
  { samples, kind }: { readonly samples: readonly Sample[]; readonly kind: PairKind },
  name: string,
  { also = [], signal, onRun }: MeasureOptions = {},
): Promise<RecognizerMeasurement> {
  const graph = readGraphFacts(session, name);
  const labels = samples.map(({ label }) => label);
  const people = new Set(labels.map(({ person }) => person)).size;
  if (people < 2) {
    throw new ArcfaceError("INVALID_ARGUMENT", `doctor: expected faces of two people at least, got ${people}`, {
      hint: "name a folder of more faces: --faces DIR, best with a folder for every person",
    });
  }
  const subject: Subject = { name, session, graph, output: embeddingOutput(graph, name), samples };
  let done = 0;
  const standings = await searchContracts(
    (contract) => createEmbeddingRunner(subject, contract, { signal, onRun: () => onRun?.(++done) }),
    {
      colorOrders: graph.channels === 1 ? ["GRAY"] : ["RGB", "BGR"],
      layouts: graph.layouts,
      alignments: ALIGNMENTS,
      also,
    },
    {
      first: Math.min(FIRST, samples.length),
      rounds: [...new Set([FIRST, SECOND, samples.length].map((count) => Math.min(count, samples.length)))],
      clearly: WORKS_FROM,
      signal,
    },
  );
  const [best] = standings as [Standing];
  const embedding = await embedSample(subject, best.contract, samples[0]!);
  return {
    kind: "recognizer",
    graph,
    standings,
    works: best.score >= WORKS_FROM,
    output: subject.output,
    embeddingSize: embedding?.length ?? 0,
    isBatchSafe: await isBatchSafe(subject, best.contract),
    pairs: kind,
    counts: countsOf(labels.slice(0, best.samples), kind),
  };
}

/** What the best contract was measured on. */
function countsOf(labels: readonly Label[], kind: PairKind): RecognizerMeasurement["counts"] {
  const sums = sumPairs(
    labels.map(() => new Float32Array(1)),
    labels,
  );
  const faces = kind === "people" ? labels.length : new Set(labels.map(({ identity }) => identity)).size;
  return { samples: labels.length, faces, people: sums.people, ...countSums(sums) };
}

/** Two crops in one run, against each alone. */
async function isBatchSafe(subject: Subject, contract: Contract): Promise<boolean | null> {
  const { session, graph, output, samples } = subject;
  if (fixedBatch(graph) !== null) return null;
  const pair = [samples[0]!, samples.at(-1)!];
  const alone = await Promise.all(pair.map((sample) => embedSample(subject, contract, sample)));
  const crops = pair.map((sample) => sample.crop(contract.alignment));
  const tensor = imagesToTensor(crops, { ...contract, color: contract.colorOrder });
  const together = await session.run({ [graph.input.name]: tensor }).catch(() => null);
  const data = together?.[output]?.data;
  if (!(data instanceof Float32Array)) return false;
  return alone.every((embedding, i) => {
    if (!embedding || data.length !== 2 * embedding.length) return false;
    const shared = data.subarray(i * embedding.length, (i + 1) * embedding.length);
    // Other kernels for other batches differ by rounding, a range taken over two crops by far more.
    return dot(l2Normalize(embedding), l2Normalize(shared)) > 0.9999;
  });
}

function embeddingOutput({ outputs }: GraphFacts, name: string): string {
  const floats = outputs.filter(({ dtype }) => dtype === "float32");
  const named = floats.find((output) => /embed|feature/i.test(output.name)) ?? floats[0];
  if (named) return named.name;
  const got = outputs.map((output) => `${output.name} ${output.dtype}`).join(", ") || "none";
  throw new ArcfaceError("MODEL_MISMATCH", `${name}: expected an output of float32, the embedding, got ${got}`);
}
