/** The shell's exit codes for a program that a signal ended: 128 and the signal's number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

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
      process.exit(EXIT_CODES[signal]);
    }
    controller.abort(new Error("interrupted"));
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  return {
    signal: controller.signal,
    stop: () => void process.off("SIGINT", interrupt).off("SIGTERM", interrupt),
  };
}
