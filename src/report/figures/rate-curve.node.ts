import * as Plot from "@observablehq/plot";
import { COLOURS, type DrawOptions, draw, lowerEdge, rateAxis, shareAxis } from "./plot.node.ts";
import type { CurvePoint } from "./staircase.ts";

export type RateCurve = {
  readonly label: string;
  readonly x: string;
  readonly y: string;
  /** Where the axis of x begins; it ends at 1. */
  readonly lowest: number;
  /** One or two. */
  readonly series: readonly { readonly points: readonly CurvePoint[]; readonly marks: readonly MarkedPoint[] }[];
} & Pick<DrawOptions, "legend" | "width" | "height" | "marginLeft">;

/** A point of the curve with its value beside it. */
export type MarkedPoint = CurvePoint & { readonly text: string };

/** Rates against rates on a logarithmic axis: a ROC, TPIR@FPIR. Two curves are told apart by colour and by dashes. */
export function rateCurve({ label, x, y, lowest, series, ...options }: RateCurve): string {
  const floor = Math.min(...series.flatMap(({ points }) => points.map((point) => point.y)));
  return draw({
    ...options,
    label,
    x: rateAxis(x, lowest),
    y: shareAxis(y, [lowerEdge(floor), 1]),
    marks: series.flatMap(({ points, marks }, i) => {
      const colour = COLOURS.series[i]!;
      return [
        Plot.line(points, { x: "x", y: "y", stroke: colour, strokeWidth: 2, ...(i > 0 && { strokeDasharray: "5 3" }) }),
        Plot.dot(marks, { x: "x", y: "y", fill: colour, r: 4 }),
        Plot.text(marks, {
          x: "x",
          y: "y",
          text: "text",
          textAnchor: "start",
          dx: 6,
          dy: 14,
          stroke: COLOURS.ground,
          strokeWidth: 4,
          fill: COLOURS.ink,
        }),
      ];
    }),
  });
}

/** Letters that fit beside the axis of the narrowest figure. */
const LONGEST_NAME = 34;

/** Names in their colours, where there is more than one. */
export function legendOf(series: readonly { readonly name: string }[]): NonNullable<DrawOptions["legend"]> {
  if (series.length < 2) return [];
  return series.map(({ name }, i) => ({
    text: `${i === 0 ? "——" : "– –"} ${shorten(name)}`,
    colour: COLOURS.series[i]!,
  }));
}

/** Both ends are kept: a team at one, a variant at the other. */
function shorten(name: string): string {
  const half = LONGEST_NAME / 2;
  return name.length <= LONGEST_NAME ? name : `${name.slice(0, half - 1)}…${name.slice(-half)}`;
}
