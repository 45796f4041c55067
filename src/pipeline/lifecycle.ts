import { ArcfaceError, expected } from "../errors.ts";
import type { Activity } from "./activity.ts";
import { Deadline } from "./deadline.ts";
import { failureOf, isGoodbye } from "./failure.ts";
import type { Graph } from "./graph.ts";
import type { Node } from "./node.ts";
import type { NodeName } from "./node-home.ts";
import type { Replay } from "./replay.ts";
import type { TaskQueue } from "./task-queue.ts";

/** How the nodes of a pipeline start, run and end, and what becomes of an error in one. It happens once. */
export class Lifecycle {
  state: "made" | "built" | "running" | "ended" = "made";
  replay: Replay | null = null;
  readonly #graph: Graph;
  readonly #activity: Activity;
  readonly #tasks: TaskQueue;
  readonly #controller = new AbortController();
  readonly #stopDeadline: Deadline;
  /** Nodes whose onStart was called and whose onStop has not returned. */
  readonly #begun = new Set<Node>();
  #whenEnded: Promise<void> = Promise.resolve();
  #failure: ArcfaceError | null = null;
  #failureTold = false;

  constructor(graph: Graph, activity: Activity, tasks: TaskQueue, stopTimeoutMs: number) {
    this.#graph = graph;
    this.#activity = activity;
    this.#tasks = tasks;
    this.#stopDeadline = new Deadline(stopTimeoutMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  isRunning(): boolean {
    return this.state === "running" && !this.signal.aborted;
  }

  /** Resolves when all nodes have begun, or when it has ended. @throws {ArcfaceError} what a node's onStart throws. */
  async start(): Promise<void> {
    this.state = "running";
    const started = this.#startNodes();
    this.#whenEnded = Promise.race([this.#runToEnd(started), this.#stopDeadline.passed]).then(() => this.#end());
    await Promise.race([started, this.#whenEnded]);
    if (this.#failure) await this.wait();
  }

  async wait(): Promise<void> {
    await this.#whenEnded;
    if (!this.#failure) return;
    this.#failureTold = true;
    throw this.#failure;
  }

  stop(): void {
    if (this.state !== "ended") this.#close();
  }

  fail(node: NodeName, error: unknown): void {
    if (isGoodbye(error, this.signal)) return;
    this.#failure ??= failureOf(node, error);
    if (this.state !== "ended") this.#close(this.#failure);
  }

  /** @throws {ArcfaceError} the error that ended it, where nobody has seen it yet. */
  async dispose(): Promise<void> {
    this.stop();
    await this.#whenEnded;
    if (!this.#failureTold) await this.wait();
  }

  /** @throws {ArcfaceError} INVALID_ARGUMENT where it runs; CLOSED where it has ended. */
  checkNotStarted(where: string): void {
    if (this.state === "made" || this.state === "built") return;
    const what = "a pipeline that has not started";
    if (this.state === "running") throw expected(`pipeline: ${where}`, what, "one that runs");
    throw new ArcfaceError("CLOSED", `pipeline: ${where}: expected ${what}, got one that has ended`);
  }

  async #startNodes(): Promise<void> {
    // It sets the clock that others may look at.
    if (this.replay) await this.#startNode(this.replay);
    await Promise.all(this.#graph.nodes.map((node) => this.#startNode(node)));
  }

  async #startNode(node: Node): Promise<void> {
    if (!this.isRunning() || this.#begun.has(node) || this.replay?.plays(node)) return;
    this.#begun.add(node);
    await this.#attempt(node, () => this.#activity.begin(async () => node.onStart()));
  }

  async #runToEnd(started: Promise<void>): Promise<void> {
    await started;
    await Promise.all(this.#graph.nodes.map((node) => this.#runNode(node)));
    const unread = this.#graph.outputQueues().filter((queue) => queue.getBlocking());
    await Promise.all(unread.map((queue) => queue.whenClosed()));
  }

  async #runNode(node: Node): Promise<void> {
    const { replay } = this;
    node.tracer.begin();
    if (this.isRunning()) {
      await this.#attempt(node, () => (replay?.plays(node) ? replay.whenPlayed(node) : node.runToEnd()));
    }
    node.tracer.end();
    for (const output of node.getOutputs()) output.end();
    this.#graph.closeInputs(node);
    if (this.#begun.has(node)) await this.#attempt(node, () => this.#activity.begin(async () => node.onStop()));
    this.#begun.delete(node);
  }

  async #attempt(node: Node, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.fail(node, error);
    }
  }

  /** Tell everybody that it is over; with the error, where one is the reason. */
  #close(cause?: ArcfaceError): void {
    if (this.state === "running") this.#stopDeadline.begin();
    else this.state = "ended";
    this.#controller.abort(cause);
    this.#graph.close(cause);
    this.#tasks.close();
    this.#activity.letGo();
  }

  /** Nodes have ended, or their time has. */
  #end(): void {
    this.#stopDeadline.callOff();
    this.state = "ended";
    const late = [...this.#begun].map((node) => `${node.getName()} ${node.id}`);
    if (late.length > 0)
      this.#failure ??= new ArcfaceError("CLOSED", `${late.join(", ")}: did not end with the pipeline`);
    this.#tasks.close();
    // For whatever a node has left behind.
    this.#controller.abort();
  }
}
