/** By Linux's flags (x86) and features (arm64), those that matrix products gain by, widest first. */
const SETS: readonly (readonly [flag: string, name: string])[] = [
  ["amx_tile", "AMX"],
  ["amx_int8", "AMX-INT8"],
  ["amx_bf16", "AMX-BF16"],
  ["avx512f", "AVX-512"],
  ["avx512_vnni", "AVX512-VNNI"],
  ["avx512_bf16", "AVX512-BF16"],
  ["avx512_fp16", "AVX512-FP16"],
  ["avx_vnni", "AVX-VNNI"],
  ["avx2", "AVX2"],
  ["fma", "FMA"],
  ["avx", "AVX"],
  ["sve2", "SVE2"],
  ["sve", "SVE"],
  ["i8mm", "I8MM"],
  ["asimddp", "DOTPROD"],
  ["asimdhp", "FP16"],
  ["asimd", "NEON"],
];

/**
 * The processor as /proc/cpuinfo describes it.
 *
 * @param cpuinfo empty where the system has no such file.
 * @param named what the system calls it otherwise, for where the file does not say.
 */
export function parseCpuinfo(cpuinfo: string, named: string): { model: string; instructionSets: string[] } {
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}\\s*:\\s*(.*)$`, "m").exec(cpuinfo)?.[1]?.trim();
  const flags = new Set((field("flags") ?? field("Features") ?? "").split(/\s+/));
  return {
    model: field("model name") ?? (named.trim() || "unknown"),
    instructionSets: SETS.flatMap(([flag, name]) => (flags.has(flag) ? [name] : [])),
  };
}
