import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

export type Curve = { readonly name: string; readonly losses: readonly number[] };

const COLOURS = ["#1f5fa8", "#d9822b", "#888888"];

/** Pixels. */
const [WIDTH, UPPER, LOWER] = [720, 340, 220];

/**
 * Losses of one run computed several times, as an SVG document: above one another, and below how far each is from the
 * last, relatively, on a logarithmic axis.
 *
 * @param curves of equal length; the last is what the others are compared with.
 */
export function compareFigure(curves: readonly Curve[], title: string): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const reference = curves.at(-1)!;
  const names = curves.map(({ name }) => name);
  const points = curves.flatMap(({ name, losses }) => losses.map((loss, step) => ({ name, loss, step: step + 1 })));
  const gaps = curves.slice(0, -1).flatMap(({ name, losses }) =>
    losses.map((loss, i) => ({
      name,
      step: i + 1,
      gap: Math.max(1e-8, Math.abs(loss / reference.losses[i]! - 1)),
    })),
  );
  const shared = {
    document,
    width: WIDTH,
    marginLeft: 76,
    style: { fontFamily: "DejaVu Sans, Verdana, sans-serif", fontSize: "12px", background: "white", color: "#222" },
  };
  const color = { domain: names, range: COLOURS };
  const x = { label: "step", labelAnchor: "center", labelArrow: "none" } as const;
  const lines = Plot.plot({
    ...shared,
    height: UPPER,
    marginTop: 44,
    color,
    x: { ...x, label: null },
    y: { grid: true, label: "loss", labelAnchor: "center", labelArrow: "none" },
    marks: [
      Plot.frame({ stroke: "#999" }),
      // Wide ones beneath, so that lines on one another are all seen
      ...curves.map(({ name }, i) =>
        Plot.line(
          points.filter((p) => p.name === name),
          { x: "step", y: "loss", stroke: "name", strokeWidth: 1.2 + 2.4 * (curves.length - 1 - i) },
        ),
      ),
      Plot.text([title], { frameAnchor: "top-left", dy: -24, fontSize: 15, fontWeight: "bold", fill: "#222" }),
      ...names.map((name, i) =>
        Plot.text([name], { frameAnchor: "top-right", dx: -8, dy: 10 + 18 * i, fill: COLOURS[i]!, fontWeight: "bold" }),
      ),
    ],
  });
  const below = Plot.plot({
    ...shared,
    height: LOWER,
    marginBottom: 44,
    color,
    x,
    y: {
      type: "log",
      grid: true,
      label: `off ${reference.name}`,
      labelAnchor: "center",
      labelArrow: "none",
      tickFormat: (gap: number) => gap.toExponential(0),
    },
    marks: [Plot.frame({ stroke: "#999" }), Plot.line(gaps, { x: "step", y: "gap", stroke: "name", strokeWidth: 1.2 })],
  });
  return stacked([lines, below].map((svg) => svg as unknown as Drawn));
}

type Drawn = { outerHTML: string; setAttribute(name: string, value: string): void };

function stacked([upper, lower]: readonly Drawn[]): string {
  lower!.setAttribute("y", `${UPPER}`);
  const inner = `${upper!.outerHTML}${lower!.outerHTML}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${UPPER + LOWER}">${inner}</svg>`;
}
