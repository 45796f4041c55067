import { ArcfaceError, expected } from "../errors.ts";
import { InputQueue } from "./input-queue.ts";
import type { MessageQueue } from "./message-queue.ts";
import type { Node } from "./node.ts";
import type { NodeHome } from "./node-home.ts";

/** The nodes of a pipeline, in the order in which they came, and how they hang together. */
export class Graph {
  readonly #nodes: Node[] = [];
  #nextId = 0;

  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  /** @throws {ArcfaceError} CONFLICT where the node is another pipeline's. */
  add(node: Node, home: NodeHome): void {
    node.attach(home, this.#nextId++);
    this.#nodes.push(node);
  }

  /** Take a node out, with its subnodes and all that is linked to them. @throws {ArcfaceError} NOT_FOUND */
  remove(node: Node): void {
    const at = this.#nodes.indexOf(node);
    if (at === -1) throw new ArcfaceError("NOT_FOUND", `remove: ${node.getName()} is no node of this pipeline`);
    this.#nodes.splice(at, 1);
    for (const other of [...this.#nodes]) {
      const belongs = node.getSubnodes().includes(other) || (other instanceof InputQueue && other.getTarget() === node);
      if (belongs) this.remove(other);
    }
    const inputs = new Set(node.getInputs());
    for (const output of this.#nodes.flatMap((other) => other.getOutputs())) {
      for (const input of output.getConnections()) if (inputs.has(input)) output.unlink(input);
    }
    for (const output of node.getOutputs()) for (const input of output.getConnections()) output.unlink(input);
    for (const queue of queuesOf(node)) queue.close();
    node.detach();
  }

  /** @throws {ArcfaceError} INVALID_ARGUMENT where a node lacks what it needs, or is linked to another pipeline's. */
  check(): void {
    for (const node of this.#nodes) {
      node.checkBuilt();
      for (const output of node.getOutputs()) {
        for (const input of output.getConnections()) {
          if (this.#nodes.some((other) => other === input.getParent())) continue;
          const got = `${input.getName()}, which is not`;
          throw expected(`link: ${output.getName()}`, "an input of a node in the same pipeline", got);
        }
      }
    }
  }

  /** Nobody reads a node's inputs any more: who writes, the program included, is not to wait for it. */
  closeInputs(node: Node): void {
    for (const input of node.getInputs()) input.queue.close();
    for (const other of this.#nodes) if (other instanceof InputQueue && other.getTarget() === node) other.queue.close();
  }

  /** The queues that the program reads. */
  outputQueues(): MessageQueue[] {
    return this.#nodes.flatMap(queuesOf);
  }

  /** Close every queue there is. */
  close(cause?: Error): void {
    for (const { queue } of this.#nodes.flatMap((node) => node.getInputs())) queue.close(cause);
    for (const queue of this.outputQueues()) queue.close(cause);
    for (const node of this.#nodes) if (node instanceof InputQueue) node.queue.close(cause);
  }
}

function queuesOf(node: Node): MessageQueue[] {
  return node.getOutputs().flatMap((output) => output.getQueues());
}
