import type { Pipeline } from "../pipeline/pipeline.ts";
import { findBottleneck, type NodeState } from "../pipeline/pipeline-state.ts";

/** What the service `pipelineState` answers. */
export type PipelineState = {
  readonly isRunning: boolean;
  readonly nodes: readonly NodeState[];
  /** The number of the node that limits the others; `null` before anything has run. */
  readonly bottleneck: number | null;
};

export function pipelineState(pipeline: Pipeline): PipelineState {
  const nodes = pipeline.getPipelineState();
  return { isRunning: pipeline.isRunning(), nodes, bottleneck: findBottleneck(nodes)?.id ?? null };
}
