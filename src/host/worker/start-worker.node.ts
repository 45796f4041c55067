import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { ArcfaceError } from "../../errors.ts";
import { type Answer, type Call, fromPlain } from "./messages.ts";

/** A thread that answers calls. */
export interface WorkerThread extends AsyncDisposable {
  /**
   * @param argument copied; buffers that are shared stay shared.
   * @throws {ArcfaceError} what the worker threw; CANCELLED; CLOSED after disposal; INTERNAL where the thread died.
   */
  call<R>(name: string, argument: unknown, signal?: AbortSignal): Promise<R>;
}

/** How long a thread may take to finish what it is at; the longest run of a network is a second or two. */
const PATIENCE_MS = 30_000;

type Pending = { resolve(result: never): void; reject(error: ArcfaceError): void };

/**
 * Start a module in a thread of its own. ONNX Runtime computes on the thread that asks it to, so two networks run side by
 * side only in two threads.
 *
 * @param entry the module, `….node.ts`, as `new URL(…, import.meta.url)`; in what is published, its `.js`.
 * @param name what errors call it.
 */
export function startWorker(entry: URL, name: string): WorkerThread {
  const worker = import.meta.url.endsWith(".ts")
    ? new Worker(throughTsx(entry), { name, eval: true })
    : new Worker(new URL(entry.href.replace(/\.ts$/, ".js")), { name });
  const pending = new Map<number, Pending>();
  let nextId = 0;
  let ended: ArcfaceError | null = null;

  const end = (error: ArcfaceError): void => {
    ended ??= error;
    for (const { reject } of pending.values()) reject(ended);
    pending.clear();
    worker.unref();
  };
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  // Idle threads keep no process alive.
  const watch = (): void => (pending.size > 0 ? worker.ref() : worker.unref());
  worker.on("message", ({ id, result, error }: Answer) => {
    const call = pending.get(id);
    pending.delete(id);
    watch();
    if (error) call?.reject(fromPlain(error));
    else call?.resolve(result as never);
  });
  worker.on("error", (cause) =>
    end(new ArcfaceError("INTERNAL", `${name}: its thread died: ${cause.message}`, { cause })),
  );
  worker.on("exit", (code) => end(new ArcfaceError("INTERNAL", `${name}: its thread ended by itself, with ${code}`)));
  worker.unref();

  return {
    call<R>(what: string, argument: unknown, signal?: AbortSignal): Promise<R> {
      if (ended) return Promise.reject(ended);
      if (signal?.aborted) return Promise.reject(cancelled(name, signal));
      const id = nextId++;
      const send = (message: Call) => worker.postMessage(message);
      return new Promise<R>((resolve, reject) => {
        const onAbort = () => send({ id, name: "cancel" });
        const settle = () => signal?.removeEventListener("abort", onAbort);
        pending.set(id, {
          resolve(result) {
            settle();
            resolve(result);
          },
          reject(error) {
            settle();
            reject(error);
          },
        });
        signal?.addEventListener("abort", onAbort, { once: true });
        watch();
        send({ id, name: what, argument });
      });
    },
    async [Symbol.asyncDispose]() {
      if (ended) return exited;
      const running = [...pending.keys()];
      end(new ArcfaceError("CLOSED", `${name}: used after it was disposed`));
      for (const id of running) worker.postMessage({ id, name: "cancel" } satisfies Call);
      worker.postMessage({ id: nextId++, name: "end" } satisfies Call);
      // To end a thread within ONNX Runtime's own code ends the process: it gets the time to come out of it.
      worker.ref();
      const timer = setTimeout(() => void worker.terminate(), PATIENCE_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** Node 20 reads no TypeScript: tests and scripts run the sources through tsx, which threads do not inherit. */
function throughTsx(entry: URL): string {
  const tsx = new URL(
    "dist/esm/api/index.mjs",
    pathToFileURL(createRequire(import.meta.url).resolve("tsx/package.json")),
  );
  return `import("${tsx.href}").then(({ register }) => { register(); return import("${entry.href}"); })`;
}

function cancelled(name: string, signal: AbortSignal): ArcfaceError {
  return new ArcfaceError("CANCELLED", `${name}: cancelled`, { cause: signal.reason });
}
