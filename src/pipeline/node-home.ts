import type { Activity } from "./activity.ts";
import type { Clock } from "./clock.ts";
import type { Device } from "./device.ts";
import type { MessageQueue } from "./message-queue.ts";
import type { Buffer } from "./messages/buffer.ts";
import type { Tracer } from "./tracer.ts";

/** What tells one node of a pipeline from another. */
export type NodeName = { readonly id: number; getName(): string };

/** What an input or output knows of its node. */
export type NodePlace = NodeName & {
  readonly tracer: Tracer;
  /** `null` before the node belongs to a pipeline. */
  getHome(): NodeHome | null;
};

/** Where a program's own queue writes to. */
export type Writable<T extends Buffer> = {
  getName(): string;
  getParent(): NodeName;
  send(message: T): Promise<void>;
  addWriter(): void;
  removeWriter(): void;
  endWriter(): void;
};

/** What a node has of the pipeline that it belongs to. */
export interface NodeHome {
  readonly clock: Clock;
  readonly activity: Activity;
  /** Fires when the pipeline stops or has ended: for waits that closing a queue does not end. */
  readonly signal: AbortSignal;
  getDefaultDevice(): Device;
  isRunning(): boolean;
  /** End the pipeline; does not wait for it. */
  stop(): void;
  /** End the pipeline for an error that arose outside of the node's own steps. */
  fail(node: NodeName, error: unknown): void;
  create<N extends object, Args extends readonly unknown[]>(type: new (...args: Args) => N, ...args: Args): N;
  /** As Pipeline.remove. */
  remove(node: NodeName): void;
  createInputQueue<T extends Buffer>(input: Writable<T>, maxSize: number, blocking: boolean): MessageQueue<T>;
  /** Have `processTasks` run it, which the program calls. Resolves with its answer. */
  addTask<R>(task: () => R | Promise<R>): Promise<R>;
}
