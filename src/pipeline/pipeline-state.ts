import type { Node } from "./node.ts";
import type { NodeTrace } from "./tracer.ts";

export type InputState = {
  readonly name: string;
  readonly group: string;
  /** Messages that wait, and how many may. */
  readonly size: number;
  readonly maxSize: number;
  readonly blocking: boolean;
  readonly received: number;
  /** Gone because newer ones came. */
  readonly dropped: number;
};

export type OutputState = {
  readonly name: string;
  readonly group: string;
  readonly sent: number;
  /** Messages a second, of the newest 128, until now. */
  readonly rate: number;
};

export type NodeState = NodeTrace & {
  readonly id: number;
  readonly name: string;
  /** Do messages begin here? */
  readonly source: boolean;
  readonly inputs: readonly InputState[];
  readonly outputs: readonly OutputState[];
};

/** What has gone through a node so far, what waits before it, and what its time goes to. */
export function stateOf(node: Node): NodeState {
  const now = performance.now();
  return {
    id: node.id,
    name: node.getName(),
    source: node.isSource(),
    ...node.tracer.snapshot(),
    inputs: node.getInputs().map(({ name, group, queue }) => ({
      name,
      group,
      size: queue.getSize(),
      maxSize: queue.getMaxSize(),
      blocking: queue.getBlocking(),
      received: queue.received,
      dropped: queue.dropped,
    })),
    outputs: node.getOutputs().map((output) => {
      const { name, group, sent } = output;
      return { name, group, sent, rate: output.rate(now) };
    }),
  };
}

/** Shares of time that differ by no more than this are called equal. */
const SAME_SHARE = 0.1;

/**
 * The node that limits the pipeline: the one that is at work for the largest share of the time. Of two that are busy alike
 * it is the one that takes messages: a camera that nothing holds up counts as busy always.
 *
 * @returns `null` before anything has run.
 */
export function findBottleneck(states: readonly NodeState[]): NodeState | null {
  const most = Math.max(0, ...states.filter(carries).map(({ busy }) => busy));
  if (most === 0) return null;
  const [first] = states
    .filter((state) => carries(state) && state.busy >= most - SAME_SHARE)
    .sort((a, b) => Number(a.source) - Number(b.source) || b.busy - a.busy);
  return first ?? null;
}

/** Has it to do with messages at all? Nodes that are made of others, or only wait, do not limit anything. */
function carries({ inputs, outputs }: NodeState): boolean {
  return inputs.some(({ received }) => received > 0) || outputs.some(({ sent }) => sent > 0);
}
