import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { type RocCurve, tarAtFar } from "../metrics/roc.ts";

export type RocFigureOptions = {
  /** Above the figure: "LFW". */
  readonly title?: string;
  /** What was measured, in the second line: the model's slug. */
  readonly subtitle?: string;
  /** Pixels. Default 640 by 480. */
  readonly width?: number;
  readonly height?: number;
};

const BLUE = "#1f5fa8";
const MARKED = [1e-2, 1e-3];

/**
 * Draw a ROC as an SVG document: TAR against FAR on a logarithmic axis, from the rate of one false accept to 1, with
 * TAR@FAR marked at 1e-2 and 1e-3 where the pairs can tell it.
 */
export function rocFigure(curve: RocCurve, options: RocFigureOptions = {}): string {
  const { title, subtitle, width = 640, height = 480 } = options;
  const lowest = 10 ** Math.floor(Math.log10(1 / curve.impostor));
  const points = staircase(curve, lowest);
  const floor = Math.min(...points.map(({ tar }) => tar));
  const marks = MARKED.map((far) => ({ far, tar: tarAtFar(curve, far)?.tar ?? null })).filter(
    (mark): mark is { far: number; tar: number } => mark.tar !== null && mark.far >= lowest,
  );
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const heading = [title, subtitle].filter((text) => text !== undefined);
  const svg = Plot.plot({
    document,
    width,
    height,
    marginTop: 20 + 20 * heading.length,
    marginLeft: 76,
    marginRight: 32,
    marginBottom: 48,
    style: { fontFamily: "DejaVu Sans, Verdana, sans-serif", fontSize: "12px", background: "white", color: "#222" },
    x: {
      type: "log",
      domain: [lowest, 1],
      grid: true,
      label: "False accept rate (FAR)",
      labelAnchor: "center",
      labelArrow: "none",
      tickFormat: powerOfTen,
      ticks: decades(lowest),
    },
    y: {
      domain: [lowerEdge(floor), 1],
      grid: true,
      label: "True accept rate (TAR)",
      labelAnchor: "center",
      labelArrow: "none",
      tickFormat: (tar: number) => `${+(tar * 100).toFixed(3)} %`,
    },
    marks: [
      Plot.frame({ stroke: "#999" }),
      Plot.line(points, { x: "far", y: "tar", stroke: BLUE, strokeWidth: 2 }),
      Plot.dot(marks, { x: "far", y: "tar", fill: BLUE, r: 4.5 }),
      Plot.text(marks, {
        x: "far",
        y: "tar",
        text: ({ far, tar }) => `${(tar * 100).toFixed(2)} % at ${powerOfTen(far)}`,
        textAnchor: "start",
        dx: 6,
        dy: 16,
        stroke: "white",
        strokeWidth: 4,
        fill: "#222",
      }),
      ...heading.map((text, i) =>
        Plot.text([text], {
          frameAnchor: "top-left",
          dy: 2 - 20 * (heading.length - i),
          fontSize: i === 0 ? 15 : 12,
          fontWeight: i === 0 ? "bold" : "normal",
          fill: "#222",
        }),
      ),
    ],
  }) as unknown as { outerHTML: string; setAttribute(name: string, value: string): void };
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return svg.outerHTML;
}

/** The curve as drawn: flat, then straight up; from the rate on that the axis starts at. */
function staircase({ far, tar }: RocCurve, lowest: number): { far: number; tar: number }[] {
  const points: { far: number; tar: number }[] = [];
  let before = 0;
  far.forEach((rate, i) => {
    if (rate >= lowest) {
      if (points.length === 0) points.push({ far: lowest, tar: before });
      points.push({ far: rate, tar: before }, { far: rate, tar: tar[i]! });
    }
    before = tar[i]!;
  });
  return points.filter((p, i) => p.far !== points[i - 1]?.far || p.tar !== points[i - 1]?.tar);
}

function decades(lowest: number): number[] {
  return Array.from({ length: Math.round(-Math.log10(lowest)) + 1 }, (_, i) => lowest * 10 ** i);
}

function powerOfTen(far: number): string {
  const exponent = Math.round(Math.log10(far));
  return exponent === 0 ? "1" : `1e${exponent}`;
}

/** A round number below the curve's lowest point, so that what differs is seen. */
function lowerEdge(tar: number): number {
  const error = Math.max(1 - tar, 0.005) * 1.25;
  return Math.max(0, 1 - ([0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5].find((step) => step >= error) ?? 1));
}
