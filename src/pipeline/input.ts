import { expected } from "../errors.ts";
import { quiet } from "./channel.ts";
import { MessageQueue } from "./message-queue.ts";
import type { Buffer, MessageType } from "./messages/buffer.ts";
import type { NodeHome, NodeName, NodePlace } from "./node-home.ts";
import { portName } from "./port-name.ts";

export type InputOptions<T extends Buffer = Buffer> = {
  readonly name?: string;
  readonly group?: string;
  /** Full: do senders wait (true), or is the oldest message dropped (false)? */
  readonly blocking?: boolean;
  readonly queueSize?: number;
  /** What may come in; anything where it is left out. */
  readonly types?: readonly MessageType<T>[];
  /** Does the node wait for a message here before each step? What nodes make of it is theirs. */
  readonly waitForMessage?: boolean;
};

/** Where messages come into a node: a queue, and what is linked to it. */
export class Input<T extends Buffer = Buffer> {
  readonly name: string;
  readonly group: string;
  readonly types: readonly MessageType<T>[];
  readonly #node: NodePlace;
  readonly #queue: MessageQueue<T>;
  #waitForMessage: boolean;
  #reusePreviousMessage = false;
  #previous: T | null = null;
  #writers = 0;

  constructor(
    node: NodePlace,
    {
      name = "in",
      group = "",
      blocking = true,
      queueSize = 3,
      types = [],
      waitForMessage = false,
    }: InputOptions<T> = {},
  ) {
    this.name = name;
    this.group = group;
    this.types = types;
    this.#node = node;
    this.#waitForMessage = waitForMessage;
    this.#queue = new MessageQueue<T>({
      maxSize: queueSize,
      blocking,
      name: () => this.getName(),
      clock: () => this.#home().clock,
      onError: (error) => this.#home().fail(node, error),
    });
  }

  /** `NeuralNetwork 3.input`: the node and the input. */
  getName(): string {
    return portName(this.#node, this.group, this.name);
  }

  getParent(): NodeName {
    return this.#node;
  }

  /** The queue behind it: sizes, counts, and whether something waits. */
  get queue(): MessageQueue<T> {
    return this.#queue;
  }

  setBlocking(blocking: boolean): this {
    this.#queue.setBlocking(blocking);
    return this;
  }

  getBlocking(): boolean {
    return this.#queue.getBlocking();
  }

  setMaxSize(maxSize: number): this {
    this.#queue.setMaxSize(maxSize);
    return this;
  }

  getMaxSize(): number {
    return this.#queue.getMaxSize();
  }

  setWaitForMessage(waitForMessage: boolean): this {
    this.#waitForMessage = waitForMessage;
    return this;
  }

  getWaitForMessage(): boolean {
    return this.#waitForMessage;
  }

  /** Where nothing new waits, `tryGet` answers with the message before. */
  setReusePreviousMessage(reuse: boolean): this {
    this.#reusePreviousMessage = reuse;
    return this;
  }

  getReusePreviousMessage(): boolean {
    return this.#reusePreviousMessage;
  }

  /**
   * The next message; `null` where none comes within `timeoutMs`.
   *
   * @throws {ArcfaceError} QueueException where none will come: the pipeline stopped, or all that is linked has ended.
   */
  get(): Promise<T>;
  get(timeoutMs: number): Promise<T | null>;
  get(timeoutMs = Infinity): Promise<T | null> {
    return quiet(this.#get(timeoutMs));
  }

  /** The next message, or `null` where none waits. @throws {ArcfaceError} as get. */
  tryGet(): T | null {
    if (this.#reusePreviousMessage && !this.#queue.has() && !this.#home().signal.aborted) return this.#previous;
    const message = this.#queue.tryGet();
    if (message !== null) this.#took(message);
    return message;
  }

  /** Does it take messages still? */
  isOpen(): boolean {
    return this.#queue.isOpen();
  }

  has(): boolean {
    return this.#queue.has();
  }

  /** Called by what is linked to it. */
  send(message: T): Promise<void> {
    return this.#queue.send(message);
  }

  /** @returns false where it is full and blocks. */
  trySend(message: T): boolean {
    return this.#queue.trySend(message);
  }

  /** As send; `null` where there is nothing to wait for. */
  offer(message: T): Promise<void> | null {
    return this.#queue.offer(message);
  }

  /** Something may write here from now on. */
  addWriter(): void {
    this.#writers++;
  }

  /** It is not linked any more; another thing may be. */
  removeWriter(): void {
    this.#writers--;
  }

  /** It has written its last. Without another that writes, what waits can be read, and then the input is closed. */
  endWriter(): void {
    if (--this.#writers === 0) this.#queue.end();
  }

  /** Is anything linked to it? */
  isConnected(): boolean {
    return this.#writers > 0;
  }

  /**
   * A queue that the program itself writes into: `end` it to tell the node that no more will come. `close` forgets what
   * waits in it.
   */
  createInputQueue(maxSize = 16, blocking = false): MessageQueue<T> {
    return this.#home().createInputQueue(this, maxSize, blocking);
  }

  async #get(timeoutMs: number): Promise<T | null> {
    const { tracer } = this.#node;
    const next = this.#queue.get(timeoutMs);
    tracer.beginGet();
    try {
      const message = await this.#home().activity.whileWaiting(next);
      if (message !== null) this.#took(message);
      return message;
    } finally {
      tracer.endGet();
    }
  }

  #took(message: T): void {
    this.#previous = message;
    this.#node.tracer.took(message);
  }

  #home(): NodeHome {
    const home = this.#node.getHome();
    if (home) return home;
    throw expected(
      this.getName(),
      "an input of a node in a pipeline",
      "one of a node in none",
      "pipeline.create(Class)",
    );
  }
}
