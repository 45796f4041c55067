import { expected } from "../errors.ts";
import type { Input } from "./input.ts";
import { MessageQueue } from "./message-queue.ts";
import type { Buffer, MessageType } from "./messages/buffer.ts";
import type { NodeName } from "./node-home.ts";

export type OutputOptions<T extends Buffer = Buffer> = {
  readonly name?: string;
  readonly group?: string;
  /** What may go out; anything where it is left out. */
  readonly types?: readonly MessageType<T>[];
};

/** Where messages leave a node, for every input and queue that is linked to it. */
export class Output<T extends Buffer = Buffer> {
  readonly name: string;
  readonly group: string;
  readonly types: readonly MessageType<T>[];
  readonly #node: NodeName;
  readonly #inputs = new Set<Input<T>>();
  readonly #queues = new Set<MessageQueue<T>>();
  #sent = 0;
  #ended = false;

  constructor(node: NodeName, { name = "out", group = "", types = [] }: OutputOptions<T> = {}) {
    this.name = name;
    this.group = group;
    this.types = types;
    this.#node = node;
  }

  /** `NeuralNetwork 3.out`: the node and the output. */
  getName(): string {
    const group = this.group === "" ? "" : `${this.group}[`;
    return `${this.#node.getName()} ${this.#node.id}.${group}${this.name}${group === "" ? "" : "]"}`;
  }

  getParent(): NodeName {
    return this.#node;
  }

  /** Messages sent so far. */
  get sent(): number {
    return this.#sent;
  }

  /** Could a message that leaves here be one that the input takes? */
  canConnect(input: Input): boolean {
    if (this.types.length === 0 || input.types.length === 0) return true;
    const isKindOf = (a: MessageType, b: MessageType): boolean => a === b || a.prototype instanceof b;
    return this.types.some((from) => input.types.some((to) => isKindOf(from, to) || isKindOf(to, from)));
  }

  /** @throws {ArcfaceError} INVALID_ARGUMENT where the input takes other messages, or is linked already. */
  link(input: Input<T> | Input): this {
    const to = input as Input<T>;
    if (!this.canConnect(input as Input)) {
      const names = (types: readonly MessageType[]) => types.map((type) => type.name).join(" or ");
      throw expected(`link: ${input.getName()}`, names(input.types), `${names(this.types)} from ${this.getName()}`);
    }
    if (this.#inputs.has(to)) {
      throw expected(`link: ${input.getName()}`, "an input to be linked once", `${this.getName()} twice`);
    }
    this.#inputs.add(to);
    to.addWriter();
    return this;
  }

  /** @throws {ArcfaceError} INVALID_ARGUMENT where the two are not linked. */
  unlink(input: Input<T> | Input): this {
    const to = input as Input<T>;
    if (!this.#inputs.delete(to)) {
      throw expected(`unlink: ${this.getName()}`, `a link to ${input.getName()}`, "none");
    }
    to.removeWriter();
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
    const queue = new MessageQueue<T>({ maxSize, blocking, name: `${this.getName()} queue` });
    this.#queues.add(queue);
    if (this.#ended) queue.end();
    return queue;
  }

  /**
   * To everything that is linked; resolves when all have taken it. A queue that the program has closed is passed over.
   *
   * @throws {ArcfaceError} QueueException where the pipeline has stopped.
   */
  async send(message: T): Promise<void> {
    this.#sent++;
    const waits: Promise<void>[] = [];
    for (const input of this.#inputs) waits.push(input.send(message));
    for (const queue of this.#queues) {
      if (queue.isClosed()) this.#queues.delete(queue);
      else waits.push(queue.send(message));
    }
    if (waits.length === 1) await waits[0];
    else await Promise.all(waits);
  }

  /** @returns false where something that is linked is full and blocks: it goes without, the others have it. */
  trySend(message: T): boolean {
    this.#sent++;
    let all = true;
    for (const taker of [...this.#inputs, ...this.#queues]) all = taker.trySend(message) && all;
    return all;
  }

  /** The node has ended: whoever reads may read what waits, and then learns that no more will come. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const input of this.#inputs) input.removeWriter();
    for (const queue of this.#queues) queue.end();
  }
}
