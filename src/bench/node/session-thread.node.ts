import { readFile } from "node:fs/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Session } from "../../host/host.ts";
import { createSession } from "../../host/session.node.ts";
import { serve } from "../../host/worker/serve.node.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type Opened, type OpenSession, REQUESTS, type Replayed } from "./session-calls.ts";

let session: Session | undefined;
let feeds: Readonly<Record<string, Tensor>> = {};

const handlers = {
  async open({ feeds: sent, ...model }: OpenSession) {
    const loadMs = await load(model);
    collectGarbage();
    feeds = sent;
    const loaded = performance.now();
    await session!.run(feeds);
    const result: Opened = { loadMs, firstInferenceMs: performance.now() - loaded };
    return { result };
  },
  /** Until so much time is over; a run that is under way then is finished and counted, with its time. */
  async replay({ seconds }: { seconds: number }) {
    const latencies: number[] = [];
    const start = performance.now();
    let before = start;
    const request = async (): Promise<void> => {
      while (performance.now() - start < 1000 * seconds) {
        const asked = performance.now();
        await session!.run(feeds);
        const answered = performance.now();
        // The one before had the session until then.
        latencies.push(answered - Math.max(asked, before));
        before = answered;
      }
    };
    await Promise.all(Array.from({ length: REQUESTS }, request));
    const result: Replayed = { runs: latencies.length, ms: before - start, latencies: Float64Array.from(latencies) };
    return { result, transfer: [result.latencies.buffer as ArrayBuffer] };
  },
};

/** @returns milliseconds from the file's bytes to a session. */
async function load({ path, name, threads, provider }: Omit<OpenSession, "feeds">): Promise<number> {
  const bytes = await readFile(path);
  const start = performance.now();
  session = await createSession(bytes, name, { threads, provider });
  return performance.now() - start;
}

/** What the file was read into is not the network's. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

serve(handlers, async () => session?.[Symbol.asyncDispose]());
