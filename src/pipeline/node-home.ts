import type { Activity } from "./activity.ts";
import type { Clock } from "./clock.ts";
import type { Device } from "./device.ts";
import type { MessageQueue } from "./message-queue.ts";
import type { Buffer } from "./messages/buffer.ts";

/** What tells one node of a pipeline from another. */
export type NodeName = { readonly id: number; getName(): string };

/** Where a program's own queue writes to. */
export type Writable<T extends Buffer> = {
  getName(): string;
  send(message: T): Promise<void>;
  addWriter(): void;
  removeWriter(): void;
};

/** What a node has of the pipeline that it belongs to. */
export interface NodeHome {
  readonly clock: Clock;
  readonly activity: Activity;
  /** Fires when the pipeline stops: for waits that closing a queue does not end. */
  readonly signal: AbortSignal;
  getDefaultDevice(): Device;
  isRunning(): boolean;
  /** End the pipeline; does not wait for it. */
  stop(): void;
  create<N extends object, Args extends readonly unknown[]>(type: new (...args: Args) => N, ...args: Args): N;
  createInputQueue<T extends Buffer>(input: Writable<T>, maxSize: number, blocking: boolean): MessageQueue<T>;
  /** Have `processTasks` run it, which the program calls. Resolves with its answer. */
  addTask<R>(task: () => R | Promise<R>): Promise<R>;
}
