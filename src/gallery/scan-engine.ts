import { compileWasm, type WasmMemory } from "../bytes/web-assembly.ts";
import { int8Kernel } from "./int8-kernel.ts";
import type { Int8Layout } from "./int8-layout.ts";
import { createScanner, type Questions } from "./int8-scan.ts";
import type { Contenders } from "./nearest.ts";

/** What reads an index's rows: the calling thread, or threads of its own. One index each. */
export interface ScanEngine extends AsyncDisposable {
  readonly threads: number;
  /** Whether the rows must lie in shared memory. */
  readonly shared: boolean;
  /**
   * @internal
   * @param segments of one layout, the same ones and maybe more at every call.
   * @returns by thread, by question: all together hold the nearest.
   * @throws {ArcfaceError} CANCELLED where the signal fires.
   */
  scan(
    layout: Int8Layout,
    segments: readonly WasmMemory[],
    questions: Questions,
    signal: AbortSignal,
  ): Promise<Contenders[][]>;
}

/** In the thread that asks, which does nothing else meanwhile: 20 ms a million templates, a browser's page can bear that. */
export function createOwnThreadEngine(): ScanEngine {
  let scanner: ReturnType<typeof createScanner> | null = null;
  return {
    threads: 1,
    shared: false,
    async scan(layout, segments, questions) {
      scanner ??= createScanner(layout, compileWasm(int8Kernel(layout.stride, layout)), 0);
      let next = 0;
      return [scanner(segments, questions, () => next++)];
    },
    async [Symbol.asyncDispose]() {},
  };
}
