import { ArcfaceError, expected } from "../errors.ts";
import { Activity } from "./activity.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Device } from "./device.ts";
import { InputQueue } from "./input-queue.ts";
import type { MessageQueue } from "./message-queue.ts";
import type { Buffer } from "./messages/buffer.ts";
import type { Node } from "./node.ts";
import type { NodeHome, Writable } from "./node-home.ts";
import { type NodeState, stateOf } from "./pipeline-state.ts";
import { TaskQueue } from "./task-queue.ts";

export type PipelineOptions = {
  /** Whose time messages are stamped with. Default: the machine's. */
  readonly clock?: Clock;
};

/** How long `run` waits for tasks before it looks whether the pipeline has ended. */
const RUN_POLL_SECONDS = 0.1;

/**
 * Nodes and how they are linked, as DepthAI's class of this name, with promises where Python blocks:
 *
 *     await using pipeline = new Pipeline();
 *     const camera = pipeline.create(Camera).build();
 *     const nn = await pipeline.create(ParsingNeuralNetwork).build(camera, "luxonis/arcface:lfw-112x112");
 *     const queue = nn.out.createOutputQueue();
 *     await pipeline.start();
 *     while (pipeline.isRunning()) console.log((await queue.get()).getTensor("output"));
 *
 * It ends by `stop`, by an error in a node, or by itself: when the sources have ended, every message has gone its way,
 * and queues that block are read. Then queues are closed, and whoever waits for one gets QueueException.
 */
export class Pipeline implements NodeHome, AsyncDisposable {
  readonly clock: Clock;
  readonly activity: Activity = new Activity();
  readonly #device: Device | null;
  readonly #nodes: Node[] = [];
  readonly #controller = new AbortController();
  readonly #tasks = new TaskQueue();
  #nextId = 0;
  #state: "made" | "built" | "running" | "ended" = "made";
  #whenEnded: Promise<void> = Promise.resolve();
  #failure: ArcfaceError | null = null;
  #failureTold = false;

  /** @param device what its networks and cameras are of; only nodes that have any need one. */
  constructor(device: Device | null = null, { clock = systemClock }: PipelineOptions = {}) {
    this.#device = device;
    this.clock = clock;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** A node of that class. @throws {ArcfaceError} INVALID_ARGUMENT where the pipeline has started. */
  create<N extends object, Args extends readonly unknown[]>(type: new (...args: Args) => N, ...args: Args): N {
    const node = new type(...args);
    this.add(node as unknown as Node);
    return node;
  }

  /** @throws {ArcfaceError} INVALID_ARGUMENT where the pipeline has started; CONFLICT where it is another's. */
  add<N extends Node>(node: N): N {
    this.#checkNotStarted("add");
    node.attach(this, this.#nextId++);
    this.#nodes.push(node);
    return node;
  }

  /** Take a node out, with its subnodes and all links to them. @throws {ArcfaceError} INVALID_ARGUMENT; NOT_FOUND */
  remove(node: Node): void {
    this.#checkNotStarted("remove");
    const at = this.#nodes.indexOf(node);
    if (at === -1) throw new ArcfaceError("NOT_FOUND", `remove: ${node.getName()} is no node of this pipeline`);
    this.#nodes.splice(at, 1);
    for (const subnode of node.getSubnodes()) this.remove(subnode);
    const inputs = new Set(node.getInputs());
    for (const output of this.#nodes.flatMap((other) => other.getOutputs())) {
      for (const input of output.getConnections()) if (inputs.has(input)) output.unlink(input);
    }
    for (const output of node.getOutputs()) for (const input of output.getConnections()) output.unlink(input);
  }

  /** In the order in which they came, subnodes included. */
  getAllNodes(): readonly Node[] {
    return [...this.#nodes];
  }

  /** `null` where it has none of that number. */
  getNode(id: number): Node | null {
    return this.#nodes.find((node) => node.id === id) ?? null;
  }

  /** @throws {ArcfaceError} INVALID_ARGUMENT where it was made without one. */
  getDefaultDevice(): Device {
    if (this.#device) return this.#device;
    throw expected(
      "pipeline",
      "a device",
      "none",
      "new Pipeline(device) takes one; createDevice() makes this machine's",
    );
  }

  /** What has gone through each node, and what waits before it. */
  getPipelineState(): NodeState[] {
    return this.#nodes.map(stateOf);
  }

  createInputQueue<T extends Buffer>(input: Writable<T>, maxSize: number, blocking: boolean): MessageQueue<T> {
    this.#checkNotStarted("createInputQueue");
    return this.add(new InputQueue<T>(input, maxSize, blocking)).queue;
  }

  /** Check what is linked. @throws {ArcfaceError} INVALID_ARGUMENT where a node lacks what it needs. */
  build(): this {
    if (this.#state !== "made") return this;
    for (const node of this.#nodes) node.checkBuilt();
    this.#state = "built";
    return this;
  }

  isBuilt(): boolean {
    return this.#state !== "made";
  }

  /**
   * Build, if that was not done, and set the nodes going. Resolves when all have begun.
   *
   * @throws {ArcfaceError} INVALID_ARGUMENT where it has started before or cannot be built; what a node's onStart throws.
   */
  async start(): Promise<void> {
    this.#checkNotStarted("start");
    this.build();
    for (const node of this.#nodes) node.checkBuilt();
    this.#state = "running";
    const started = Promise.all(this.#nodes.map((node) => this.#attempt(node, () => node.onStart())));
    this.#whenEnded = this.#runToEnd(started);
    await started;
    if (this.#failure) await this.wait();
  }

  /** From `start` until it has ended, or was told to. */
  isRunning(): boolean {
    return this.#state === "running" && !this.#controller.signal.aborted;
  }

  /**
   * Resolves when it has ended; a pipeline that never started has. Not for nodes, which would wait for themselves.
   *
   * @throws {ArcfaceError} the error that ended it, which names the node.
   */
  async wait(): Promise<void> {
    await this.#whenEnded;
    if (!this.#failure) return;
    this.#failureTold = true;
    throw this.#failure;
  }

  /** Tell it to end, at once; `wait` tells when it has. Has no effect before `start` and after the end. */
  stop(): void {
    if (this.#state === "running") this.#close();
  }

  /** start, process tasks until it ends, wait. @throws {ArcfaceError} as start and wait. */
  async run(): Promise<void> {
    await this.start();
    while (this.isRunning()) await this.processTasks(true, RUN_POLL_SECONDS);
    await this.wait();
  }

  /** Do what HostNodes left to the program (sendProcessingToPipeline). @param timeoutSeconds below 0: for ever. */
  processTasks(waitForTasks = false, timeoutSeconds = -1): Promise<void> {
    return this.#tasks.process(waitForTasks, timeoutSeconds < 0 ? Infinity : 1000 * timeoutSeconds);
  }

  addTask<R>(task: () => R | Promise<R>): Promise<R> {
    return this.#tasks.add(task);
  }

  /** stop and wait. @throws {ArcfaceError} the error that ended it, where nobody has seen it yet. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.#whenEnded;
    if (!this.#failureTold) await this.wait();
  }

  async #runToEnd(started: Promise<unknown>): Promise<void> {
    await started;
    await Promise.all(this.#nodes.map((node) => this.#runNode(node)));
    const unread = this.#queues().filter((queue) => queue.getBlocking());
    await Promise.all(unread.map((queue) => queue.whenClosed()));
    this.#state = "ended";
    this.#tasks.close();
  }

  async #runNode(node: Node): Promise<void> {
    if (this.isRunning()) await this.#attempt(node, () => node.runToEnd());
    for (const output of node.getOutputs()) output.end();
    await this.#attempt(node, () => node.onStop());
  }

  async #attempt(node: Node, step: () => void | Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      // What a node's own waits answer when the pipeline stops is no error.
      const told = this.#controller.signal.aborted && error instanceof ArcfaceError && error.code === "CANCELLED";
      if (told) return;
      this.#failure ??= failureOf(node, error);
      this.#close(this.#failure);
    }
  }

  #close(cause?: ArcfaceError): void {
    this.#controller.abort(cause);
    for (const { queue } of this.#nodes.flatMap((node) => node.getInputs())) queue.close(cause);
    for (const queue of this.#queues()) queue.close(cause);
    for (const node of this.#nodes) if (node instanceof InputQueue) node.queue.close(cause);
    this.#tasks.close();
  }

  /** Those that the program reads. */
  #queues(): MessageQueue[] {
    return this.#nodes.flatMap((node) => node.getOutputs()).flatMap((output) => output.getQueues());
  }

  #checkNotStarted(where: string): void {
    if (this.#state === "made" || this.#state === "built") return;
    throw expected(
      `pipeline: ${where}`,
      "a pipeline that has not started",
      `one that ${this.#state === "running" ? "runs" : "has ended"}`,
    );
  }
}

function failureOf(node: Node, error: unknown): ArcfaceError {
  const known = error instanceof ArcfaceError ? error : null;
  const message = error instanceof Error ? error.message : String(error);
  return new ArcfaceError(known?.code ?? "INTERNAL", `${node.getName()} ${node.id}: ${message}`, {
    cause: error,
    hint: known?.hint,
  });
}
