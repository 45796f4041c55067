/** Calls by the signal that cancels them: one listener a signal, however many calls share it. */
export class CallSignals<Call extends { readonly signal: AbortSignal | undefined }> {
  readonly #calls = new Map<AbortSignal, { readonly calls: Set<Call>; readonly listener: () => void }>();
  readonly #onAbort: (calls: readonly Call[]) => void;

  /** @param onAbort is told whose signal fired. */
  constructor(onAbort: (calls: readonly Call[]) => void) {
    this.#onAbort = onAbort;
  }

  add(call: Call): void {
    const { signal } = call;
    if (!signal) return;
    let known = this.#calls.get(signal);
    if (!known) {
      const calls = new Set<Call>();
      const listener = (): void => {
        this.#calls.delete(signal);
        this.#onAbort([...calls]);
      };
      known = { calls, listener };
      this.#calls.set(signal, known);
      signal.addEventListener("abort", listener, { once: true });
    }
    known.calls.add(call);
  }

  delete(call: Call): void {
    const { signal } = call;
    const known = signal && this.#calls.get(signal);
    if (!known) return;
    known.calls.delete(call);
    if (known.calls.size > 0) return;
    signal.removeEventListener("abort", known.listener);
    this.#calls.delete(signal);
  }
}
