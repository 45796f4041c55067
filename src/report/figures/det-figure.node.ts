import * as Plot from "@observablehq/plot";

import { COLOURS, draw, oneIn, percent, rateAxis } from "./plot.node.ts";
import { legendOf } from "./rate-curve.node.ts";
import type { RatePoints } from "./roc-figure.node.ts";
import { staircase } from "./staircase.ts";

/**
 * The two errors against each other, both on logarithmic axes down to one pair: what is left of a curve that a ROC shows
 * as its upper edge. The thin line is where they are equal.
 */
export function detOf(series: readonly { readonly name: string; readonly curve: RatePoints }[]): string {
  const lowestFar = oneIn(Math.max(...series.map(({ curve }) => curve.impostor)));
  const lowestMiss = oneIn(Math.max(...series.map(({ curve }) => curve.genuine)));
  return draw({
    label: "DET: the share of genuine pairs missed against the false accept rate",
    legend: legendOf(series),
    x: rateAxis("False accept rate (FAR)", lowestFar),
    y: { ...rateAxis("Missed genuine pairs (1 − TAR)", lowestMiss), tickFormat: percent } as Plot.ScaleOptions,
    marks: [
      Plot.line(
        [Math.max(lowestFar, lowestMiss), 1].map((rate) => ({ rate })),
        { x: "rate", y: "rate", stroke: COLOURS.soft, strokeWidth: 0.75 },
      ),
      ...series.map(({ curve }, i) =>
        Plot.line(
          staircase(curve.far, curve.tar, lowestFar).filter(({ y }) => 1 - y >= lowestMiss),
          {
            x: "x",
            y: ({ y }: { y: number }) => 1 - y,
            stroke: COLOURS.series[i]!,
            strokeWidth: 2,
            ...(i === 0 ? {} : { strokeDasharray: "5 3" }),
          },
        ),
      ),
    ],
  });
}
