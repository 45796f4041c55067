import type { Card, CardOf } from "../zoo/cards/card.ts";
import type { Disagreement } from "./card-contract.ts";
import { fixedBatch, fixedSize } from "./graph-facts.ts";
import type { DetectorMeasurement, Measurement, RecognizerMeasurement } from "./measurement.ts";

/** Where a card says otherwise than the graph itself: names, sizes, the kind of network. */
export function compareGraph(measurement: Measurement, card: Card): Disagreement[] {
  const { kind, graph, standings } = measurement;
  if (card.kind !== kind) return [{ field: "kind", card: card.kind, found: kind }];
  if (!card.model) return [];
  const { input, outputs } = card.model;
  const { layout } = standings[0]!.contract;
  const { width, height } = fixedSize(graph, layout);
  const names = graph.outputs.map(({ name }) => name);
  const differences = [
    differing("input.name", input.name, graph.input.name),
    input.dynamic ? null : differing("input.width", input.width, width ?? input.width),
    input.dynamic ? null : differing("input.height", input.height, height ?? input.height),
    ...Object.entries(outputs)
      .filter(([, name]) => !names.includes(name))
      .map(([role, name]) => ({ field: `outputs.${role}`, card: name, found: outputFor(measurement, role) })),
    ...(measurement.kind === "recognizer"
      ? compareRecognizer(measurement, card as CardOf<"recognizer">)
      : compareDetector(measurement, card as CardOf<"detector">)),
  ];
  return differences.filter((difference) => difference !== null);
}

function compareRecognizer(
  { embeddingSize, isBatchSafe, graph }: RecognizerMeasurement,
  { embedding }: CardOf<"recognizer">,
): (Disagreement | null)[] {
  // Where the graph fixes the batch the card's is not used.
  const shared = fixedBatch(graph) === null && isBatchSafe === false && embedding.batch !== 1;
  return [
    differing("embedding.size", embedding.size, embeddingSize),
    shared ? { field: "embedding.batch", card: embedding.batch, found: 1 } : null,
  ];
}

function compareDetector({ heads }: DetectorMeasurement, { model, parser }: CardOf<"detector">): Disagreement[] {
  const { parser: found, outputs } = heads;
  // A cascade of one's own may have any of them for its detector.
  const known = ["scrfd", "yunet", "blazeface", "ultraface"].includes(parser.name);
  if (known && parser.name !== found) return [{ field: "parser", card: parser.name, found }];
  return Object.entries(model?.outputs ?? {}).flatMap(([role, name]) => {
    const right = outputs[role];
    const isNamed = Object.values(outputs).includes(name);
    return right !== undefined && right !== name && isNamed
      ? [{ field: `outputs.${role}`, card: name, found: right }]
      : [];
  });
}

function outputFor(measurement: Measurement, role: string): string {
  return measurement.kind === "recognizer" ? measurement.output : (measurement.heads.outputs[role] ?? "none");
}

function differing(field: string, card: unknown, found: unknown): Disagreement | null {
  return card === found ? null : { field, card, found };
}
