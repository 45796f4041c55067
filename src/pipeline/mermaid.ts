import type { Input } from "./input.ts";
import type { Node } from "./node.ts";

/**
 * A pipeline as a Mermaid flowchart: a box a node, those of which another is made inside it; an arrow a link, with the
 * names of both ends, and how many messages may wait there: `3` where senders then wait, `≤10` where the oldest is dropped.
 *
 *     flowchart LR
 *       n0["Camera 0"]
 *       n1["NeuralNetwork 1"]
 *       n0 -->|"out → input (3)"| n1
 */
export function toMermaid(pipeline: { getAllNodes(): readonly Node[] }): string {
  const nodes = pipeline.getAllNodes();
  const parts = new Set(nodes.flatMap((node) => node.getSubnodes()));
  const lines = ["flowchart LR"];
  for (const node of nodes) if (!parts.has(node)) lines.push(...boxOf(node, "  "));
  for (const node of nodes) {
    for (const output of node.getOutputs()) {
      const from = portOf(output);
      for (const input of output.getConnections()) {
        lines.push(
          `  n${node.id} -->|${quoted(`${from} → ${portOf(input)} (${roomOf(input)})`)}| n${input.getParent().id}`,
        );
      }
      for (const [i, queue] of output.getQueues().entries()) {
        const end = `q${node.id}_${node.getOutputs().indexOf(output)}_${i}`;
        lines.push(`  n${node.id} -->|${quoted(`${from} (${roomOf(queue)})`)}| ${end}([${quoted("program")}])`);
      }
    }
  }
  return `${lines.join("\n")}\n`;
}

function boxOf(node: Node, indent: string): string[] {
  const box = `n${node.id}[${quoted(`${node.getName()} ${node.id}`)}]`;
  if (node.getSubnodes().length === 0) return [`${indent}${box}`];
  const inside = node.getSubnodes().flatMap((part) => boxOf(part, `${indent}  `));
  return [`${indent}subgraph s${node.id}[${quoted(node.getName())}]`, `${indent}  ${box}`, ...inside, `${indent}end`];
}

function portOf({ group, name }: { readonly group: string; readonly name: string }): string {
  return group === "" ? name : `${group}[${name}]`;
}

function roomOf(queue: Pick<Input, "getMaxSize" | "getBlocking">): string {
  return `${queue.getBlocking() ? "" : "≤"}${queue.getMaxSize()}`;
}

/** Mermaid reads markup and brackets even between quotes; as character references they are text. */
function quoted(text: string): string {
  return `"${text.replace(/[^\p{L}\p{N} _.,:+→≤/()-]/gu, (char) => `#${char.codePointAt(0)};`)}"`;
}
