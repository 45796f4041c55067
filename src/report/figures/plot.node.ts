import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** A line of a figure, and what it is called in the legend. */
export type Series<Point> = { readonly name: string; readonly points: readonly Point[] };

/**
 * Colours are the page's, light or dark as it is; behind the comma is what a figure in a file of its own has.
 * `series` are told apart by how light they are too, for who does not see colours and for paper.
 */
export const COLOURS = {
  ink: "var(--ink, #1d2126)",
  soft: "var(--soft, #5a626c)",
  line: "var(--line, #d5d7d3)",
  ground: "var(--raised, #ffffff)",
  series: ["var(--first, #14538f)", "var(--second, #c2571a)"],
} as const;

/** Pixels: two figures stand beside each other on a desk, and one fits a phone without its text becoming small. */
export const SIZE = { width: 420, height: 320 } as const;

/** Room for a line of the legend or the heading. */
const LINE = 18;

export type DrawOptions = Plot.PlotOptions & {
  /** Said to who cannot see the figure. */
  readonly label: string;
  /** Above the frame, each in its colour. */
  readonly legend?: readonly { readonly text: string; readonly colour: string; readonly bold?: boolean }[];
};

/** A figure as an SVG element for the page: see toFile for one of its own. */
export function draw({ label, legend = [], marks = [], ...options }: DrawOptions): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const svg = Plot.plot({
    document,
    ...SIZE,
    marginTop: 14 + LINE * legend.length,
    marginLeft: 76,
    marginRight: 20,
    marginBottom: 44,
    style: {
      fontFamily: 'system-ui, "DejaVu Sans", Verdana, sans-serif',
      fontSize: "13px",
      background: "none",
      color: COLOURS.ink,
    },
    ...options,
    marks: [
      Plot.frame({ stroke: COLOURS.line }),
      ...marks,
      ...legend.map(({ text, colour, bold = false }, i) =>
        Plot.text([text], {
          frameAnchor: "top-left",
          dy: -LINE * (legend.length - i) - 3,
          fill: colour,
          fontWeight: bold ? "bold" : "normal",
          lineAnchor: "top",
        }),
      ),
    ],
  }) as unknown as { outerHTML: string; setAttribute(name: string, value: string): void };
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  return svg.outerHTML;
}

/** The same figure as an SVG document on white, for programs that know nothing of style sheets. */
export function toFile(svg: string): string {
  return svg
    .replace(/var\(--[\w-]+, ([^()]+)\)/g, "$1")
    .replace(/background:\s*none/, "background: white")
    .concat("\n");
}

/** An axis of rates in powers of ten, from `lowest` to 1. */
export function rateAxis(label: string, lowest: number): Plot.ScaleOptions {
  const count = Math.round(-Math.log10(lowest)) + 1;
  return {
    type: "log",
    domain: [lowest, 1],
    grid: true,
    label,
    labelAnchor: "center",
    labelArrow: "none",
    ticks: Array.from({ length: count }, (_, i) => lowest * 10 ** i),
    tickFormat: powerOfTen,
  } as Plot.ScaleOptions;
}

export function shareAxis(label: string, domain: readonly [number, number]): Plot.ScaleOptions {
  return {
    domain,
    grid: true,
    ticks: 6,
    label,
    labelAnchor: "center",
    labelArrow: "none",
    tickFormat: percent,
  } as Plot.ScaleOptions;
}

export function percent(rate: number): string {
  return `${+(rate * 100).toFixed(3)} %`;
}

export function powerOfTen(rate: number): string {
  const exponent = Math.round(Math.log10(rate));
  return exponent === 0 ? "1" : `1e${exponent}`;
}

/** A round number below the curve's lowest point, so that what differs is seen. */
export function lowerEdge(lowest: number): number {
  const error = Math.max(1 - lowest, 0.005) * 1.25;
  return Math.max(0, 1 - ([0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5].find((step) => step >= error) ?? 1));
}

/** The power of ten at or below the rate of one case in so many. */
export function oneIn(count: number): number {
  return 10 ** Math.floor(Math.log10(1 / count) + 1e-9);
}
