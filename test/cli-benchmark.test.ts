/** `arcface benchmark` as a user runs it: what it says of a network, of a browser, and of what cannot be measured. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BenchmarkRow } from "../src/bench/row.ts";
import { encodeModel } from "../src/onnx/model.ts";
import { smallNetwork } from "../src/onnx/testing/small-models.ts";
import { needsTool } from "./needs.ts";
import { runCli } from "./run-cli.ts";

type Rows = { rows: BenchmarkRow[] };

const QUICK = ["--seconds", "0.2", "--repetitions", "2"];
let folder: string;
let network: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "arcface-benchmark-test-"));
  network = join(folder, "small.onnx");
  await writeFile(network, encodeModel(smallNetwork({ weight: 2, bias: -1 })));
});
afterAll(() => rm(folder, { recursive: true }));

test("a network's rows: the page's columns and ours, as JSON, Markdown and a chart", async () => {
  const out = join(folder, "out");
  const { code, json } = await runCli<Rows>(["benchmark", network, ...QUICK, "--out", out, "--json"]);
  expect(code).toBe(0);
  expect(Object.keys(json)).toEqual(["rows"]);
  const [row] = json.rows;
  expect(row).toMatchObject({ model: network, platform: "cpu", precision: "fp32", threads: 2, batch: 1, seconds: 0.2 });
  expect(row!.inferencesPerSecond).toBeGreaterThan(100);
  expect(row!.repetitions).toHaveLength(2);
  expect(row!.latencyMs.p99).toBeGreaterThanOrEqual(row!.latencyMs.p50);
  expect(row!.memoryMB).toBeGreaterThan(20);
  expect(row!.fileBytes).toBe((await readFile(network)).length);
  expect(row!.requestsInFlight).toBe(2 * row!.sessions);
  expect((await readdir(out)).sort()).toEqual(["chart.svg", "results.json", "results.md"]);
  expect(JSON.parse(await readFile(join(out, "results.json"), "utf8"))).toEqual(json);
  expect(await readFile(join(out, "results.md"), "utf8")).toContain("| RVC4, published | fp16 |");
});

test("the split of threads may be said, and text shows the published rows", async () => {
  const { code, stdout } = await runCli(["benchmark", network, ...QUICK, "--threads", "2", "--sessions", "1"]);
  expect(code).toBe(0);
  expect(stdout).toContain("2 (1×2)");
  expect(stdout).toMatch(/RVC2, published +fp16 .* 7\.61/);
});

needsTool("chromium")("in a browser by WebAssembly", async () => {
  const { code, json } = await runCli<Rows>(["benchmark", network, ...QUICK, "--platform", "wasm", "--json"]);
  expect(code).toBe(0);
  expect(json.rows[0]).toMatchObject({
    platform: "wasm",
    sessions: 1,
    runtime: expect.stringMatching(/^onnxruntime-web /),
  });
  expect(json.rows[0]!.inferencesPerSecond).toBeGreaterThan(10);
  expect(json.rows[0]!.memoryMB).toBeGreaterThan(0);
});

test.each([
  ["an unknown platform", ["--platform", "gpu"], 2, "--platform: expected cpu, wasm, webgpu, cuda, got gpu"],
  ["an unknown precision", ["--precision", "fp8"], 2, "--precision: expected fp32, fp16, int8, got fp8"],
  ["a batch that it does not take", ["--batch", "8"], 1, "it takes batches of 1, not of 8"],
  [
    "threads that do not divide",
    ["--threads", "3", "--sessions", "2"],
    2,
    "a number that divides 3 threads evenly, got 2",
  ],
  ["no second at all", ["--seconds", "0"], 2, "expected a number from 0.1 to 3600"],
])("%s is refused in a sentence", async (_, args, code, message) => {
  const run = await runCli(["benchmark", network, ...QUICK, ...args]);
  expect(run.stderr).toContain(message);
  expect(run.code).toBe(code);
});

test("where there is no browser, and where there is no CUDA, that is said", async () => {
  const none = { env: { CHROME_PATH: "/nonexistent/chrome" } };
  const browser = await runCli(["benchmark", network, ...QUICK, "--platform", "wasm"], none);
  expect(browser.stderr).toContain("CHROME_PATH names /nonexistent/chrome, which is no program");
  expect(browser.code).toBe(1);
});

test("what can be measured is, beside what cannot, and the exit code says so", async () => {
  const none = { env: { CHROME_PATH: "/nonexistent/chrome" } };
  const { code, stdout, stderr } = await runCli(["benchmark", network, ...QUICK, "--platform", "cpu,wasm"], none);
  expect(code).toBe(1);
  expect(stderr).toContain("fp32 wasm: not measured");
  expect(stdout).toContain("fp32");
});

test("a file that is no network, and one that is not there", async () => {
  const bad = join(folder, "bad.onnx");
  await writeFile(bad, "not a network");
  expect((await runCli(["benchmark", bad])).stderr).toContain("expected an ONNX model, got text");
  expect((await runCli(["benchmark", join(folder, "nowhere.onnx")])).stderr).toContain("nowhere.onnx");
});

test("an interrupt ends it, and leaves nothing behind", async () => {
  const before = (await readdir(tmpdir())).filter((name) => name.startsWith("arcface-benchmark-")).length;
  const run = await runCli(["benchmark", network, "--seconds", "30"], {
    started: (child) => void setTimeout(() => child.kill("SIGINT"), 2500),
  });
  expect(run.code).toBe(130);
  expect((await readdir(tmpdir())).filter((name) => name.startsWith("arcface-benchmark-")).length).toBe(before);
});
