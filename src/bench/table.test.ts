import { expect, test } from "vitest";
import { throughputChart } from "./chart.node.ts";
import type { BenchmarkRow } from "./row.ts";
import { alignedText, markdownTable, number, throughputNotes, throughputTable } from "./table.ts";

const row: BenchmarkRow = {
  model: "arcface/iresnet100",
  platform: "cpu",
  precision: "int8",
  threads: 2,
  batch: 1,
  inferencesPerSecond: 26.21,
  powerW: null,
  powerNote: "this machine has no energy counters (RAPL)",
  sessions: 2,
  requestsInFlight: 4,
  repetitions: [26.21, 25.9, 26.4],
  spread: [25.9, 26.4],
  seconds: 20,
  latencyMs: { p50: 75.5, p90: 80, p99: 101.04, max: 120 },
  memoryMB: 412.4,
  loadMs: 300,
  firstInferenceMs: 90,
  fileBytes: 65_700_000,
  device: "AMD EPYC",
  runtime: "onnxruntime-node 1.30.0",
  cpu: { model: "AMD EPYC", cores: 2, instructionSets: ["AVX-512", "AVX512-VNNI"] },
};

test("a table has a row a setting and the published ones below, with what they do not tell left empty", () => {
  expect(
    markdownTable(throughputTable([row]))
      .split("\n")
      .slice(2),
  ).toEqual([
    "| arcface/iresnet100 | cpu | int8 | 2 (2×1) | 1 | 26.2 | 25.9–26.4 | N/A | 75.5/80.0/101.0 | 412 | 90.0 | 65.7 |",
    "| luxonis/arcface:lfw-112x112 | RVC2, published | fp16 | 2 | 1 | 7.61 |  | N/A |  |  |  |  |",
    "| luxonis/arcface:lfw-112x112 | RVC4, published | fp16 | 2 | 1 | 111.0 |  | 6.91 |  |  |  |  |",
  ]);
});

test("a terminal gets short names and columns in line", () => {
  const lines = alignedText(throughputTable([{ ...row, model: `models/${"x".repeat(40)}.onnx` }], { short: true }));
  expect(lines).toContain("…xxxxxxxxxxxxxxxxxxxxxx.onnx");
  expect(Math.max(...lines.split("\n").map((line) => line.length))).toBeLessThan(140);
});

test("the notes name the machine, why there is no power, what played a graphics card, and the source", () => {
  const played = { ...row, platform: "webgpu" as const, device: "google swiftshader (software on the processor)" };
  const notes = throughputNotes([row, played]).join("\n");
  expect(notes).toContain("AMD EPYC, 2 cores, AVX-512 AVX512-VNNI");
  expect(notes).toContain("No power: this machine has no energy counters");
  expect(notes).toContain("webgpu: google swiftshader");
  expect(notes).toContain("Luxonis model zoo");
});

test.each([
  [7.614, "7.61"],
  [26.21, "26.2"],
  [110.98, "111.0"],
  [1234.5, "1235"],
])("%d is shown as %s", (value, text) => expect(number(value)).toBe(text));

test("the chart has a bar for every row, also for those of one name", () => {
  const svg = throughputChart([row, { ...row, batch: 8 }]);
  expect(svg.match(/<rect /g)?.length).toBeGreaterThanOrEqual(4);
  expect(svg).toContain("RVC4 fp16, published");
  expect(svg).toContain("110.98".slice(0, 3));
});
