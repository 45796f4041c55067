import { expected } from "../errors.ts";
import { Activity } from "./activity.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Device } from "./device.ts";
import { Graph } from "./graph.ts";
import { InputQueue } from "./input-queue.ts";
import { Lifecycle } from "./lifecycle.ts";
import type { MessageQueue } from "./message-queue.ts";
import type { Buffer } from "./messages/buffer.ts";
import type { Node } from "./node.ts";
import type { NodeHome, NodeName, Writable } from "./node-home.ts";
import { type PipelineSchema, schemaOf } from "./pipeline-schema.ts";
import { type NodeState, stateOf } from "./pipeline-state.ts";
import { Recorder, type RecordOptions } from "./record.ts";
import { Replay, type ReplayOptions } from "./replay.ts";
import { TaskQueue } from "./task-queue.ts";
import { VirtualClock } from "./virtual-clock.ts";

export type PipelineOptions = {
  /** Whose time messages are stamped with. Default: the machine's. */
  readonly clock?: Clock;
  /**
   * How long nodes may go on once the pipeline was told to end. Those that have not ended then are left to themselves,
   * and `wait` throws an error that names them. `Infinity`: it waits for them for ever.
   */
  readonly stopTimeoutMs?: number;
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
  readonly #graph = new Graph();
  readonly #tasks = new TaskQueue();
  readonly #life: Lifecycle;

  /** @param device what its networks and cameras are of; only nodes that have any need one. */
  constructor(device: Device | null = null, { clock = systemClock, stopTimeoutMs = 30_000 }: PipelineOptions = {}) {
    this.#device = device;
    this.clock = clock;
    this.#life = new Lifecycle(this.#graph, this.activity, this.#tasks, stopTimeoutMs);
  }

  get signal(): AbortSignal {
    return this.#life.signal;
  }

  /** A node of that class. @throws {ArcfaceError} as add. */
  create<N extends object, Args extends readonly unknown[]>(type: new (...args: Args) => N, ...args: Args): N {
    const node = new type(...args);
    this.add(node as unknown as Node);
    return node;
  }

  /** @throws {ArcfaceError} INVALID_ARGUMENT where the pipeline runs, CLOSED where it has ended; CONFLICT where the node is another's. */
  add<N extends Node>(node: N): N {
    this.#life.checkNotStarted("add");
    this.#graph.add(node, this);
    return node;
  }

  /** Take a node out, with its subnodes and all links to them. @throws {ArcfaceError} as add; NOT_FOUND */
  remove(node: Node): void {
    this.#life.checkNotStarted("remove");
    this.#graph.remove(node);
  }

  /** In the order in which they came, subnodes included. */
  getAllNodes(): readonly Node[] {
    return [...this.#graph.nodes];
  }

  /** `null` where it has none of that number. */
  getNode(id: number): Node | null {
    return this.#graph.nodes.find((node) => node.id === id) ?? null;
  }

  /** @throws {ArcfaceError} INVALID_ARGUMENT where it was made without one. */
  getDefaultDevice(): Device {
    if (this.#device) return this.#device;
    const hint = "new Pipeline(device) takes one; createDevice() makes this machine's";
    throw expected("pipeline", "a device", "none", hint);
  }

  /** What has gone through each node, what waits before it, and what its time goes to. */
  getPipelineState(): NodeState[] {
    return this.#graph.nodes.map(stateOf);
  }

  /** Nodes measure rates and times (getPipelineState). They do from the start; `false` spares the little that it costs. */
  enablePipelineDebugging(enable = true): void {
    for (const node of this.#graph.nodes) node.tracer.enabled = enable;
  }

  /** The graph in DepthAI's schema. */
  serializeToJson(): PipelineSchema {
    return schemaOf(this.#graph.nodes);
  }

  /** Keep everything that source nodes send, to be replayed. @throws {ArcfaceError} as add. */
  enableHolisticRecord(options: RecordOptions): void {
    this.add(new Recorder(options, () => this.#graph.nodes));
  }

  /**
   * Have a recording take the place of the source nodes, which are neither started nor run. With a virtual clock two
   * replays are equal, message by message.
   *
   * @throws {ArcfaceError} as add.
   */
  enableHolisticReplay(options: ReplayOptions): void {
    this.#life.replay = this.add(new Replay(options, () => this.#graph.nodes));
  }

  createInputQueue<T extends Buffer>(input: Writable<T>, maxSize: number, blocking: boolean): MessageQueue<T> {
    this.#life.checkNotStarted("createInputQueue");
    return this.add(new InputQueue<T>(input, maxSize, blocking)).queue;
  }

  /** Check what is linked. @throws {ArcfaceError} INVALID_ARGUMENT where a node lacks what it needs. */
  build(): this {
    if (this.isBuilt()) return this;
    this.#graph.check();
    this.#life.state = "built";
    return this;
  }

  isBuilt(): boolean {
    return this.#life.state !== "made";
  }

  /**
   * Build, if that was not done, and set the nodes going. Resolves when all have begun, or when it has been stopped.
   *
   * @throws {ArcfaceError} INVALID_ARGUMENT where it runs already or cannot be built; CLOSED where it has ended or been
   * stopped before; what a node's onStart throws.
   */
  async start(): Promise<void> {
    this.#life.checkNotStarted("start");
    this.#graph.check();
    if (this.clock instanceof VirtualClock) this.clock.attach(this.activity);
    await this.#life.start();
  }

  /** From `start` until it has ended, or was told to. */
  isRunning(): boolean {
    return this.#life.isRunning();
  }

  /**
   * Resolves when it has ended; a pipeline that never started has. Not for nodes, which would wait for themselves.
   *
   * @throws {ArcfaceError} the error that ended it, which names the node.
   */
  wait(): Promise<void> {
    return this.#life.wait();
  }

  /** Tell it to end, at once; `wait` tells when it has. What has not started will not. */
  stop(): void {
    this.#life.stop();
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

  fail(node: NodeName, error: unknown): void {
    this.#life.fail(node, error);
  }

  /** stop and wait. @throws {ArcfaceError} the error that ended it, where nobody has seen it yet. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#life.dispose();
  }
}
