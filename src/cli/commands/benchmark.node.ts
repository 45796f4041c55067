import { join } from "node:path";
import type { Benchmarked, BenchmarkOptions } from "../../bench/benchmark.node.ts";
import { expected } from "../../errors.ts";
import { defineCommand } from "../command.ts";
import { makeFolder, writeOutput } from "../draw.node.ts";
import { nodeOptions } from "../open.node.ts";
import { given, parseSize, zooOptions } from "../options.ts";

const PLATFORMS = ["cpu", "wasm", "webgpu", "cuda"] as const;
const PRECISIONS = ["fp32", "fp16", "int8"] as const;
/** What the published throughput is of. */
const DEFAULT_MODELS = ["iresnet100"];

export const benchmark = defineCommand({
  name: "benchmark",
  arguments: "[models...]",
  summary: "inferences a second by platform and precision, beside what is published for the RVC platforms",
  examples: [
    "arcface benchmark                                  # iresnet100, as the page's table",
    "arcface benchmark faceplugin/mobilefacenet my.onnx --platform cpu,wasm --seconds 5",
    "arcface benchmark iresnet100 --precision fp32,int8 --batch 8 --out table/",
  ],
  options: {
    platform: { type: "string", value: PLATFORMS.join("|"), describe: "one or several with commas (default cpu)" },
    precision: {
      type: "string",
      value: PRECISIONS.join("|"),
      describe: "one or several with commas (default: what the file is)",
    },
    threads: { type: "number", min: 1, max: 256, integer: true, describe: "in all (default 2)" },
    sessions: {
      type: "number",
      min: 1,
      max: 256,
      integer: true,
      describe: "that share the threads (default: the fastest split)",
    },
    batch: { type: "number", min: 1, max: 1024, integer: true, describe: "images a run (default 1)" },
    seconds: { type: "number", min: 0.1, max: 3600, describe: "a repetition, after warm-up (default 20)" },
    repetitions: {
      type: "number",
      min: 1,
      max: 100,
      integer: true,
      describe: "of which the median counts (default 3)",
    },
    size: { type: "string", value: "WxH", describe: "of the image, where the network takes any (default: its card's)" },
    out: { type: "string", value: "FOLDER", describe: "write results.json, results.md and chart.svg there" },
    ...zooOptions,
  },
  async run(args, values, context) {
    const { platform, precision, threads, sessions, batch, seconds, repetitions, size, out } = values;
    const options: BenchmarkOptions = {
      models: args.length > 0 ? args : DEFAULT_MODELS,
      platforms: listOf("--platform", platform, PLATFORMS) ?? ["cpu"],
      networks: nodeOptions(context, given({ commercial: values.commercial, source: values.source })),
      signal: context.signal,
      onProgress: ({ row, done, total }) => context.progress.update(row, done, total),
      ...given({ precisions: listOf("--precision", precision, PRECISIONS), threads, sessions, batch, seconds }),
      ...given({ repetitions, size: size === undefined ? undefined : parseSize(size) }),
    };
    if (out !== undefined) await makeFolder(out);
    const { benchmark } = await import("../../bench/benchmark.node.ts");
    const measured = await benchmark(options);
    for (const { row, error } of measured.skipped) context.note(`${row}: not measured: ${error.message}`);
    if (out !== undefined) await writeResults(out, measured);
    // As a document the rows alone.
    return { ...measured, toJSON: () => ({ rows: measured.rows }) };
  },
  exitCode: ({ skipped }) => (skipped.length > 0 ? 1 : 0),
  async format({ rows }) {
    const { alignedText, throughputNotes, throughputTable } = await import("../../bench/table.ts");
    return [alignedText(throughputTable(rows, { short: true })), "", ...throughputNotes(rows)].join("\n");
  },
});

/** Names with commas between them. */
function listOf<Name extends string>(
  option: string,
  text: string | undefined,
  known: readonly Name[],
): Name[] | undefined {
  if (text === undefined) return undefined;
  const names = [...new Set(text.split(",").map((name) => name.trim()))];
  const strange = names.find((name) => !known.includes(name as Name));
  if (strange !== undefined) throw expected(option, known.join(", "), strange || "nothing");
  return names as Name[];
}

async function writeResults(folder: string, { rows, skipped }: Benchmarked): Promise<void> {
  const [{ throughputChart }, { markdownTable, throughputNotes, throughputTable }] = await Promise.all([
    import("../../bench/chart.node.ts"),
    import("../../bench/table.ts"),
  ]);
  const markdown = [
    "# Throughput",
    "",
    markdownTable(throughputTable(rows)),
    "",
    "![Inferences a second](chart.svg)",
    "",
    ...throughputNotes(rows).flatMap((line) => [line, ""]),
    ...skipped.map(({ row, error }) => `Not measured: ${row}: ${error.message}.`),
  ].join("\n");
  await writeOutput(join(folder, "results.json"), `${JSON.stringify({ rows }, null, 2)}\n`);
  await writeOutput(join(folder, "results.md"), `${markdown.trimEnd()}\n`);
  await writeOutput(join(folder, "chart.svg"), throughputChart(rows));
}
