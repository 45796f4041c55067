import { availableParallelism } from "node:os";
import { compileWasm } from "../bytes/web-assembly.ts";
import { expected, throwIfCancelled } from "../errors.ts";
import { startWorker, type WorkerThread } from "../host/worker/start-worker.node.ts";
import { int8Kernel } from "./int8-kernel.ts";
import type { Contenders } from "./nearest.ts";
import type { ScanEngine } from "./scan-engine.ts";
import type { ScanArgument, StartArgument } from "./scan-worker.node.ts";

/** More threads than this wait for memory, not for each other. */
const MOST_THREADS = 16;

/** Threads that read rows in shared memory while the caller's thread goes on. They are started by the first scan. */
export function createScanThreads({ threads = Math.min(MOST_THREADS, availableParallelism()) } = {}): ScanEngine {
  if (!Number.isInteger(threads) || threads < 1) throw expected("search: threads", "1 or more", `${threads}`);
  const control = new Int32Array(new SharedArrayBuffer(8));
  let workers: readonly WorkerThread[] = [];
  let known = 0;

  return {
    threads,
    shared: true,

    async scan(layout, segments, questions, signal) {
      if (workers.length === 0) {
        const kernel = compileWasm(int8Kernel(layout.stride, layout));
        workers = [...Array(threads).keys()].map((thread) => {
          const worker = startWorker(new URL("./scan-worker.node.ts", import.meta.url), "search");
          const start: StartArgument = { layout, kernel, thread, control: control.buffer as SharedArrayBuffer };
          // What fails here fails the call that follows, too.
          worker.call("start", start).catch(() => {});
          return worker;
        });
      }
      control.fill(0);
      const onAbort = (): void => void Atomics.store(control, 1, 1);
      signal.addEventListener("abort", onAbort);
      const argument: ScanArgument = { newSegments: segments.slice(known), questions };
      known = segments.length;
      try {
        const found = await Promise.all(workers.map((worker) => worker.call<Contenders[]>("scan", argument)));
        throwIfCancelled(signal, "search");
        return found;
      } finally {
        signal.removeEventListener("abort", onAbort);
      }
    },

    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
    },
  };
}
