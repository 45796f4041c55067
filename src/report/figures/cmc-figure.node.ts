import * as Plot from "@observablehq/plot";
import { COLOURS, draw, lowerEdge, percent, type Series, shareAxis } from "./plot.node.ts";
import { legendOf } from "./rate-curve.node.ts";

/** Ranks that are drawn. */
const MOST = 20;

/** Closed-set identification: how often the right person is among the first so many. `points[i].y` is rank i + 1's. */
export function cmcFigure(series: readonly Series<{ readonly rank: number; readonly rate: number }>[]): string {
  const drawn = series.map(({ name, points }) => ({ name, points: points.filter(({ rank }) => rank <= MOST) }));
  const floor = Math.min(...drawn.flatMap(({ points }) => points.map(({ rate }) => rate)));
  const last = Math.max(2, ...drawn.flatMap(({ points }) => points.map(({ rank }) => rank)));
  return draw({
    label: `CMC: the share of probes whose person is among the first, to rank ${last}`,
    legend: legendOf(series),
    x: {
      domain: [1, last],
      grid: true,
      label: "Rank",
      labelAnchor: "center",
      labelArrow: "none",
      ticks: [1, 5, 10, 15, 20].filter((rank) => rank <= last),
    },
    y: shareAxis("Found at or before that rank", [lowerEdge(floor), 1]),
    marks: drawn.flatMap(({ points }, i) => [
      Plot.line(points, { x: "rank", y: "rate", stroke: COLOURS.series[i]!, strokeWidth: 2 }),
      Plot.dot(points, { x: "rank", y: "rate", fill: COLOURS.series[i]!, r: 3 }),
      ...(i === 0
        ? [
            Plot.text(points.slice(0, 1), {
              x: "rank",
              y: "rate",
              text: ({ rate }: { rate: number }) => percent(Number(rate.toFixed(4))),
              textAnchor: "start",
              dx: 8,
              dy: 14,
              stroke: COLOURS.ground,
              strokeWidth: 4,
              fill: COLOURS.ink,
            }),
          ]
        : []),
    ]),
  });
}
