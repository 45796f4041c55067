import type { Input } from "./input.ts";
import { MessageQueue } from "./message-queue.ts";
import { Node } from "./node.ts";
import { QueueException } from "./queue-exception.ts";

/**
 * A node with a loop of its own:
 *
 *     class Count extends ThreadedHostNode {
 *       readonly input = this.createInput({ name: "input" });
 *       readonly out = this.createOutput({ name: "out" });
 *       async run() {
 *         while (this.mainLoop()) await this.out.send(await this.input.get());
 *       }
 *     }
 *
 * The loop ends where `run` returns, or where a queue that it waits for is closed; any other error ends the pipeline.
 */
export abstract class ThreadedHostNode extends Node {
  /** What the node does from start to end. */
  protected abstract run(): Promise<void>;

  isRunning(): boolean {
    return this.getParentPipeline().isRunning();
  }

  /** As isRunning: the condition of a loop. */
  mainLoop(): boolean {
    return this.isRunning();
  }

  /** Resolves when a message waits in one of the inputs, or one of them will have no more; takes nothing. */
  protected async waitAny(inputs: readonly Input[]): Promise<void> {
    this.tracer.beginGet();
    try {
      await this.getParentPipeline().activity.whileWaiting(MessageQueue.waitAny(inputs.map(({ queue }) => queue)));
    } finally {
      this.tracer.endGet();
    }
  }

  override async runToEnd(): Promise<void> {
    try {
      await this.getParentPipeline().activity.begin(() => this.run());
    } catch (error) {
      if (!(error instanceof QueueException)) throw error;
    }
  }
}
