import * as Plot from "@observablehq/plot";
import type { Reliability } from "../../calibrate/probability.ts";
import { COLOURS, draw, percent } from "./plot.node.ts";

/** What was said beside what was so: on the line where probabilities are right, dots as large as the pairs behind them. */
export function reliabilityFigure({ bins, error }: Reliability): string {
  const axis = { domain: [0, 1], grid: true, ticks: 6, labelAnchor: "center", labelArrow: "none", tickFormat: percent };
  return draw({
    label: "Probability said, and the share that was so",
    legend: [
      { text: `● other people, off by ${(100 * error).toFixed(2)} points on average`, colour: SERIES },
      { text: "-- right probabilities", colour: COLOURS.soft },
    ],
    x: { ...axis, label: "Said: one person" } as Plot.ScaleOptions,
    y: { ...axis, label: "So" } as Plot.ScaleOptions,
    marginRight: 34,
    r: { domain: [0, 1], range: [3, 9] },
    marks: [
      Plot.line(
        [
          [0, 0],
          [1, 1],
        ],
        { stroke: COLOURS.soft, strokeDasharray: "4 3" },
      ),
      Plot.line(bins, { x: "said", y: "was", stroke: SERIES, strokeOpacity: 0.5 }),
      Plot.dot(bins, { x: "said", y: "was", r: "share", fill: SERIES, fillOpacity: 0.8 }),
    ],
  });
}

const [SERIES] = COLOURS.series;
