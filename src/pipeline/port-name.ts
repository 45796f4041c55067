import type { NodeName } from "./node-home.ts";

/** `NeuralNetwork 3.input`, `Sync 2.inputs[left]`: a node and one of its inputs or outputs. */
export function portName(node: NodeName, group: string, name: string): string {
  return `${node.getName()} ${node.id}.${group === "" ? name : `${group}[${name}]`}`;
}
