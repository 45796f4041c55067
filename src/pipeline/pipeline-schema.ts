import { InputQueue } from "./input-queue.ts";
import type { Node } from "./node.ts";

/** An input (SReceiver) or output (MSender) in DepthAI's terms. */
export type PortSchema = {
  readonly id: number;
  readonly group: string;
  readonly name: string;
  readonly type: "MSender" | "SReceiver";
  readonly blocking: boolean;
  readonly queueSize: number;
  readonly waitForMessage: boolean;
};

export type NodeSchema = {
  readonly id: number;
  /** −1 of one that is no other's part. */
  readonly parentId: number;
  readonly name: string;
  readonly alias: string;
  /** Does it run on a device of its own? None of ours does. */
  readonly deviceNode: boolean;
  readonly ioInfo: readonly (readonly [readonly [group: string, name: string], PortSchema])[];
};

export type ConnectionSchema = {
  readonly node1Id: number;
  readonly node1OutputGroup: string;
  readonly node1Output: string;
  readonly node2Id: number;
  readonly node2InputGroup: string;
  readonly node2Input: string;
};

/** A pipeline as DepthAI's PipelineSchema says it, as far as that has a meaning here. */
export type PipelineSchema = {
  readonly pipeline: {
    readonly nodes: readonly (readonly [id: number, node: NodeSchema])[];
    readonly connections: readonly ConnectionSchema[];
    readonly globalProperties: { readonly pipelineName: string | null };
  };
};

export function schemaOf(nodes: readonly Node[]): PipelineSchema {
  const parents = new Map(nodes.flatMap((node) => node.getSubnodes().map((part) => [part, node.id] as const)));
  return {
    pipeline: {
      nodes: nodes.map((node) => [node.id, nodeOf(node, parents.get(node) ?? -1)] as const),
      connections: nodes.flatMap(connectionsOf),
      globalProperties: { pipelineName: null },
    },
  };
}

function nodeOf(node: Node, parentId: number): NodeSchema {
  const ports = [
    ...node.getInputs().map((input) => ({
      group: input.group,
      name: input.name,
      type: "SReceiver" as const,
      blocking: input.getBlocking(),
      queueSize: input.getMaxSize(),
      waitForMessage: input.getWaitForMessage(),
    })),
    ...node.getOutputs().map(({ group, name }) => ({
      group,
      name,
      type: "MSender" as const,
      blocking: false,
      queueSize: 0,
      waitForMessage: false,
    })),
  ];
  const ioInfo = ports.map((port, id) => [[port.group, port.name], { id, ...port }] as const);
  return { id: node.id, parentId, name: node.getName(), alias: "", deviceNode: false, ioInfo };
}

function connectionsOf(node: Node): ConnectionSchema[] {
  if (node instanceof InputQueue) return [];
  return node.getOutputs().flatMap((output) =>
    output.getConnections().map((input) => ({
      node1Id: node.id,
      node1OutputGroup: output.group,
      node1Output: output.name,
      node2Id: input.getParent().id,
      node2InputGroup: input.group,
      node2Input: input.name,
    })),
  );
}
