import type { Card, CardModel } from "../zoo/cards/card.ts";
import { formatBytes, formatExact, formatScaled, formatShape } from "./numbers.ts";
import { type Block, compact, type Fact, type Section } from "./sections.ts";
import { variantsOf } from "./variants.ts";
import { sourceOf } from "./where.ts";

export function technicalSpecifications(card: Card, stages: readonly Card[]): Section {
  return {
    title: "Technical specifications",
    blocks: [],
    sections: compact([
      { title: "Input and output details", blocks: ports(card) },
      { title: "How it is fed", blocks: contract(card) },
      { title: "Model architecture", blocks: architecture(card) },
      { title: "Stages", blocks: stagesTable(card, stages) },
      { title: "File", blocks: card.model ? [{ kind: "facts", facts: file(card.model) }] : [] },
    ]),
  };
}

type Port = NonNullable<Card["ports"]>["inputs"][number];

/** As the publisher states them; else as the card feeds and reads the graph. */
function ports(card: Card): Block[] {
  const { ports, model } = card;
  if (!ports && !model) return [];
  const { inputs, outputs } = ports ?? portsOf(card);
  const rows = [...inputs.map((port) => portRow("Input", port)), ...outputs.map((port) => portRow("Output", port))];
  const columns = ["Port", "Name", "Shape", "Information"].map((title) => ({ title }));
  const hasShape = [...inputs, ...outputs].some(({ shape }) => shape !== undefined);
  return [
    {
      kind: "table",
      caption: "Inputs and outputs",
      columns: hasShape ? columns : columns.filter(({ title }) => title !== "Shape"),
      rows: hasShape ? rows : rows.map((row) => row.filter((_, i) => i !== 2)),
      ...(outputs.length === 0 && { notes: ["The outputs are found by the parser."] }),
    },
  ];
}

function portsOf(card: Card): NonNullable<Card["ports"]> {
  const [variant] = variantsOf(card);
  const { input, outputs } = card.model!;
  return {
    inputs: [
      {
        name: input.name,
        info: `${input.layout}, ${input.color} image`,
        ...(variant?.inputShape && { shape: variant.inputShape }),
      },
    ],
    outputs: Object.entries(outputs).map(([role, name]) => ({
      name,
      info: role,
      ...(variant?.outputShape && { shape: variant.outputShape }),
    })),
  };
}

function portRow(port: string, { name, shape, info }: Port): (string | null)[] {
  return [port, name, shape ? formatShape(shape) : null, info];
}

const ALIGNMENTS = {
  arcface: "five landmarks on ArcFace's 112 × 112 template",
  mirrored: "five landmarks on ArcFace's template, left and right exchanged",
  none: "none: the face's box, stretched",
} as const;

/** What no file says of itself, and every embedding depends on. */
function contract(card: Card): Block[] {
  if (!card.model) return [];
  const { input } = card.model;
  const facts: Fact[] = [
    { label: "Colour order", value: input.color },
    { label: "Values", value: normalisation(input) },
    { label: "Size", value: size(input) },
    { label: "Layout", value: input.layout },
  ];
  if (card.kind === "recognizer") {
    facts.push(
      { label: "Alignment", value: ALIGNMENTS[card.embedding.alignment] },
      { label: "Embedding", value: `${card.embedding.size} numbers` },
      { label: "Batch", value: `${card.embedding.batch} crops at most` },
    );
  }
  if ("parser" in card) facts.push({ label: "Parser", value: card.parser.name });
  return [{ kind: "facts", facts }];
}

function normalisation({ mean, scale }: CardModel["input"]): string {
  const same = (numbers: readonly number[]): string =>
    numbers.every((n) => n === numbers[0]) ? `${numbers[0]}` : `[${numbers.join(", ")}]`;
  if (mean.every((m) => m === 0) && scale.every((s) => s === 1)) return "0–255, un-normalised (mean 0, scale 1)";
  return `(x − mean) / scale of 0–255: mean ${same(mean)}, scale ${same(scale)}`;
}

function size({ width, height, dynamic, stride }: CardModel["input"]): string {
  if (!dynamic) return `${width} × ${height}`;
  return `any ${stride > 1 ? `multiple of ${stride}` : "size"}, usually ${width} × ${height}`;
}

function architecture({ architecture, model }: Card): Block[] {
  const facts: Fact[] = [
    ...(model?.parameters === undefined
      ? []
      : [{ label: "Parameters", value: `${formatExact(model.parameters)} (${formatScaled(model.parameters)})` }]),
    ...(model?.macs === undefined
      ? []
      : [{ label: "MACs", value: `${formatExact(model.macs)} (${formatScaled(model.macs)})` }]),
  ];
  const counted = model?.counted;
  return [
    ...(architecture === undefined ? [] : [{ kind: "prose", text: architecture } as const]),
    ...(facts.length > 0 ? [{ kind: "facts", facts } as const] : []),
    ...(counted === undefined ? [] : [{ kind: "prose", text: counted } as const]),
  ];
}

function stagesTable(card: Card, stages: readonly Card[]): Block[] {
  if (card.kind !== "detector" || !card.stages) return [];
  const rows = Object.entries(card.stages).map(([role, slug]) => {
    const stage = stages.find((known) => known.slug === slug);
    const parameters = stage?.model?.parameters;
    return [role, slug, stage?.licence.name ?? null, parameters === undefined ? null : formatExact(parameters)];
  });
  return [
    {
      kind: "table",
      caption: "Stages",
      columns: [{ title: "Role" }, { title: "Model" }, { title: "Licence" }, { title: "Parameters", is: "number" }],
      rows,
    },
  ];
}

function file({ source, sha256, byteLength }: CardModel): Fact[] {
  return [
    { label: "Published at", value: sourceOf(source) },
    { label: "Size", value: byteLength === undefined ? null : formatBytes(byteLength) },
    { label: "SHA-256", value: sha256 ?? null },
  ];
}
