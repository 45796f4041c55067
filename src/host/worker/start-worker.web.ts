import { ArcfaceError } from "../../errors.ts";
import { type Answer, type Call, fromPlain, READY } from "./messages.ts";

/** A worker that answers calls. */
export interface WorkerThread {
  /** @param argument copied. @throws {ArcfaceError} what the worker threw; MISSING_TOOL where it does not run. */
  call<R>(name: string, argument: unknown): Promise<R>;
  /** Calls under way are not answered any more. */
  end(): void;
}

/** How long its script may take to be fetched and begin. */
const PATIENCE_MS = 30_000;

type Pending = { resolve(result: never): void; reject(error: ArcfaceError): void };

const HINT = "it is to run a module of the page's own that calls serveSessions()";

/**
 * @param create as the page's bundler has it: `() => new Worker(…, { type: "module" })`.
 * @throws {ArcfaceError} MISSING_TOOL where the browser makes none.
 */
export function startWorker(create: () => Worker): WorkerThread {
  const worker = made(create);
  const pending = new Map<number, Pending>();
  let nextId = 0;
  let failure: ArcfaceError | null = null;

  const fail = (what: string): void => {
    failure ??= new ArcfaceError("MISSING_TOOL", `worker: ${what}`, { hint: HINT });
    for (const { reject } of pending.values()) reject(failure);
    pending.clear();
    clearTimeout(patience);
    worker.terminate();
  };
  const patience = setTimeout(() => fail("it does not begin to answer"), PATIENCE_MS);
  worker.addEventListener("error", (event) => fail(`its script fails: ${event.message || "it cannot be fetched"}`));
  worker.addEventListener("messageerror", () => fail("an answer of it cannot be read"));
  worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
    if (data.id === READY) return clearTimeout(patience);
    const call = pending.get(data.id);
    pending.delete(data.id);
    if (data.error) call?.reject(fromPlain(data.error));
    else call?.resolve(data.result as never);
  });

  return {
    call<R>(name: string, argument: unknown): Promise<R> {
      if (failure) return Promise.reject(failure);
      const id = nextId++;
      return new Promise<R>((resolve, reject) => {
        pending.set(id, { resolve, reject });
        worker.postMessage({ id, name, argument } satisfies Call);
      });
    },
    end() {
      clearTimeout(patience);
      worker.terminate();
    },
  };
}

function made(create: () => Worker): Worker {
  try {
    return create();
  } catch (cause) {
    throw new ArcfaceError("MISSING_TOOL", "worker: the browser makes none", { hint: HINT, cause });
  }
}
