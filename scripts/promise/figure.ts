import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

export type FigureOutcome = {
  readonly enrolled: number;
  /** The promise: one wrong name in so many visitors. */
  readonly visitors: number;
  readonly wrong: number;
  readonly right: number;
  readonly oracle: number;
  readonly missed: number;
  readonly expectedMisses: number;
};

const [WIDTH, HEIGHT] = [960, 280];

/** Wrong names against the promise, right names against the oracle's, misses against those expected: a dot a draw. */
export function promiseFigure(outcomes: readonly FigureOutcome[]): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const dots = outcomes.map((o, i) => ({
    design: `${o.enrolled}, 1 in ${o.visitors}`,
    // The golden ratio spreads dots evenly without a seed.
    jitter: (i * 0.618034) % 1,
    wrong: o.wrong * o.visitors,
    lost: 100 * (o.oracle - o.right),
    misses: 100 * (o.missed - o.expectedMisses),
  }));
  const panel = (y: "wrong" | "lost" | "misses", label: string, mark: number, domain: [number, number]) =>
    Plot.plot({
      document,
      width: WIDTH,
      height: HEIGHT,
      marginLeft: 60,
      marginBottom: 28,
      marginTop: 34,
      style: { fontFamily: "DejaVu Sans, Verdana, sans-serif", fontSize: "12px", background: "white", color: "#222" },
      fx: { label: null, domain: [...new Set(dots.map(({ design }) => design))], padding: 0.08 },
      x: { axis: null, domain: [0, 1] },
      y: { label, grid: true, domain, clamp: true },
      marks: [
        Plot.frame({ stroke: "#ccc" }),
        Plot.ruleY([mark], { stroke: "#c03030", strokeWidth: 1.5 }),
        Plot.dot(dots, { fx: "design", x: "jitter", y, r: 2, fill: "#1f5fa8", fillOpacity: 0.55 }),
      ],
    }) as unknown as { outerHTML: string };
  const panels = [
    panel(
      "wrong",
      "visitors named, of as many as the promise has (one is allowed); below: people enrolled, promise",
      1,
      [0, 4],
    ),
    panel(
      "lost",
      "right names lost to the oracle's threshold, points (those beyond the frame stand on its edge)",
      3,
      [-4, 12],
    ),
    panel("misses", "misses less those expected, points", 0, [-10, 10]),
  ];
  const inner = (svg: { outerHTML: string }, i: number): string =>
    svg.outerHTML.replace("<svg ", `<svg x="0" y="${i * HEIGHT}" `);
  const height = panels.length * HEIGHT;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}">${panels.map(inner).join("")}</svg>`;
}
