import type { Clock } from "./clock.ts";
import { Fifo } from "./fifo.ts";

type Getter<T> = { resolve(message: T): void; reject(error: Error): void };
type Sender<T> = { readonly message: T; resolve(seen: void | Promise<void>): void; reject(error: Error): void };

/** What happens when a message comes in. @returns what its sender is to wait for. */
interface OnArrival<T> {
  arrived(message: T): Promise<void> | null;
}

/**
 * The inside of a MessageQueue: messages that wait to be taken, and who waits for which side of it.
 *
 * Receivers are served in the order in which they asked, senders in the order in which they came. A receiver waits only
 * where no message does, a sender only where messages do.
 */
export class Channel<T> {
  maxSize: number;
  blocking: boolean;
  state: "open" | "ended" | "closed" = "open";
  received = 0;
  dropped = 0;
  readonly #messages = new Fifo<T>();
  readonly #getters = new Fifo<Getter<T>>();
  readonly #senders = new Fifo<Sender<T>>();
  readonly #watchers = new Set<() => void>();
  readonly #exception: () => Error;
  readonly #listener: OnArrival<T>;

  constructor(maxSize: number, blocking: boolean, exception: () => Error, listener: OnArrival<T>) {
    this.maxSize = maxSize;
    this.blocking = blocking;
    this.#exception = exception;
    this.#listener = listener;
  }

  get size(): number {
    return this.#messages.length;
  }

  peek(): T | undefined {
    return this.#messages.peek();
  }

  /** Could a message come in without its sender having to wait? */
  hasRoom(): boolean {
    return !this.blocking || this.maxSize === 0 || this.#getters.length > 0 || this.#messages.length < this.maxSize;
  }

  /** Hand over, or keep, dropping the oldest for it. @returns what the sender is to wait for. */
  accept(message: T): Promise<void> | null {
    const getter = this.#getters.shift();
    if (getter) getter.resolve(message);
    else this.#keep(message);
    this.received++;
    const seen = this.#listener.arrived(message);
    this.notify();
    return seen;
  }

  waitToSend(message: T): Promise<void> {
    return quiet(new Promise((resolve, reject) => this.#senders.push({ message, resolve, reject })));
  }

  /** The next message, and who waits to send comes in for it. */
  take(): T | undefined {
    const message = this.#messages.shift();
    if (message === undefined) return undefined;
    this.admit();
    if (this.state !== "open") this.notify();
    return message;
  }

  /** @returns `null` where none comes in this time. */
  waitToTake(timeoutMs: number, clock: Clock): Promise<T | null> {
    const getterOf = (resolve: (message: T | null) => void, reject: (error: Error) => void): Getter<T> => {
      if (timeoutMs === Infinity) return { resolve, reject };
      const callOff = clock.after(timeoutMs, () => {
        this.#getters.delete(getter);
        resolve(null);
      });
      const getter: Getter<T> = {
        resolve: (message) => {
          callOff();
          resolve(message);
        },
        reject: (error) => {
          callOff();
          reject(error);
        },
      };
      return getter;
    };
    return quiet(new Promise((resolve, reject) => this.#getters.push(getterOf(resolve, reject))));
  }

  /** There may be room for those who wait to send. */
  admit(): void {
    while (this.#senders.length > 0 && this.hasRoom()) {
      const sender = this.#senders.shift()!;
      sender.resolve(this.accept(sender.message) ?? undefined);
    }
  }

  end(): void {
    this.state = "ended";
    this.#refuse(this.#getters);
    this.notify();
  }

  close(): void {
    this.state = "closed";
    this.#messages.clear();
    this.#refuse(this.#getters);
    this.#refuse(this.#senders);
    this.notify();
  }

  watch(watcher: () => void): void {
    this.#watchers.add(watcher);
  }

  unwatch(watcher: () => void): void {
    this.#watchers.delete(watcher);
  }

  notify(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  #keep(message: T): void {
    this.#messages.push(message);
    while (this.#messages.length > this.maxSize && (!this.blocking || this.maxSize === 0)) {
      this.#messages.shift();
      this.dropped++;
    }
  }

  #refuse(waiting: Fifo<{ reject(error: Error): void }>): void {
    for (const { reject } of waiting.drain()) reject(this.#exception());
  }
}

/** Resolves at the next change of any of them, which then all forget that somebody waited. */
export function changeOf(channels: readonly Pick<Channel<unknown>, "watch" | "unwatch">[]): Promise<void> {
  return new Promise((resolve) => {
    const watcher = () => {
      for (const channel of channels) channel.unwatch(watcher);
      resolve();
    };
    for (const channel of channels) channel.watch(watcher);
  });
}

/** A rejection that nobody waits for only says that the queue has ended: no reason for the process to die. */
export function quiet<R>(promise: Promise<R>): Promise<R> {
  promise.catch(() => {});
  return promise;
}
