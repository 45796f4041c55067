import { parentPort } from "node:worker_threads";
import { ArcfaceError } from "../../errors.ts";
import { type Answer, type Call, toPlain } from "./messages.ts";

/** What a worker does: by the name of a call. What it gives is copied, what it lists under `transfer` is handed over. */
export type Handlers = Readonly<
  Record<string, (argument: never, signal: AbortSignal) => Promise<{ result: unknown; transfer?: ArrayBuffer[] }>>
>;

/**
 * Answer the calls of the thread that started this one, as they come; they may overlap.
 *
 * @param onEnd what to let go of when no call will come any more and none is running; then the thread ends.
 */
export function serve(handlers: Handlers, onEnd: () => Promise<void>): void {
  const port = parentPort;
  if (!port) throw new ArcfaceError("INTERNAL", "worker: expected to run as a worker thread");
  const running = new Map<number, AbortController>();
  async function answer({ id, name, argument }: Call): Promise<void> {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const { result, transfer = [] } = await handlers[name]!(argument as never, controller.signal);
      port!.postMessage({ id, result } satisfies Answer, transfer);
    } catch (error) {
      port!.postMessage({ id, error: toPlain(error) } satisfies Answer);
    } finally {
      running.delete(id);
    }
  }
  let isEnding = false;
  async function endIfIdle(): Promise<void> {
    if (!isEnding || running.size > 0) return;
    await onEnd();
    port!.close();
  }
  port.on("message", async (call: Call) => {
    if (call.name === "cancel") return running.get(call.id)?.abort();
    if (call.name === "end") isEnding = true;
    else await answer(call);
    await endIfIdle();
  });
}
