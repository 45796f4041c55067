import type { Card } from "../zoo/cards/card.ts";
import { formatShape } from "./numbers.ts";
import type { Block, Section } from "./sections.ts";

export function throughputOf({ throughput, variants: [variant] }: Card): Section | null {
  if (!throughput) return null;
  const { rows, notes, source, conditions } = throughput;
  const shapes: Block[] = variant
    ? [
        {
          kind: "facts",
          facts: [
            { label: "Model variant", value: variant.name },
            ...(variant.inputShape ? [{ label: "Input shape", value: formatShape(variant.inputShape) }] : []),
            ...(variant.outputShape ? [{ label: "Output shape", value: formatShape(variant.outputShape) }] : []),
          ],
        },
      ]
    : [];
  return {
    title: "Throughput",
    blocks: [
      ...shapes,
      {
        kind: "bars",
        caption: "Inferences a second",
        bars: rows.map(({ platform, precision, inferencesPerSecond }) => ({
          label: `${platform}, ${precision}`,
          value: inferencesPerSecond,
          shown: `${inferencesPerSecond}`,
        })),
      },
      {
        kind: "table",
        caption: "Throughput",
        columns: [
          { title: "Platform" },
          { title: "Precision" },
          { title: "Throughput (infs/sec)", is: "number" },
          { title: "Power consumption (W)", is: "number" },
        ],
        rows: rows.map(({ platform, precision, inferencesPerSecond, powerW }) => [
          platform,
          precision,
          `${inferencesPerSecond}`,
          powerW === null ? null : `${powerW}`,
        ]),
        notes: [...notes, ...(conditions === undefined ? [] : [conditions]), `Published: ${source}.`],
      },
    ],
  };
}
