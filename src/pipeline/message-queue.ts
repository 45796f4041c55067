import { expected } from "../errors.ts";
import { Callbacks } from "./callbacks.ts";
import { Channel, changeOf, quiet } from "./channel.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Buffer } from "./messages/buffer.ts";
import { QueueException } from "./queue-exception.ts";

export type QueueOptions = {
  /** Messages that wait at most; 0 keeps none: callbacks see each, and whoever waits for one already gets it. */
  readonly maxSize?: number;
  /** Full: does `send` wait (true), or is the oldest message dropped (false)? */
  readonly blocking?: boolean;
  /** What errors call it; a function where the name is not known yet. */
  readonly name?: string | (() => string);
  /** What timeouts are measured by; the machine's clock. */
  readonly clock?: () => Clock;
  /** What to do with an error of a callback; where this is left out, it closes the queue and is the cause. */
  readonly onError?: (error: unknown) => void;
};

/**
 * Messages from one side to another, as DepthAI's class of this name, with promises where Python blocks.
 *
 * Receivers are served in the order in which they asked, senders in the order in which they came. `close` ends it at
 * once; `end` (our own) lets what waits be read first. Afterwards every call throws QueueException; a promise that is
 * rejected with one need not have been waited for.
 */
export class MessageQueue<T extends Buffer = Buffer> implements AsyncIterable<T> {
  static readonly QueueException = QueueException;
  readonly #name: () => string;
  readonly #clock: () => Clock;
  readonly #channel: Channel<T>;
  readonly #callbacks: Callbacks<T>;
  #cause: Error | undefined;

  /** @throws {ArcfaceError} INVALID_ARGUMENT where maxSize is no whole number from 0. */
  constructor({ maxSize = 16, blocking = true, name = "queue", clock, onError }: QueueOptions = {}) {
    this.#name = typeof name === "string" ? () => name : name;
    this.#clock = clock ?? (() => systemClock);
    this.#callbacks = new Callbacks(onError ?? ((error) => this.close(asError(error))));
    const arrived = (message: T) => this.#callbacks.call(message, this.#name);
    this.#channel = new Channel(this.#checkSize(maxSize), blocking, () => this.#exception(), { arrived });
  }

  getName(): string {
    return this.#name();
  }

  /** Messages that came in, dropped ones included. */
  get received(): number {
    return this.#channel.received;
  }

  /** Messages that were dropped because the queue was full. */
  get dropped(): number {
    return this.#channel.dropped;
  }

  /**
   * Resolves when the queue has taken the message, and callbacks that gave promises have seen it.
   *
   * @throws {ArcfaceError} QueueException where it is closed, or closes meanwhile.
   */
  send(message: T): Promise<void> {
    if (this.#channel.state !== "open") return quiet(Promise.reject(this.#exception()));
    return this.offer(message) ?? Promise.resolve();
  }

  /** As send; `null` where there is nothing to wait for. @throws {ArcfaceError} QueueException where it is closed. */
  offer(message: T): Promise<void> | null {
    this.#checkOpen();
    return this.#channel.hasRoom() ? this.#channel.accept(message) : this.#channel.waitToSend(message);
  }

  /** @returns false where it is full and blocks; the message was not taken. @throws {ArcfaceError} as send. */
  trySend(message: T): boolean {
    this.#checkOpen();
    const hasRoom = this.#channel.hasRoom();
    if (hasRoom) this.#channel.accept(message);
    return hasRoom;
  }

  /**
   * The next message; with `timeoutMs`, `null` where none comes in this time.
   *
   * @throws {ArcfaceError} QueueException where it is closed, or closes meanwhile.
   */
  get(): Promise<T>;
  get(timeoutMs: number): Promise<T | null>;
  get(timeoutMs = Infinity): Promise<T | null> {
    const message = this.#channel.take();
    if (message !== undefined) return Promise.resolve(message);
    if (this.#channel.state !== "open") return quiet(Promise.reject(this.#exception()));
    return timeoutMs <= 0 ? Promise.resolve(null) : this.#channel.waitToTake(timeoutMs, this.#clock());
  }

  /** The next message, or `null` where none waits. @throws {ArcfaceError} QueueException where it is closed. */
  tryGet(): T | null {
    const message = this.#channel.take();
    if (message === undefined) this.#checkOpen();
    return message ?? null;
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
    return this.#channel.size > 0;
  }

  /** The next message, left in the queue; `null` where none waits. */
  front(): T | null {
    return this.#channel.peek() ?? null;
  }

  /** Resolves when a message waits or none will come any more; takes nothing. */
  whenReady(): Promise<void> {
    return MessageQueue.waitAny([this]);
  }

  /** Resolves when a message waits in one of the queues, or one of them will have no more; takes nothing. */
  static async waitAny(queues: readonly MessageQueue[]): Promise<void> {
    const channels = queues.map((queue) => queue.#channel);
    const isReady = (channel: Channel<Buffer>) => channel.size > 0 || channel.state !== "open";
    while (channels.length > 0 && !channels.some(isReady)) await changeOf(channels);
  }

  /** Resolves when it is closed. */
  async whenClosed(): Promise<void> {
    while (!this.isClosed()) await changeOf([this.#channel]);
  }

  getSize(): number {
    return this.#channel.size;
  }

  isFull(): boolean {
    return this.#channel.size >= this.#channel.maxSize;
  }

  getMaxSize(): number {
    return this.#channel.maxSize;
  }

  /** A smaller size drops the oldest at the next `send`. @throws {ArcfaceError} INVALID_ARGUMENT as the constructor. */
  setMaxSize(maxSize: number): void {
    this.#channel.maxSize = this.#checkSize(maxSize);
    this.#channel.admit();
  }

  getBlocking(): boolean {
    return this.#channel.blocking;
  }

  setBlocking(blocking: boolean): void {
    this.#channel.blocking = blocking;
    this.#channel.admit();
  }

  /**
   * Called with every message that comes in; the message stays in the queue. Where it gives a promise, `send` waits for
   * it. An error in it ends the pipeline that the queue belongs to.
   *
   * @returns what removeCallback takes.
   */
  addCallback(callback: (message: T, queue: string) => unknown): number {
    return this.#callbacks.add(callback);
  }

  /** @returns false where there was none of that number. */
  removeCallback(id: number): boolean {
    return this.#callbacks.remove(id);
  }

  /** Nothing comes in any more, and what waited is read or gone. */
  isClosed(): boolean {
    return this.#channel.state === "closed" || (this.#channel.state === "ended" && !this.has());
  }

  /** Does it take messages still? */
  isOpen(): boolean {
    return this.#channel.state === "open";
  }

  /** Take no more; what waits can still be read. */
  end(): void {
    if (this.isOpen()) this.#channel.end();
  }

  /** Take no more and forget what waits; who waits is told, with the error that was the cause, if one was. */
  close(cause?: Error): void {
    if (this.#channel.state === "closed") return;
    this.#cause = cause;
    this.#channel.close();
    this.#callbacks.clear();
  }

  /** Every message until the queue is closed, for whichever reason: `pipeline.wait` tells of errors. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    try {
      while (true) yield await this.get();
    } catch (error) {
      if (!(error instanceof QueueException)) throw error;
    }
  }

  #exception(): QueueException {
    return new QueueException(this.#name(), this.#cause);
  }

  #checkOpen(): void {
    if (!this.isOpen()) throw this.#exception();
  }

  #checkSize(maxSize: number): number {
    if (Number.isInteger(maxSize) && maxSize >= 0) return maxSize;
    throw expected(this.#name(), "a size of 0 or more messages", `${maxSize}`);
  }

  #takeAll(): T[] {
    const all: T[] = [];
    for (let message = this.#channel.take(); message !== undefined; message = this.#channel.take()) all.push(message);
    return all;
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
