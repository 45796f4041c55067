import type { ModelCount } from "../onnx/count.ts";
import type { Shape } from "../onnx/ops/dim.ts";
import { printShape } from "../onnx/ops/op.ts";

const number = (n: number): string => n.toLocaleString("en-US");

/** 12.09 G; small networks in M. */
function macs(n: number | null): string {
  if (n === null) return "not known";
  return n >= 1e8 ? `${(n / 1e9).toFixed(3)} G (${number(n)})` : `${(n / 1e6).toFixed(2)} M (${number(n)})`;
}

/** What a network is, a line a fact. */
export function modelSummary(model: ModelCount & { readonly name: string; readonly byteLength: number }): string[] {
  const { name, byteLength, parameters, runningStatistics, otherConstants, opset, producer, inputs, outputs, notes } =
    model;
  const at = model.macs === null ? "" : ` for ${Object.values(model.countedAt).map(printShape).join(", ")}`;
  const facts: [string, string][] = [
    ["parameters", number(parameters)],
    ["running statistics", number(runningStatistics)],
    ["other constants", number(otherConstants)],
    ["multiply–accumulates", `${macs(model.macs)}${at}`],
    ["layers", number(model.layers.length)],
    ["opset", `${opset}`],
    ["producer", producer || "not stated"],
    ["file", `${(byteLength / 1e6).toFixed(2)} MB`],
    ...inputs.map(({ name, dtype, shape }): [string, string] => ["input", `${name}: ${dtype} ${printShape(shape)}`]),
    ...outputs.map(({ name, dtype, shape }): [string, string] => ["output", `${name}: ${dtype} ${printShape(shape)}`]),
    ...notes.map((note): [string, string] => ["note", note]),
  ];
  const width = Math.max(...facts.map(([what]) => what.length));
  return [name, ...facts.map(([what, value]) => `  ${what.padEnd(width)}  ${value}`)];
}

/** A line a layer: its name, operator, output, parameters and multiply–accumulates. */
export function layerTable({ layers }: ModelCount): string[] {
  const shape = (s: Shape | null): string => (s ? printShape(s) : "?");
  const rows = [
    ["layer", "operator", "output", "parameters", "MACs"],
    ...layers.map((l) => [
      l.name,
      l.op,
      shape(l.outputShape),
      number(l.parameters),
      l.macs === null ? "?" : number(l.macs),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i < 3 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ");
  return rows.map((row) => `  ${line(row)}`);
}
