/**
 * The first Ctrl-C lets the command end tidily, which may take as long as one image or one write; the second ends the
 * process where it stands.
 *
 * @param tidy called before the process is ended: give the terminal back.
 */
export function listenForInterrupts(tidy: () => void): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const interrupt = (signal: "SIGINT" | "SIGTERM"): void => {
    if (controller.signal.aborted) {
      tidy();
      stop();
      // By the signal itself: process.exit() would end threads that are within ONNX Runtime's code, which aborts (134).
      process.kill(process.pid, signal);
    }
    controller.abort(new Error("interrupted"));
  };
  const stop = (): void => void process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  return { signal: controller.signal, stop };
}
