import { ArcfaceError, expected } from "../errors.ts";
import { quiet } from "./channel.ts";
import type { Input } from "./input.ts";
import { MessageQueue } from "./message-queue.ts";
import type { Buffer, MessageType } from "./messages/buffer.ts";
import type { NodeHome, NodeName, NodePlace } from "./node-home.ts";
import { portName } from "./port-name.ts";
import { QueueException } from "./queue-exception.ts";
import { Recent } from "./recent.ts";

export type OutputOptions<T extends Buffer = Buffer> = {
  readonly name?: string;
  readonly group?: string;
  /** What may go out; anything where it is left out. */
  readonly types?: readonly MessageType<T>[];
};

/** Sees what is sent before anybody else does; the sender waits for it. */
export interface Tap<T extends Buffer = Buffer> {
  see(message: T): Promise<void> | null;
  /** Nothing more will be sent. */
  end(): void;
}

/** Where messages leave a node, for every input and queue that is linked to it. */
export class Output<T extends Buffer = Buffer> {
  readonly name: string;
  readonly group: string;
  readonly types: readonly MessageType<T>[];
  readonly #node: NodePlace;
  readonly #inputs = new Set<Input<T>>();
  readonly #queues = new Set<MessageQueue<T>>();
  readonly #sentAt = new Recent();
  #sent = 0;
  #ended = false;
  #tap: Tap<T> | null = null;

  constructor(node: NodePlace, { name = "out", group = "", types = [] }: OutputOptions<T> = {}) {
    this.name = name;
    this.group = group;
    this.types = types;
    this.#node = node;
  }

  /** `NeuralNetwork 3.out`: the node and the output. */
  getName(): string {
    return portName(this.#node, this.group, this.name);
  }

  getParent(): NodeName {
    return this.#node;
  }

  /** Messages sent so far. */
  get sent(): number {
    return this.#sent;
  }

  /** Messages a second: of the newest 128, until now. @param now by performance.now(). */
  rate(now: number): number {
    return this.#sentAt.rate(now);
  }

  /** Could a message that leaves here be one that the input takes? */
  canConnect(input: Input): boolean {
    if (this.types.length === 0 || input.types.length === 0) return true;
    const isKindOf = (a: MessageType, b: MessageType): boolean => a === b || a.prototype instanceof b;
    return this.types.some((from) => input.types.some((to) => isKindOf(from, to) || isKindOf(to, from)));
  }

  /** @throws {ArcfaceError} INVALID_ARGUMENT where the input takes other messages or is linked already; CLOSED where it ended. */
  link(input: Input<T> | Input): this {
    const to = input as Input<T>;
    if (!this.canConnect(input as Input)) {
      const names = (types: readonly MessageType[]) => types.map((type) => type.name).join(" or ");
      throw expected(`link: ${input.getName()}`, names(input.types), `${names(this.types)} from ${this.getName()}`);
    }
    if (this.#inputs.has(to)) {
      throw expected(`link: ${input.getName()}`, "an input to be linked once", `${this.getName()} twice`);
    }
    if (!to.queue.isOpen()) {
      throw new ArcfaceError(
        "CLOSED",
        `link: expected an input that takes messages, got ${to.getName()}, which has ended`,
      );
    }
    this.#inputs.add(to);
    to.addWriter();
    if (this.#ended) to.endWriter();
    return this;
  }

  /** The input stays open, for another link. @throws {ArcfaceError} INVALID_ARGUMENT where the two are not linked. */
  unlink(input: Input<T> | Input): this {
    const to = input as Input<T>;
    if (!this.#inputs.delete(to)) {
      throw expected(`unlink: ${this.getName()}`, `a link to ${input.getName()}`, "none");
    }
    if (!this.#ended) to.removeWriter();
    return this;
  }

  getConnections(): readonly Input<T>[] {
    return [...this.#inputs];
  }

  /** The queues that the program reads itself. */
  getQueues(): readonly MessageQueue<T>[] {
    return [...this.#queues];
  }

  /** A queue for the program itself to read. Full, it drops the oldest, or makes the node wait (`blocking`). */
  createOutputQueue(maxSize = 16, blocking = false): MessageQueue<T> {
    const onError = (error: unknown) => this.#node.getHome()?.fail(this.#node, error);
    const queue = new MessageQueue<T>({ maxSize, blocking, name: () => `${this.getName()} queue`, onError });
    this.#queues.add(queue);
    if (this.#ended) queue.end();
    return queue;
  }

  /** For a recording: one at a time. */
  setTap(tap: Tap<T>): void {
    this.#tap = tap;
  }

  /**
   * To everything that is linked; resolves when all have taken it. Nodes that have ended and queues that the program has
   * closed are passed over.
   *
   * @throws {ArcfaceError} QueueException where the pipeline has stopped, or does meanwhile.
   */
  send(message: T): Promise<void> {
    return quiet(this.#send(message));
  }

  /**
   * @returns false where something that is linked is full and blocks: it goes without, the others have it.
   * @throws {ArcfaceError} QueueException where the pipeline has stopped.
   */
  trySend(message: T): boolean {
    const home = this.#begin(message);
    void this.#tap?.see(message);
    let all = true;
    for (const taker of this.#takers()) all = taker.trySend(message) && all;
    this.#check(home);
    return all;
  }

  /** The node has ended: whoever reads may read what waits, and then learns that no more will come. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#tap?.end();
    for (const input of this.#inputs) input.endWriter();
    for (const queue of this.#queues) queue.end();
  }

  async #send(message: T): Promise<void> {
    const home = this.#begin(message);
    const seen = this.#tap?.see(message);
    if (seen) await seen;
    // Everybody is offered the message at once; then the slowest is waited for.
    const inputs = this.#offer(message, this.#inputs);
    const queues = this.#offer(message, this.#queues);
    if (inputs.length > 0 || queues.length > 0) await this.#whileBlocked(home, inputs, queues);
    const breath = home?.activity.breathe();
    if (breath) await breath;
    this.#check(home);
  }

  /** One of them may close meanwhile: that is only an error where the pipeline has stopped. */
  async #whileBlocked(home: NodeHome | null, inputs: Promise<void>[], queues: Promise<void>[]): Promise<void> {
    const { tracer } = this.#node;
    tracer.beginBlocked();
    try {
      const taken = Promise.allSettled(inputs);
      if (inputs.length > 0) await (home ? home.activity.whileSending(this.#node, taken) : taken);
      // How long the program takes to read is no time of the pipeline's.
      await Promise.allSettled(queues);
    } finally {
      tracer.endBlocked();
    }
  }

  #begin(message: T): NodeHome | null {
    const home = this.#node.getHome();
    this.#check(home);
    for (const queue of this.#queues) if (queue.isClosed()) this.#queues.delete(queue);
    this.#sent++;
    this.#sentAt.push(performance.now());
    if (home) this.#node.tracer.sends(message, home.clock.now());
    return home;
  }

  #check(home: NodeHome | null): void {
    if (!home?.signal.aborted) return;
    const { reason } = home.signal;
    throw new QueueException(this.getName(), reason instanceof ArcfaceError ? reason : undefined);
  }

  #offer(message: T, takers: ReadonlySet<Input<T> | MessageQueue<T>>): Promise<void>[] {
    const waits: Promise<void>[] = [];
    for (const taker of this.#open(takers)) {
      const wait = taker.offer(message);
      if (wait) waits.push(wait);
    }
    return waits;
  }

  *#takers(): Generator<Input<T> | MessageQueue<T>> {
    yield* this.#open(this.#inputs);
    yield* this.#open(this.#queues);
  }

  *#open(takers: ReadonlySet<Input<T> | MessageQueue<T>>): Generator<Input<T> | MessageQueue<T>> {
    for (const taker of takers) if (taker.isOpen()) yield taker;
  }
}
