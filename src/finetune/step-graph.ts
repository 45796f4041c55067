import type { ModelProto } from "../onnx/schema.ts";
import { buildStepOf, type StepGraph } from "../train/step.ts";
import type { CardOf } from "../zoo/cards/card.ts";
import { classMeans } from "./class-means.ts";
import { fileTrainingNet } from "./file-net.ts";
import type { LearntWeight } from "./learnt-weights.ts";
import type { FinetuneSettings } from "./options.ts";

/** The people that are trained on, embedded by the network as it is. */
export type Known = {
  readonly embeddings: readonly Float32Array[];
  readonly labels: readonly number[];
  readonly classes: number;
};

/** A training step of a network out of a file. The head starts from the people's mean embeddings. @param options probe: as buildStep. */
export function finetuneStep(
  model: ModelProto,
  { model: contract, embedding }: CardOf<"recognizer">,
  weights: readonly LearntWeight[],
  { embeddings, labels, classes }: Known,
  { loss, batchSize, lr, headLr, anchor, seed }: FinetuneSettings,
  { probe = false }: { readonly probe?: boolean } = {},
): StepGraph {
  const { input, outputs } = contract;
  const output = outputs.embedding ?? model.graph!.output[0]!.name;
  const graph = buildStepOf((g, images) => fileTrainingNet(g, model, images, { input, output, weights, anchor }), {
    loss,
    classes,
    images: [batchSize, 3, input.height, input.width],
    seed,
    probe,
  });
  // One rate serves both: a row of length l turns as one of length 1 would at rate/l².
  const rows = classMeans(embeddings, labels, classes, Math.sqrt(lr / headLr));
  const head = graph.parameters.find(({ name }) => name === "head.weight")!;
  const perClass = head.initial.length / (classes * embedding.size);
  const initial = repeatRows(rows, embedding.size, perClass);
  return { ...graph, parameters: graph.parameters.map((one) => (one === head ? { ...one, initial } : one)) };
}

/** A class's sub-centres lie side by side. */
function repeatRows(rows: Float32Array<ArrayBuffer>, size: number, times: number): Float32Array<ArrayBuffer> {
  const repeated = new Float32Array(rows.length * times);
  for (let row = 0; row * size < repeated.length; row++) {
    const from = Math.floor(row / times) * size;
    repeated.set(rows.subarray(from, from + size), row * size);
  }
  return repeated;
}
