import { ArcfaceError, expected, throwIfCancelled } from "../errors.ts";
import { createNodeHost } from "../host/host.node.ts";
import type { NodeOptions } from "../recognize/compose.node.ts";
import { measureInBrowser } from "./browser/measure.node.ts";
import { describeCpu } from "./cpu.node.ts";
import { measureInNode } from "./node/measure.node.ts";
import { type BenchmarkModel, openBenchmarkModels } from "./open-models.node.ts";
import { randomFeeds } from "./random-feeds.ts";
import type { BenchmarkPlatform, BenchmarkPrecision, BenchmarkRow, Duration } from "./row.ts";
import { median } from "./statistics.ts";
import { toPrecision } from "./to-precision.ts";

/** The page's protocol: 2 threads, 20 s; three repetitions, so that the spread is seen. */
export const BENCHMARK_DEFAULTS = { threads: 2, batch: 1, seconds: 20, repetitions: 3 } as const;

export type BenchmarkOptions = {
  /** Slugs, files, nets with random weights. */
  readonly models: readonly string[];
  /** Default: `cpu`. */
  readonly platforms?: readonly BenchmarkPlatform[];
  /** Default: what each file is. */
  readonly precisions?: readonly BenchmarkPrecision[];
  /** In all. Default 2. */
  readonly threads?: number;
  /** They share the threads evenly. Default: the fastest split in a short try; 1 in a browser. */
  readonly sessions?: number;
  /** Images a run. Default 1. */
  readonly batch?: number;
  /** A repetition. Default 20. */
  readonly seconds?: number;
  /** Default 3. */
  readonly repetitions?: number;
  /** Of images, where the network takes any. Default: its card's. */
  readonly size?: { readonly width: number; readonly height: number };
  /** Where networks come from. */
  readonly networks?: NodeOptions;
  readonly onProgress?: (progress: { readonly row: string; readonly done: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
};

/** A setting that could not be measured, and why. */
export type SkippedRow = { readonly row: string; readonly error: ArcfaceError };

export type Benchmarked = { readonly rows: readonly BenchmarkRow[]; readonly skipped: readonly SkippedRow[] };

/**
 * How many inferences a second: every model on every platform in every precision, one after the other. Random bytes of the
 * network's shape are sent once and replayed.
 *
 * @throws {ArcfaceError} where no row could be measured, what kept the first from it; INVALID_ARGUMENT; CANCELLED; as
 * openBenchmarkModels.
 */
export async function benchmark(options: BenchmarkOptions): Promise<Benchmarked> {
  const { models, platforms = ["cpu"], precisions, signal } = options;
  if (models.length === 0) throw expected("benchmark", "at least one model", "none");
  checkNumbers(options);
  const rows: BenchmarkRow[] = [];
  const skipped: SkippedRow[] = [];
  for (const name of models) {
    for (const model of await openBenchmarkModels(name, { ...options.networks, ...(signal && { signal }) })) {
      for (const platform of platforms) {
        for (const precision of precisions ?? [model.precision]) {
          const row = `${model.name} ${precision} ${platform}`;
          throwIfCancelled(signal, "benchmark");
          try {
            rows.push(await measureRow(model, platform, precision, row, options));
          } catch (error) {
            if (!(error instanceof ArcfaceError) || error.code === "CANCELLED") throw error;
            skipped.push({ row, error });
          }
        }
      }
    }
  }
  if (rows.length === 0) throw skipped[0]!.error;
  return { rows, skipped };
}

function checkNumbers({ threads = 2, sessions = 1, batch = 1, seconds = 1, repetitions = 1 }: BenchmarkOptions): void {
  for (const [name, value] of Object.entries({ threads, sessions, batch, repetitions }))
    if (!Number.isInteger(value) || value < 1)
      throw expected(`benchmark: ${name}`, "a positive whole number", `${value}`);
  if (!(seconds > 0)) throw expected("benchmark: seconds", "more than 0", `${seconds}`);
  if (threads % sessions !== 0)
    throw expected("benchmark: sessions", `a number that divides ${threads} threads evenly`, `${sessions}`);
}

const CALIBRATION_SEEDS = [2, 3, 4, 5];

async function measureRow(
  model: BenchmarkModel,
  platform: BenchmarkPlatform,
  precision: BenchmarkPrecision,
  row: string,
  options: BenchmarkOptions,
): Promise<BenchmarkRow> {
  const { threads, batch, seconds, repetitions } = { ...BENCHMARK_DEFAULTS, ...options };
  const { sessions, size, signal, onProgress } = options;
  const feedsOf = (seed: number) => randomFeeds(model.name, model.inputs, { batch, seed, input: model.input, size });
  const feeds = feedsOf(1);
  const duration: Duration = { seconds, repetitions };
  onProgress?.({ row, done: 0, total: repetitions });
  const bytes = await toPrecision(model.bytes, {
    ...{ name: model.name, from: model.precision, wanted: precision, signal },
    createSession: createNodeHost().createSession,
    feeds: CALIBRATION_SEEDS.map(feedsOf),
  });
  const onRepetition = (done: number) => onProgress?.({ row, done, total: repetitions });
  const task = { name: model.name, model: bytes, feeds, batch, threads, duration, onRepetition, signal };
  const inBrowser = platform === "wasm" || platform === "webgpu";
  if (inBrowser && (sessions ?? 1) > 1) throw expected(`${row}: sessions`, "1, as a page has one", `${sessions}`);
  const measured = inBrowser
    ? await measureInBrowser({ ...task, platform })
    : await measureInNode({ ...task, sessions, provider: platform });
  const cpu = await describeCpu();
  return {
    model: model.name,
    platform,
    precision,
    threads,
    batch,
    inferencesPerSecond: median(measured.repetitions),
    ...measured,
    spread: [Math.min(...measured.repetitions), Math.max(...measured.repetitions)],
    seconds,
    fileBytes: bytes.length,
    device: measured.device ?? (platform === "cuda" ? "NVIDIA graphics card" : cpu.model),
    cpu,
  };
}
