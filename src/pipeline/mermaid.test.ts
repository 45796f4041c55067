import { expect, test } from "vitest";
import { toMermaid } from "./mermaid.ts";
import { Sync } from "./nodes/sync.ts";
import { Pipeline } from "./pipeline.ts";
import { Collecting, Counting, Relay } from "./testing/nodes.ts";
import { ThreadedHostNode } from "./threaded-host-node.ts";

class Whole extends ThreadedHostNode {
  override getName() {
    return "Whole";
  }
  build() {
    this.createSubnode(Relay);
    return this;
  }
  protected override async run() {}
}

class Odd extends Collecting {
  override getName() {
    return 'Odd"];<script>#end';
  }
}

test("the drawing has nodes, parts within their whole, links with their queues, and what the program reads", () => {
  const pipeline = new Pipeline();
  const source = pipeline.create(Counting);
  const sync = pipeline.create(Sync);
  source.out.link(sync.inputs.get("left"));
  const whole = pipeline.create(Whole).build();
  const [relay] = whole.getSubnodes() as [Relay];
  sync.out.link(relay.input);
  relay.out.createOutputQueue(4, true);
  expect(toMermaid(pipeline)).toBe(`flowchart LR
  n0["Counting 0"]
  n1["Sync 1"]
  subgraph s2["Whole"]
    n2["Whole 2"]
    n3["Relay 3"]
  end
  n0 -->|"out → inputs#91;left#93; (≤10)"| n1
  n1 -->|"out → input (3)"| n3
  n3 -->|"out (4)"| q3_0_0(["program"])
`);
});

test("a name cannot break out of its quotes", () => {
  const pipeline = new Pipeline();
  pipeline.create(Odd);
  expect(toMermaid(pipeline)).toContain('n0["Odd#34;#93;#59;#60;script#62;#35;end 0"]');
});

test("serializeToJson says the same in DepthAI's schema", () => {
  const pipeline = new Pipeline();
  const sync = pipeline.create(Sync);
  pipeline.create(Counting).out.link(sync.inputs.get("left"));
  const { nodes, connections } = pipeline.serializeToJson().pipeline;
  expect(connections).toEqual([
    { node1Id: 1, node1OutputGroup: "", node1Output: "out", node2Id: 0, node2InputGroup: "inputs", node2Input: "left" },
  ]);
  expect(nodes.map(([id, { name, parentId }]) => [id, name, parentId])).toEqual([
    [0, "Sync", -1],
    [1, "Counting", -1],
  ]);
  const port = { id: 0, group: "inputs", name: "left", type: "SReceiver", blocking: false, queueSize: 10 };
  expect(nodes[0]![1].ioInfo[0]).toEqual([["inputs", "left"], { ...port, waitForMessage: false }]);
  expect(JSON.parse(JSON.stringify(pipeline.serializeToJson()))).toEqual(pipeline.serializeToJson());
});
