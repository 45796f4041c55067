import { Fifo } from "./fifo.ts";
import { QueueException } from "./queue-exception.ts";

/** Work that nodes leave to whoever drives the pipeline. */
export class TaskQueue {
  readonly #tasks = new Fifo<() => Promise<void>>();
  readonly #refusals = new Set<() => void>();
  readonly #watchers = new Set<() => void>();
  #closed = false;

  /** Resolves with the task's answer once somebody has processed it. @throws {ArcfaceError} QueueException once closed. */
  add<R>(task: () => R | Promise<R>): Promise<R> {
    if (this.#closed) return Promise.reject(new QueueException("tasks"));
    return new Promise<R>((resolve, reject) => {
      const refuse = () => reject(new QueueException("tasks"));
      this.#refusals.add(refuse);
      this.#tasks.push(async () => {
        this.#refusals.delete(refuse);
        try {
          resolve(await task());
        } catch (error) {
          reject(error);
        }
      });
      this.#notify();
    });
  }

  /** Process what waits; where `wait` is set and nothing does, wait for something, `timeoutMs` at most. */
  async process(wait: boolean, timeoutMs: number): Promise<void> {
    if (wait && this.#tasks.length === 0 && !this.#closed) await this.#somethingToDo(timeoutMs);
    // Those that come meanwhile are for the next call; those that the pipeline's end has refused are for none.
    for (let left = this.#tasks.length; left > 0; left--) await this.#tasks.shift()?.();
  }

  close(): void {
    this.#closed = true;
    this.#tasks.clear();
    for (const refuse of this.#refusals) refuse();
    this.#refusals.clear();
    this.#notify();
  }

  #somethingToDo(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = Number.isFinite(timeoutMs) ? setTimeout(done, timeoutMs) : undefined;
      const watchers = this.#watchers;
      function done(): void {
        clearTimeout(timer);
        watchers.delete(done);
        resolve();
      }
      watchers.add(done);
    });
  }

  #notify(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}
