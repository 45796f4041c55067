import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** Precision and recall of one way at one threshold. */
export type Point = {
  readonly spoilt: string;
  readonly centres: string;
  readonly k: number;
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
};

const LOWEST = 0.4;
const COLOURS = ["#d9822b", "#1f5fa8", "#888888"];

/** Precision over recall as an SVG document: columns by how labels were spoilt, rows by how centres were made. */
export function cleaningFigure(points: readonly Point[], marked: number): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  // What is below the frame would be drawn over the next one.
  const named = points
    .filter(({ precision }) => precision >= LOWEST)
    .map((point) => ({ ...point, K: `K = ${point.k}` }));
  const facets = { fx: "spoilt", fy: "centres" } as const;
  const svg = Plot.plot({
    document,
    width: 860,
    height: 560,
    marginLeft: 56,
    marginRight: 110,
    style: { fontFamily: "DejaVu Sans, Verdana, sans-serif", fontSize: "12px", background: "white", color: "#222" },
    x: { domain: [0, 1], grid: true, label: "recall", ticks: [0, 0.5, 0.8, 1] },
    y: { domain: [LOWEST, 1], grid: true, label: "precision", ticks: 5 },
    fx: { label: null, padding: 0.14, domain: [...new Set(points.map(({ spoilt }) => spoilt))] },
    fy: { label: null, padding: 0.14, domain: [...new Set(points.map(({ centres }) => centres))] },
    color: { domain: [...new Set(named.map(({ K }) => K))], range: COLOURS },
    marks: [
      Plot.frame({ stroke: "#999" }),
      Plot.rect([{ x1: 0.8, x2: 1, y1: 0.8, y2: 1 }], {
        x1: "x1",
        x2: "x2",
        y1: "y1",
        y2: "y2",
        fill: "#2e8b57",
        fillOpacity: 0.1,
      }),
      Plot.line(named, { x: "recall", y: "precision", stroke: "K", strokeWidth: 2, ...facets }),
      Plot.dot(
        named.filter(({ threshold }) => threshold === marked),
        { x: "recall", y: "precision", fill: "K", r: 4.5, ...facets },
      ),
      ...named
        .filter(({ threshold }) => threshold === marked)
        .map((point) =>
          Plot.text([point], {
            x: "recall",
            y: "precision",
            text: "K",
            fill: "K",
            dy: point.k === 1 ? 30 : 14,
            textAnchor: point.recall < 0.3 ? "start" : "end",
            stroke: "white",
            strokeWidth: 3,
            ...facets,
          }),
        ),
    ],
  }) as unknown as { outerHTML: string; setAttribute(name: string, value: string): void };
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return svg.outerHTML;
}
