import { parentPort } from "node:worker_threads";
import { ArcfaceError } from "../../errors.ts";
import type { Answer, Call } from "./messages.ts";

/** What a worker does: by the name of a call. What it gives is copied, what it lists under `transfer` is handed over. */
export type Handlers = Readonly<
  Record<string, (argument: never, signal: AbortSignal) => Promise<{ result: unknown; transfer?: ArrayBuffer[] }>>
>;

/** Answer the calls of the thread that started this one, as they come; they may overlap. */
export function serve(handlers: Handlers): void {
  const port = parentPort;
  if (!port) throw new ArcfaceError("INTERNAL", "worker: expected to run as a worker thread");
  const running = new Map<number, AbortController>();
  port.on("message", async ({ id, name, argument }: Call) => {
    if (name === "cancel") return running.get(id)?.abort();
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const { result, transfer = [] } = await handlers[name]!(argument as never, controller.signal);
      port.postMessage({ id, result } satisfies Answer, transfer);
    } catch (error) {
      port.postMessage({ id, error: plain(error) } satisfies Answer);
    } finally {
      running.delete(id);
    }
  });
}

/** Classes do not survive the way between threads. */
function plain(error: unknown): NonNullable<Answer["error"]> {
  const { code, hint } = error instanceof ArcfaceError ? error : { code: "INTERNAL" as const, hint: undefined };
  const cause = error instanceof Error ? error.cause : undefined;
  return {
    code,
    message: error instanceof Error ? error.message : String(error),
    hint,
    cause: cause instanceof Error ? (cause.stack ?? cause.message) : undefined,
  };
}
