import { readFile } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";
import { parseCpuinfo } from "./cpu.ts";
import type { BenchmarkCpu } from "./row.ts";

/** This machine's processor. */
export async function describeCpu(): Promise<BenchmarkCpu> {
  const cpuinfo = await readFile("/proc/cpuinfo", "utf8").catch(() => "");
  return { ...parseCpuinfo(cpuinfo, cpus()[0]?.model ?? ""), cores: availableParallelism() };
}
