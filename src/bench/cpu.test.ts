import { expect, test } from "vitest";
import { parseCpuinfo } from "./cpu.ts";

test("of an x86 processor its name and the sets that matter, widest first", () => {
  const cpuinfo = `processor\t: 0
vendor_id\t: AuthenticAMD
model name\t: AMD EPYC
flags\t\t: fpu sse2 fma avx f16c avx2 avx512f avx512_bf16 avx512_vnni
processor\t: 1
model name\t: AMD EPYC
`;
  expect(parseCpuinfo(cpuinfo, "")).toEqual({
    model: "AMD EPYC",
    instructionSets: ["AVX-512", "AVX512-VNNI", "AVX512-BF16", "AVX2", "FMA", "AVX"],
  });
});

test("of an arm64 processor, which has no name there, the system's", () => {
  expect(parseCpuinfo("processor\t: 0\nFeatures\t: fp asimd asimdhp asimddp i8mm\n", "Neoverse-N1")).toEqual({
    model: "Neoverse-N1",
    instructionSets: ["I8MM", "DOTPROD", "FP16", "NEON"],
  });
});

test("elsewhere the system's name alone", () => {
  expect(parseCpuinfo("", "Apple M2 ")).toEqual({ model: "Apple M2", instructionSets: [] });
  expect(parseCpuinfo("", "")).toEqual({ model: "unknown", instructionSets: [] });
});
