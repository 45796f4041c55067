import { expected } from "../errors.ts";
import { Fifo } from "./fifo.ts";
import type { Buffer } from "./messages/buffer.ts";
import { QueueException } from "./queue-exception.ts";

export type QueueOptions = {
  /** Messages that wait at most; 0 hands each over from sender to receiver. */
  readonly maxSize?: number;
  /** Full: does `send` wait (true), or is the oldest message dropped (false)? */
  readonly blocking?: boolean;
  /** What errors call it. */
  readonly name?: string;
};

type Getter<T> = { resolve(message: T): void; reject(error: QueueException): void };
type Sender<T> = { readonly message: T; resolve(): void; reject(error: QueueException): void };
type Callback<T> = (message: T, queue: string) => void;

/**
 * Messages from one side to another, as DepthAI's class of this name, with promises where Python blocks.
 *
 * Receivers are served in the order in which they asked, senders in the order in which they came. `close` ends it at
 * once; `end` (our own) lets what waits be read first. Afterwards every call throws QueueException.
 */
export class MessageQueue<T extends Buffer = Buffer> implements AsyncIterable<T> {
  static readonly QueueException = QueueException;
  readonly #name: string;
  #maxSize: number;
  #blocking: boolean;
  readonly #messages = new Fifo<T>();
  readonly #getters = new Fifo<Getter<T>>();
  readonly #senders = new Fifo<Sender<T>>();
  readonly #watchers = new Set<() => void>();
  readonly #callbacks = new Map<number, Callback<T>>();
  #nextCallback = 0;
  #state: "open" | "ended" | "closed" = "open";
  #cause: Error | undefined;
  #received = 0;
  #dropped = 0;

  /** @throws {ArcfaceError} INVALID_ARGUMENT where maxSize is no whole number from 0. */
  constructor({ maxSize = 16, blocking = true, name = "queue" }: QueueOptions = {}) {
    this.#name = name;
    this.#blocking = blocking;
    this.#maxSize = checkSize(name, maxSize);
  }

  getName(): string {
    return this.#name;
  }

  /** Messages that came in, dropped ones included. */
  get received(): number {
    return this.#received;
  }

  /** Messages that were dropped because the queue was full. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Resolves when the queue has taken the message: at once where it does not block.
   *
   * @throws {ArcfaceError} QueueException where it is closed, or closes meanwhile.
   */
  send(message: T): Promise<void> {
    if (this.#state !== "open") return Promise.reject(new QueueException(this.#name, this.#cause));
    if (this.#accept(message)) return Promise.resolve();
    return new Promise((resolve, reject) => this.#senders.push({ message, resolve, reject }));
  }

  /** @returns false where it is full and blocks; the message was not taken. @throws {ArcfaceError} as send. */
  trySend(message: T): boolean {
    this.#checkOpen();
    return this.#accept(message);
  }

  /**
   * The next message.
   *
   * @param timeoutMs `null` is the answer where none comes in this time.
   * @throws {ArcfaceError} QueueException where it is closed, or closes meanwhile.
   */
  get(): Promise<T>;
  get(timeoutMs: number): Promise<T | null>;
  get(timeoutMs?: number): Promise<T | null> {
    const message = this.#take();
    if (message !== undefined) return Promise.resolve(message);
    if (this.#state !== "open") return Promise.reject(new QueueException(this.#name, this.#cause));
    return new Promise((resolve, reject) => {
      const getter: Getter<T> = { resolve, reject };
      this.#getters.push(getter);
      if (timeoutMs === undefined) return;
      const timer = setTimeout(() => {
        this.#getters.delete(getter);
        resolve(null);
      }, timeoutMs);
      getter.resolve = (message) => {
        clearTimeout(timer);
        resolve(message);
      };
      getter.reject = (error) => {
        clearTimeout(timer);
        reject(error);
      };
    });
  }

  /** The next message, or `null` where none waits. @throws {ArcfaceError} QueueException where it is closed. */
  tryGet(): T | null {
    const message = this.#take();
    if (message !== undefined) return message;
    this.#checkOpen();
    return null;
  }

  /** Everything that waits, once there is something. @throws {ArcfaceError} as get. */
  async getAll(): Promise<T[]> {
    const first = await this.get();
    return [first, ...this.#takeAll()];
  }

  /** Everything that waits, which may be nothing. @throws {ArcfaceError} QueueException where it is closed. */
  tryGetAll(): T[] {
    const all = this.#takeAll();
    if (all.length === 0) this.#checkOpen();
    return all;
  }

  /** Does a message wait? */
  has(): boolean {
    return this.#messages.length > 0 || this.#senders.length > 0;
  }

  /** The next message, left in the queue; `null` where none waits. */
  front(): T | null {
    return this.#messages.peek() ?? this.#senders.peek()?.message ?? null;
  }

  /** Resolves when a message waits or none will come any more; takes nothing. */
  whenReady(): Promise<void> {
    if (this.has() || this.#state !== "open") return Promise.resolve();
    return new Promise((resolve) => this.#watchers.add(resolve));
  }

  /** Resolves when it is closed. */
  async whenClosed(): Promise<void> {
    while (!this.isClosed()) await new Promise<void>((resolve) => this.#watchers.add(resolve));
  }

  getSize(): number {
    return this.#messages.length;
  }

  isFull(): boolean {
    return this.#messages.length >= this.#maxSize;
  }

  getMaxSize(): number {
    return this.#maxSize;
  }

  /** A smaller size drops the oldest at the next `send`. @throws {ArcfaceError} INVALID_ARGUMENT as the constructor. */
  setMaxSize(maxSize: number): void {
    this.#maxSize = checkSize(this.#name, maxSize);
    this.#admit();
  }

  getBlocking(): boolean {
    return this.#blocking;
  }

  setBlocking(blocking: boolean): void {
    this.#blocking = blocking;
    this.#admit();
  }

  /** Called with every message that comes in; the message stays in the queue. @returns what removeCallback takes. */
  addCallback(callback: Callback<T>): number {
    this.#callbacks.set(this.#nextCallback, callback);
    return this.#nextCallback++;
  }

  /** @returns false where there was none of that number. */
  removeCallback(id: number): boolean {
    return this.#callbacks.delete(id);
  }

  /** Nothing comes in any more, and what waited is read or gone. */
  isClosed(): boolean {
    return this.#state === "closed" || (this.#state === "ended" && !this.has());
  }

  /** Take no more; what waits can still be read. */
  end(): void {
    if (this.#state !== "open") return;
    this.#state = "ended";
    this.#refuse(this.#getters);
    this.#notify();
  }

  /** Take no more and forget what waits; who waits is told, with the error that was the cause, if one was. */
  close(cause?: Error): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#cause = cause;
    this.#messages.clear();
    this.#refuse(this.#getters);
    this.#refuse(this.#senders);
    this.#callbacks.clear();
    this.#notify();
  }

  /** Every message until the queue is closed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    try {
      while (true) yield await this.get();
    } catch (error) {
      if (!(error instanceof QueueException)) throw error;
    }
  }

  #checkOpen(): void {
    if (this.#state !== "open") throw new QueueException(this.#name, this.#cause);
  }

  /** Hand over, keep, or drop the oldest for it; false where it would have to wait. */
  #accept(message: T): boolean {
    const getter = this.#getters.shift();
    if (getter === undefined && this.#blocking && this.#messages.length >= this.#maxSize) return false;
    if (getter) getter.resolve(message);
    else this.#keep(message);
    this.#arrived(message);
    return true;
  }

  #arrived(message: T): void {
    this.#received++;
    for (const callback of [...this.#callbacks.values()]) callback(message, this.#name);
    this.#notify();
  }

  #keep(message: T): void {
    this.#messages.push(message);
    while (!this.#blocking && this.#messages.length > this.#maxSize) {
      this.#messages.shift();
      this.#dropped++;
    }
  }

  #take(): T | undefined {
    const message = this.#messages.shift();
    if (message !== undefined) {
      this.#admit();
      if (this.isClosed()) this.#notify();
      return message;
    }
    const sender = this.#senders.shift();
    if (!sender) return undefined;
    sender.resolve();
    this.#arrived(sender.message);
    return sender.message;
  }

  #takeAll(): T[] {
    const all: T[] = [];
    for (let message = this.#take(); message !== undefined; message = this.#take()) all.push(message);
    return all;
  }

  /** There may be room for those who wait to send. */
  #admit(): void {
    while (this.#senders.length > 0 && (!this.#blocking || this.#messages.length < this.#maxSize)) {
      const sender = this.#senders.shift()!;
      this.#accept(sender.message);
      sender.resolve();
    }
  }

  #refuse(waiting: Fifo<{ reject(error: QueueException): void }>): void {
    for (const { reject } of waiting.drain()) reject(new QueueException(this.#name, this.#cause));
  }

  #notify(): void {
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const watcher of watchers) watcher();
  }
}

function checkSize(name: string, maxSize: number): number {
  if (Number.isInteger(maxSize) && maxSize >= 0) return maxSize;
  throw expected(name, "a size of 0 or more messages", `${maxSize}`);
}
