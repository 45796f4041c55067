import { findBottleneck, type NodeState } from "./pipeline-state.ts";

const HEADINGS = ["node", "msg/s", "busy", "waits", "blocked", "latency ms", "age ms", "queued", "dropped"] as const;

/**
 * What `pipeline.getPipelineState()` gives, as a table: a line a node, with the medians of latency and age. The node that
 * limits the pipeline has a star.
 *
 *     node         msg/s  busy  waits  blocked  latency ms  age ms  queued  dropped
 *     Camera 0      30.0  100%     0%       0%           –     0.4       –        –
 *     Detector 1 *  24.8   99%     1%       0%        40.1    82.0     4/4      152
 */
export function formatPipelineState(states: readonly NodeState[]): string {
  const limiting = findBottleneck(states);
  const rows = [HEADINGS, ...states.map((state) => rowOf(state, state === limiting))];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join("  "),
  );
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

function rowOf(state: NodeState, limits: boolean): string[] {
  const { inputs } = state;
  return [
    `${state.name} ${state.id}${limits ? " *" : ""}`,
    state.rate.toFixed(1),
    ...[state.busy, state.waiting, state.blocked].map((share) => `${Math.round(100 * share)}%`),
    state.latencyMs?.median.toFixed(1) ?? "–",
    state.ageMs?.median.toFixed(1) ?? "–",
    inputs.map(({ size, maxSize }) => `${size}/${maxSize}`).join(" ") || "–",
    inputs.length === 0 ? "–" : `${inputs.reduce((sum, { dropped }) => sum + dropped, 0)}`,
  ];
}
