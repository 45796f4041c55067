import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { writeWhole } from "../bytes/write-whole.node.ts";
import { fileError } from "../file-error.node.ts";
import type { LogEntry, Validation } from "./log.ts";

export type Curve = {
  readonly name: string;
  readonly log: readonly LogEntry[];
  readonly validations: readonly Validation[];
};

const WIDTH = 880;
const HEIGHT = 190;
const COLOURS = ["#1f5fa8", "#c2571a", "#2f7d4f", "#8a3f8f", "#7a6a00", "#444"];

/** Draw a run's log so far into a file, whole or not at all. @throws {ArcfaceError} NO_SPACE, IO. */
export async function drawCurves(path: string, name: string, run: Omit<Curve, "name">): Promise<void> {
  const { log, validations } = run;
  await writeWhole(path, curvesFigure(name, [{ name, log, validations }])).catch((error: unknown) => {
    throw fileError(error, path, "drawing the run");
  });
}

/** Draw runs beside each other as an SVG document: loss, accuracy on the batch, validation, learning rate, images a second. */
export function curvesFigure(title: string, curves: readonly Curve[]): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const domain = curves.map(({ name }) => name);
  const range = domain.map((_, i) => COLOURS[i % COLOURS.length]!);
  const entries = curves.flatMap(({ name, log }) => log.map((entry) => ({ name, ...entry })));
  const checks = curves.flatMap(({ name, validations }) => validations.map((check) => ({ name, ...check })));
  const panel = (label: string, data: readonly { step: number; name: string }[], y: string, scale: "linear" | "log") =>
    Plot.plot({
      document,
      width: WIDTH,
      height: HEIGHT,
      marginLeft: 76,
      marginTop: 26,
      style: { fontFamily: "DejaVu Sans, Verdana, sans-serif", fontSize: "12px", background: "white", color: "#222" },
      color: { domain, range },
      x: { label: "step", labelArrow: "none", grid: true },
      y: { type: scale, label, labelArrow: "none", grid: true },
      marks: [
        Plot.frame({ stroke: "#bbb" }),
        Plot.line(data, { x: "step", y, z: "name", stroke: "name", strokeWidth: 1.5 }),
      ],
    });
  const panels = [
    panel("loss", entries, "loss", "log"),
    panel("accuracy on the batch", entries, "accuracy", "linear"),
    ...(checks.length > 0 ? [panel(`${checks[0]!.target}, %`, checks, "accuracy", "linear")] : []),
    panel("learning rate", entries, "lr", "linear"),
    panel("images a second", entries, "speed", "linear"),
  ];
  const head = 56;
  const height = head + panels.length * HEIGHT;
  const root = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [name, value] of Object.entries({
    xmlns: "http://www.w3.org/2000/svg",
    width: `${WIDTH}`,
    height: `${height}`,
    viewBox: `0 0 ${WIDTH} ${height}`,
    "font-family": "DejaVu Sans, Verdana, sans-serif",
  }))
    root.setAttribute(name, value);
  const text = (x: number, y: number, content: string, attributes: Record<string, string>) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", "text");
    for (const [name, value] of Object.entries({ x: `${x}`, y: `${y}`, ...attributes })) node.setAttribute(name, value);
    node.textContent = content;
    root.append(node);
  };
  const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [name, value] of Object.entries({ width: `${WIDTH}`, height: `${height}`, fill: "white" }))
    ground.setAttribute(name, value);
  root.append(ground);
  text(16, 24, title, { "font-size": "16", "font-weight": "bold", fill: "#222" });
  let x = 16;
  for (const [i, name] of domain.entries()) {
    text(x, 46, `— ${name}`, { "font-size": "12", fill: range[i]! });
    x += 24 + 7.5 * name.length;
  }
  panels.forEach((svg, i) => {
    svg.setAttribute("y", `${head + i * HEIGHT}`);
    root.append(svg);
  });
  return root.outerHTML;
}
