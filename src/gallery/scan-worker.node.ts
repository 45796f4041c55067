import type { WasmMemory, WasmModule } from "../bytes/web-assembly.ts";
import { serve } from "../host/worker/serve.node.ts";
import type { Int8Layout } from "./int8-layout.ts";
import { createScanner, type Questions, type Scanner } from "./int8-scan.ts";

/** The first call of a thread. */
export type StartArgument = {
  readonly layout: Int8Layout;
  readonly kernel: WasmModule;
  readonly thread: number;
  /** Two int32 in shared memory: the next block to be taken, and whether to stop. */
  readonly control: SharedArrayBuffer;
};

export type ScanArgument = { readonly newSegments: readonly WasmMemory[]; readonly questions: Questions };

let scanner: Scanner;
let control: Int32Array;
const segments: WasmMemory[] = [];

serve(
  {
    async start({ layout, kernel, thread, control: shared }: StartArgument) {
      scanner = createScanner(layout, kernel, thread);
      control = new Int32Array(shared);
      return { result: null };
    },
    async scan({ newSegments, questions }: ScanArgument) {
      segments.push(...newSegments);
      // Stopped, it takes a block that is beyond the last.
      const takeBlock = (): number => (Atomics.load(control, 1) === 1 ? 2 ** 31 : Atomics.add(control, 0, 1));
      return { result: scanner(segments, questions, takeBlock) };
    },
  },
  async () => {},
);
