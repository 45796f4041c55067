/** What DepthAI's waitKey answers where no key was pressed. */
const NONE = -1;

/** The key that was pressed last, for whoever waits for one. */
export class Keys {
  #pressed = NONE;
  #isClosed = false;
  readonly #waiting = new Set<(key: number) => void>();

  press(key: number): void {
    const waiting = [...this.#waiting];
    this.#pressed = waiting.length > 0 ? NONE : key;
    for (const answer of waiting) answer(key);
  }

  /**
   * The key that was pressed since the last call, or is within the time; −1 where none is.
   *
   * @param delayMs 0 and below: until one is.
   */
  wait(delayMs: number): Promise<number> {
    const pressed = this.#pressed;
    this.#pressed = NONE;
    if (pressed !== NONE || this.#isClosed) return Promise.resolve(pressed);
    return new Promise((resolve) => {
      const answer = (key: number): void => {
        clearTimeout(timer);
        this.#waiting.delete(answer);
        resolve(key);
      };
      const timer = delayMs > 0 ? setTimeout(() => answer(NONE), delayMs) : undefined;
      this.#waiting.add(answer);
    });
  }

  /** No key will be pressed any more: who waits is told so. */
  close(): void {
    this.#isClosed = true;
    for (const answer of [...this.#waiting]) answer(NONE);
  }
}
