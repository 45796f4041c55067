import * as Plot from "@observablehq/plot";
import { COLOURS, draw, percent, SIZE } from "./plot.node.ts";

export type IntervalRow = {
  readonly name: string;
  readonly value: number;
  /** 95 %; `null` where there is none. */
  readonly interval: readonly [number, number] | null;
};

const ROW = 26;

/** A value a row with its interval as a line through it: which differences are larger than chance. */
export function intervalFigure(label: string, rows: readonly IntervalRow[]): string {
  const longest = Math.max(...rows.map(({ name }) => shorten(name).length));
  return draw({
    label,
    height: 60 + ROW * rows.length,
    marginTop: 10,
    marginRight: 28,
    marginLeft: Math.min(190, 24 + 7.5 * longest),
    x: { label, labelAnchor: "center", labelArrow: "none", grid: true, ticks: 4, tickFormat: percent, nice: true },
    y: { type: "band", domain: rows.map(({ name }) => name), label: null, tickFormat: shorten, tickSize: 0 },
    width: SIZE.width,
    marks: [
      Plot.ruleY(
        rows.filter(({ interval }) => interval !== null),
        {
          y: "name",
          x1: ({ interval }: IntervalRow) => interval![0],
          x2: ({ interval }: IntervalRow) => interval![1],
          stroke: COLOURS.series[0],
          strokeWidth: 2,
        },
      ),
      Plot.dot(rows, { x: "value", y: "name", fill: COLOURS.series[0], r: 4.5 }),
    ],
  });
}

function shorten(name: string): string {
  return name.length > 22 ? `${name.slice(0, 21)}…` : name;
}
