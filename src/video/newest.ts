/**
 * One place for the newest of a row of things, between a source that does not wait and a slow reader: what is not
 * taken in time is replaced and counted. One reader.
 */
export class Newest<T> {
  #value: T | null = null;
  #dropped = 0;
  #ended = false;
  #error: unknown = null;
  #wake: (() => void) | null = null;

  get dropped(): number {
    return this.#dropped;
  }

  put(value: T): void {
    if (this.#value !== null) this.#dropped += 1;
    this.#value = value;
    this.#wake?.();
  }

  /** Nothing follows; a reader that waits gets what is there, then the error, else the end. */
  end(error: unknown = null): void {
    this.#ended = true;
    this.#error = error;
    this.#wake?.();
  }

  /** The newest, waiting for it where there is none; null at the end. */
  async take(): Promise<T | null> {
    while (this.#value === null && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const value = this.#value;
    this.#value = null;
    if (value === null && this.#error !== null) throw this.#error;
    return value;
  }
}
