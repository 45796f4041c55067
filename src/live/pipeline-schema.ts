import type { Node } from "../pipeline/node.ts";

/** An input or output, as DepthAI lists them. */
export type NodeIoInfo = {
  readonly group: string;
  readonly name: string;
  /** DepthAI's numbers: 0 an output, 3 an input. */
  readonly type: 0 | 3;
  readonly blocking: boolean;
  readonly queueSize: number;
  readonly waitForMessage: boolean;
  readonly id: number;
};

export type PipelineSchema = {
  readonly connections: readonly {
    readonly node1Id: number;
    readonly node1OutputGroup: string;
    readonly node1Output: string;
    readonly node2Id: number;
    readonly node2InputGroup: string;
    readonly node2Input: string;
  }[];
  readonly globalProperties: Readonly<Record<string, never>>;
  readonly nodes: readonly (readonly [
    id: number,
    {
      readonly id: number;
      readonly parentId: number;
      readonly name: string;
      readonly alias: string;
      /** False: it runs in this program, on no camera. */
      readonly deviceNode: false;
      readonly ioInfo: readonly (readonly [readonly [group: string, name: string], NodeIoInfo])[];
    },
  ])[];
};

/**
 * Which nodes there are and how they are linked, in the JSON form of DepthAI's PipelineSchema.
 *
 * Source: depthai-core include/depthai/pipeline/{PipelineSchema,NodeObjInfo,NodeIoInfo,NodeConnectionSchema}.hpp; maps
 * whose keys are no strings are lists of pairs.
 */
export function pipelineSchema(nodes: readonly Node[]): PipelineSchema {
  const parents = new Map(nodes.flatMap((node) => node.getSubnodes().map((subnode) => [subnode.id, node.id])));
  return {
    connections: nodes.flatMap((node) =>
      node.getOutputs().flatMap((output) =>
        output.getConnections().map((input) => ({
          node1Id: node.id,
          node1OutputGroup: output.group,
          node1Output: output.name,
          node2Id: input.getParent().id,
          node2InputGroup: input.group,
          node2Input: input.name,
        })),
      ),
    ),
    globalProperties: {},
    nodes: nodes.map((node) => {
      const { id } = node;
      const io = portsOf(node).map((port, index) => ({ ...port, id: index }));
      const ioInfo = io.map((info) => [[info.group, info.name], info] as const);
      return [id, { id, parentId: parents.get(id) ?? -1, name: node.getName(), alias: "", deviceNode: false, ioInfo }];
    }),
  };
}

function portsOf(node: Node): Omit<NodeIoInfo, "id">[] {
  return [
    ...node.getInputs().map((input) => ({
      group: input.group,
      name: input.name,
      type: 3 as const,
      blocking: input.getBlocking(),
      queueSize: input.getMaxSize(),
      waitForMessage: input.getWaitForMessage(),
    })),
    ...node.getOutputs().map(({ group, name }) => ({
      group,
      name,
      type: 0 as const,
      blocking: false,
      queueSize: 0,
      waitForMessage: false,
    })),
  ];
}
