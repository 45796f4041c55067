/** A method, not a function property: a queue of frames is then also a queue of messages. */
interface Listener<T> {
  tell(message: T, queue: string): unknown;
}

/** What a queue calls with each message that comes in. */
export class Callbacks<T> {
  readonly #listeners = new Map<number, Listener<T>>();
  readonly #onError: (error: unknown) => void;
  #nextId = 0;

  /** @param onError what a callback threw, or its promise was rejected with. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  add(callback: (message: T, queue: string) => unknown): number {
    this.#listeners.set(this.#nextId, { tell: callback });
    return this.#nextId++;
  }

  remove(id: number): boolean {
    return this.#listeners.delete(id);
  }

  clear(): void {
    this.#listeners.clear();
  }

  /** Call all of them, whatever one does. @returns what to wait for, where any gave a promise; it never rejects. */
  call(message: T, queue: () => string): Promise<void> | null {
    if (this.#listeners.size === 0) return null;
    const pending: Promise<void>[] = [];
    for (const listener of [...this.#listeners.values()]) {
      try {
        const answer = listener.tell(message, queue());
        if (isThenable(answer)) pending.push(Promise.resolve(answer).then(() => {}, this.#onError));
      } catch (error) {
        this.#onError(error);
      }
    }
    return pending.length === 0 ? null : Promise.all(pending).then(() => {});
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
