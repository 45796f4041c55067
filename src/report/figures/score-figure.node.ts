import * as Plot from "@observablehq/plot";
import { type Counts, shares } from "./histogram.ts";
import { COLOURS, draw, percent } from "./plot.node.ts";

/**
 * How pairs of one person and of two score, each as shares of its own kind.
 *
 * @param threshold a cosine; drawn as a line.
 */
export function scoreFigure(counts: Counts, threshold: number | null): string {
  const { genuine, impostor } = shares(counts);
  const kinds = [
    { text: "■ pairs of one person", bins: genuine, colour: COLOURS.series[0], fillOpacity: 0.8 },
    { text: "■ pairs of two people", bins: impostor, colour: COLOURS.series[1], fillOpacity: 0.6 },
  ];
  return draw({
    label: "Histogram of the cosine similarity of pairs of one person and of two people",
    legend: kinds.map(({ text, colour }) => ({ text, colour })),
    x: { label: "Cosine similarity", labelAnchor: "center", labelArrow: "none", ticks: 6 },
    y: {
      label: "Share of its kind",
      labelAnchor: "center",
      labelArrow: "none",
      grid: true,
      ticks: 5,
      tickFormat: percent,
    },
    marks: [
      ...kinds.map(({ bins, colour, fillOpacity }) =>
        Plot.rectY(
          bins.filter(({ share }) => share > 0),
          { x1: "from", x2: "to", y: "share", fill: colour, fillOpacity },
        ),
      ),
      ...(threshold === null
        ? []
        : [
            Plot.ruleX([threshold], { stroke: COLOURS.ink, strokeWidth: 1.5, strokeDasharray: "4 3" }),
            Plot.text([threshold], {
              x: (t: number) => t,
              text: (t: number) => `threshold ${t.toFixed(3)}`,
              frameAnchor: "top",
              lineAnchor: "top",
              textAnchor: "start",
              dx: 5,
              dy: 4,
              stroke: COLOURS.ground,
              strokeWidth: 4,
              fill: COLOURS.ink,
            }),
          ]),
    ],
  });
}
