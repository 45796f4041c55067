import { type RocCurve, tarAtFar } from "../../metrics/roc.ts";
import { COLOURS, oneIn, powerOfTen, toFile } from "./plot.node.ts";
import { legendOf, type MarkedPoint, type RateCurve, rateCurve } from "./rate-curve.node.ts";
import { staircase } from "./staircase.ts";

export type RocFigureOptions = {
  /** Above the figure: "LFW". */
  readonly title?: string;
  /** What was measured, in the second line: the model's slug. */
  readonly subtitle?: string;
  /** Pixels. Default 640 by 480. */
  readonly width?: number;
  readonly height?: number;
};

/** What a ROC or a DET is drawn from: rates that never fall, of so many pairs of each kind. */
export type RatePoints = Pick<RocCurve, "genuine" | "impostor"> & {
  readonly far: ArrayLike<number>;
  readonly tar: ArrayLike<number>;
};

/** A rate whose value stands beside the curve. */
export type Mark = { readonly far: number; readonly tar: number; readonly text: string };

export type RocSeries = { readonly name: string; readonly curve: RatePoints; readonly marks?: readonly Mark[] };

const MARKED = [1e-2, 1e-3];

/**
 * Draw a ROC as an SVG document: TAR against FAR on a logarithmic axis, from the rate of one false accept to 1, with
 * TAR@FAR marked at 1e-2 and 1e-3 where the pairs can tell it.
 */
export function rocFigure(curve: RocCurve, options: RocFigureOptions = {}): string {
  const { title, subtitle, width = 640, height = 480 } = options;
  const heading = [title, subtitle].filter((text) => text !== undefined);
  const marks = MARKED.flatMap((far): Mark[] => {
    const tar = tarAtFar(curve, far)?.tar;
    return tar === undefined ? [] : [{ far, tar, text: `${(tar * 100).toFixed(2)} % at ${powerOfTen(far)}` }];
  });
  const svg = rocOf([{ name: subtitle ?? "", curve, marks }], {
    width,
    height,
    marginLeft: 76,
    legend: heading.map((text, i) => ({ text, colour: i === 0 ? COLOURS.ink : COLOURS.soft, bold: i === 0 })),
  });
  return toFile(svg);
}

/** The ROC of one model, or of two on the same axes, for the page. */
export function rocOf(
  series: readonly RocSeries[],
  options: Partial<Pick<RateCurve, "width" | "height" | "marginLeft" | "legend">> = {},
): string {
  const lowest = oneIn(Math.max(...series.map(({ curve }) => curve.impostor)));
  return rateCurve({
    label: "ROC: the true accept rate against the false accept rate",
    x: "False accept rate (FAR)",
    y: "True accept rate (TAR)",
    lowest,
    legend: legendOf(series),
    series: series.map(({ curve, marks = [] }) => ({
      points: staircase(curve.far, curve.tar, lowest),
      marks: marks.flatMap(({ far, tar, text }): MarkedPoint[] => (far < lowest ? [] : [{ x: far, y: tar, text }])),
    })),
    ...options,
  });
}
