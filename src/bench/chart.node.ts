import * as Plot from "@observablehq/plot";
import { COLOURS, draw, toFile } from "../report/figures/plot.node.ts";
import { PUBLISHED_THROUGHPUT } from "./published.ts";
import type { BenchmarkRow } from "./row.ts";
import { number } from "./table.ts";

type Bar = {
  readonly name: string;
  readonly rate: number;
  readonly spread: readonly [number, number] | null;
  readonly text: string;
};

const THEIRS = "#a9b2bb";
const ROW = 30;
const WIDTH = 760;

/** Inferences a second as an SVG document: a bar a row with its spread, what was published in grey. */
export function throughputChart(rows: readonly BenchmarkRow[]): string {
  const bars: Bar[] = [
    ...rows.map((row) => ({
      name: unique(row, rows),
      rate: row.inferencesPerSecond,
      spread: row.spread,
      text: `${number(row.inferencesPerSecond)}${row.powerW === null ? "" : `, ${row.powerW.toFixed(1)} W`}`,
    })),
    ...PUBLISHED_THROUGHPUT.map(({ platform, precision, inferencesPerSecond, powerW }) => ({
      name: `ArcFace R100, ${platform} ${precision}, published`,
      rate: inferencesPerSecond,
      spread: null,
      text: `${number(inferencesPerSecond)}${powerW === null ? "" : `, ${powerW} W`}`,
    })),
  ];
  const longest = Math.max(...bars.map(({ name }) => name.length));
  const svg = draw({
    label: "Inferences a second by network, platform and precision",
    width: WIDTH,
    height: 70 + ROW * bars.length,
    marginTop: 12,
    marginLeft: 16 + 7.2 * longest,
    marginRight: 110,
    x: { label: "Inferences a second", labelAnchor: "center", labelArrow: "none", grid: true, ticks: 5, zero: true },
    y: { type: "band", domain: bars.map(({ name }) => name), label: null, tickSize: 0, padding: 0.25 },
    marks: [
      Plot.barX(bars, { x: "rate", y: "name", fill: ({ spread }: Bar) => (spread ? COLOURS.series[0] : THEIRS) }),
      Plot.ruleY(
        bars.filter(({ spread }) => spread !== null),
        {
          x1: ({ spread }: Bar) => spread![0],
          x2: ({ spread }: Bar) => spread![1],
          y: "name",
          stroke: COLOURS.series[1],
          strokeWidth: 3,
        },
      ),
      Plot.text(bars, {
        x: ({ rate, spread }: Bar) => Math.max(rate, spread?.[1] ?? 0),
        y: "name",
        text: "text",
        textAnchor: "start",
        dx: 6,
        fill: COLOURS.ink,
      }),
    ],
  });
  return toFile(svg);
}

/** Rows that share a name differ in threads or batch. */
function unique(row: BenchmarkRow, rows: readonly BenchmarkRow[]): string {
  const short = ({ model, platform, precision }: BenchmarkRow): string =>
    `${model.length > 30 ? `…${model.slice(-29)}` : model}, ${platform} ${precision}`;
  const alike = rows.filter((other) => short(other) === short(row));
  return alike.length === 1 ? short(row) : `${short(row)}, ${row.threads}×${row.batch} #${alike.indexOf(row) + 1}`;
}
