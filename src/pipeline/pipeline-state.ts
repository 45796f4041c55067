import type { Node } from "./node.ts";

export type InputState = {
  readonly name: string;
  /** Messages that wait, and how many may. */
  readonly size: number;
  readonly maxSize: number;
  readonly received: number;
  /** Gone because newer ones came. */
  readonly dropped: number;
};

export type NodeState = {
  readonly id: number;
  readonly name: string;
  readonly inputs: readonly InputState[];
  readonly outputs: readonly { readonly name: string; readonly sent: number }[];
};

/** What has gone through a node so far, and what waits before it. */
export function stateOf(node: Node): NodeState {
  return {
    id: node.id,
    name: node.getName(),
    inputs: node.getInputs().map(({ name, queue }) => ({
      name,
      size: queue.getSize(),
      maxSize: queue.getMaxSize(),
      received: queue.received,
      dropped: queue.dropped,
    })),
    outputs: node.getOutputs().map(({ name, sent }) => ({ name, sent })),
  };
}
