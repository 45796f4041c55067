import { spawn } from "node:child_process";
import { join } from "node:path";
import type { BenchmarkRow } from "../../src/bench/row.ts";
import type { Mode, Row } from "./run-rows.ts";
import { lastTable } from "./table.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** What `arcface benchmark` measures, as one would type it. */
const THROUGHPUT: readonly (readonly string[])[] = [
  ["iresnet100"],
  ["iresnet100", "--batch", "8"],
  ["iresnet100", "--precision", "fp16"],
  ["iresnet100", "--precision", "int8"],
  ["iresnet100", "--precision", "int8", "--batch", "8"],
  ["iresnet100", "--platform", "wasm"],
  ["faceplugin/mobilefacenet"],
  ["faceplugin/mobilefacenet", "--batch", "8"],
  ["faceplugin/mobilefacenet", "--precision", "int8"],
  ["faceplugin/mobilefacenet", "--platform", "wasm"],
  ["faceplugin/mobilefacenet", "--platform", "webgpu"],
  ["mediapipe/blazeface:full-range"],
];

/** A script of bench/ that prints a table; null where a mode leaves it out. */
type Script = {
  readonly script: string;
  readonly quick: readonly string[] | null;
  readonly full: readonly string[] | null;
};

const SCRIPTS: readonly Script[] = [
  { script: "face.ts", quick: [], full: [] },
  { script: "optimize.ts", quick: ["recogniser"], full: [] },
  {
    script: "bulk.ts",
    quick: ["--photographs", "500", "--slices", "1"],
    full: ["--photographs", "3000", "--slices", "6"],
  },
  { script: "search.ts", quick: ["single", "small", "--templates", "200000"], full: [] },
  { script: "soak.ts", quick: null, full: [] },
  { script: "peers/run.ts", quick: null, full: ["--state", join(ROOT, "bench", ".state", "peers.jsonl")] },
];

const LENGTH: Readonly<Record<Mode, readonly string[]>> = {
  quick: ["--seconds", "5", "--repetitions", "3"],
  full: ["--seconds", "20", "--repetitions", "3"],
};

/** All that is measured, in order: throughput first, while the machine is cool. */
export function rowsOf(mode: Mode): Row[] {
  const throughput = THROUGHPUT.map((args): Row => ({ name: args.join(" "), run: () => measure(args, mode) }));
  const scripts = SCRIPTS.flatMap(({ script, ...modes }): Row[] => {
    const args = modes[mode];
    return args ? [{ name: script, run: async () => ({ table: await runScript(script, args) }) }] : [];
  });
  return [...throughput, ...scripts];
}

async function measure(args: readonly string[], mode: Mode) {
  const output = await capture(process.execPath, [
    join(ROOT, "bin", "arcface.js"),
    ...["benchmark", ...args, ...LENGTH[mode], "--json"],
  ]);
  const { rows } = JSON.parse(output) as { rows: BenchmarkRow[] };
  return { throughput: rows[0]! };
}

async function runScript(script: string, args: readonly string[]) {
  const tsx = join(ROOT, "node_modules", "tsx", "dist", "cli.mjs");
  const path = join(ROOT, "bench", script);
  return lastTable(
    await capture(process.execPath, [tsx, "--conditions=arcface-source", path, ...args, "--json"]),
    script,
  );
}

/** What a program prints; throws with the last of its complaints where it fails. */
function capture(program: string, args: readonly string[]): Promise<string> {
  const child = spawn(program, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  const out: Buffer[] = [];
  let complaints = "";
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(-600);
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      const output = Buffer.concat(out).toString();
      if (code === 0) return resolve(output);
      const told = /"message": "(.*)"/.exec(output)?.[1] ?? complaints.trim().split("\n").at(-1);
      reject(new Error(told || `ended with ${code}`));
    });
  });
}
