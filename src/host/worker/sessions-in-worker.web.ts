import { expected } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Host, Session } from "../host.ts";
import { checkFeeds, checkModelBytes } from "../ort.ts";
import { RUNTIME_FILES } from "../runtime-files.ts";
import { DEFAULT_WASM_PATHS, type RuntimeOptions } from "../session.web.ts";
import type { CreateArgument, Created, RunArgument, StartArgument } from "./session-calls.ts";
import { startWorker, type WorkerThread } from "./start-worker.web.ts";

/**
 * Sessions in a worker of the page's, which computes while the page draws. It is started by the first session and ended
 * with the last.
 *
 * What is returned throws as that of createSessions; MISSING_TOOL where the worker does not run.
 */
export function createSessionsInWorker(
  create: () => Worker,
  options: Omit<RuntimeOptions, "worker"> = {},
): Host["createSession"] {
  let running: { readonly thread: WorkerThread; readonly started: Promise<void>; users: number } | null = null;

  async function open(model: Uint8Array, name: string): Promise<Session> {
    checkModelBytes(model, name);
    running ??= start();
    const own = running;
    own.users++;
    const leave = (): void => {
      if (--own.users > 0) return;
      own.thread.end();
      if (running === own) running = null;
    };
    try {
      await own.started;
      const created = await own.thread.call<Created>("create", { model, name } satisfies CreateArgument);
      return sessionIn(own.thread, name, created, leave);
    } catch (error) {
      leave();
      throw error;
    }
  }

  function start(): NonNullable<typeof running> {
    const thread = startWorker(create);
    return { thread, started: startArgument(options).then((argument) => thread.call("start", argument)), users: 0 };
  }

  return open;
}

function sessionIn(thread: WorkerThread, name: string, { id, inputs, outputs }: Created, leave: () => void): Session {
  const underWay = new Set<Promise<unknown>>();
  let disposed: Promise<void> | undefined;

  async function dispose(): Promise<void> {
    await Promise.allSettled(underWay);
    await thread.call("dispose", id).finally(leave);
  }

  return {
    inputs,
    outputs,
    async run(feeds) {
      if (disposed) throw expected(`${name}: run`, "an open session", "one that was disposed");
      checkFeeds(name, inputs, feeds);
      const run = thread.call<Record<string, Tensor>>("run", { id, feeds } satisfies RunArgument);
      underWay.add(run);
      try {
        return await run;
      } finally {
        underWay.delete(run);
      }
    },
    [Symbol.asyncDispose]() {
      disposed ??= dispose();
      return disposed;
    },
  };
}

/** Functions do not go to workers: the files are read here. */
async function startArgument({
  executionProvider = "wasm",
  threads,
  wasmPaths = DEFAULT_WASM_PATHS,
  readRuntime,
}: RuntimeOptions): Promise<StartArgument> {
  const plain = { executionProvider, ...(threads !== undefined && { threads }) };
  if (!readRuntime) return { ...plain, wasmPaths: new URL(wasmPaths, globalThis.location.href).href };
  const names = Object.values(RUNTIME_FILES[executionProvider]);
  const files = await Promise.all(names.map(async (name) => [name, await readRuntime(name)] as const));
  return { ...plain, files: Object.fromEntries(files) };
}
