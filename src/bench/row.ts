import type { Latency } from "./statistics.ts";

export type BenchmarkPlatform = "cpu" | "wasm" | "webgpu" | "cuda";
export type BenchmarkPrecision = "fp32" | "fp16" | "int8";

/** The machine a row was measured on. */
export type BenchmarkCpu = {
  readonly model: string;
  readonly cores: number;
  /** Those that networks gain by, widest first; empty where the system does not tell. */
  readonly instructionSets: readonly string[];
};

/** One network in one setting. */
export type BenchmarkRow = {
  readonly model: string;
  readonly platform: BenchmarkPlatform;
  readonly precision: BenchmarkPrecision;
  /** In all: sessions × threads within one run. */
  readonly threads: number;
  readonly batch: number;
  /** Images a second: the median of the repetitions. */
  readonly inferencesPerSecond: number;
  /** Watts of the processor's package, everything that runs on it included; `null` where the machine does not tell. */
  readonly powerW: number | null;
  /** Why there is no power; `null` where there is. */
  readonly powerNote: string | null;
  readonly sessions: number;
  /** Runs under way or waiting at any time. */
  readonly requestsInFlight: number;
  /** Images a second of each repetition. */
  readonly repetitions: readonly number[];
  /** Of them the slowest and the fastest. */
  readonly spread: readonly [slowest: number, fastest: number];
  /** Seconds a repetition. */
  readonly seconds: number;
  /** Of one run of a whole batch, milliseconds, without the time it waits for the one before. */
  readonly latencyMs: Latency;
  /** MB (10⁶ bytes): the most that its process had in memory while it ran, in a browser the page's; `null` where nobody tells. */
  readonly memoryMB: number | null;
  /** From the file's bytes to a session. */
  readonly loadMs: number;
  readonly firstInferenceMs: number;
  /** Of the network as it runs. */
  readonly fileBytes: number;
  /** What computed: the processor, or a graphics card as the browser names it. */
  readonly device: string;
  readonly runtime: string;
  readonly cpu: BenchmarkCpu;
};

/** What a measurement on any platform gives; the rest of a row is known before. */
export type Measured = Pick<
  BenchmarkRow,
  | "sessions"
  | "requestsInFlight"
  | "repetitions"
  | "latencyMs"
  | "memoryMB"
  | "loadMs"
  | "firstInferenceMs"
  | "powerW"
  | "powerNote"
  | "runtime"
> & { readonly device: string | null };

/** How long: as the page's protocol has it unless told otherwise. */
export type Duration = { readonly seconds: number; readonly repetitions: number };

/** @returns seconds before anything is counted: a fifth of a repetition, 3 at most. */
export function warmUpSeconds({ seconds }: Duration): number {
  return Math.min(3, seconds / 5);
}
