import type { ConnectionSchema } from "../../pipeline/pipeline-schema.ts";
import type { InputState, NodeState } from "../../pipeline/pipeline-state.ts";
import type { PipelineState } from "../pipeline-state.ts";
import { element, svgElement } from "./dom.web.ts";
import { BOX, layOut, type PlacedNode } from "./graph-layout.ts";

type Counts = { readonly at: number; readonly received: ReadonlyMap<string, number> };

/** The pipeline's nodes, how they are linked, and what goes through them. */
export class PipelinePanel {
  readonly #root: HTMLElement;
  #links: readonly ConnectionSchema[] = [];
  #before: Counts = { at: 0, received: new Map() };

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  setLinks(links: readonly ConnectionSchema[]): void {
    this.#links = links;
  }

  hide(): void {
    this.#root.hidden = true;
    this.#root.replaceChildren();
  }

  /** @param now milliseconds: rates are counted from one call to the next. */
  show(state: PipelineState, now: number): void {
    this.#root.hidden = false;
    this.#root.replaceChildren(
      element("h2", {}, state.isRunning ? "Pipeline" : "Pipeline, not running"),
      element("div", { class: "graph" }, drawGraph(this.#links, state)),
      drawTable(state.nodes, this.#before, now),
    );
    const received = state.nodes.flatMap(({ id, inputs }) =>
      inputs.map((input) => [keyOf(id, input), input.received] as const),
    );
    this.#before = { at: now, received: new Map(received) };
  }
}

function drawGraph(links: readonly ConnectionSchema[], { nodes, bottleneck }: PipelineState): SVGElement {
  const layout = layOut(
    nodes.map(({ id }) => id),
    links.map(({ node1Id: from, node2Id: to }) => ({ from, to })),
  );
  const [width, height] = [layout.width + 2, layout.height + 2];
  const svg = svgElement("svg", {
    width,
    height,
    viewBox: `-1 -1 ${width} ${height}`,
    role: "img",
    "aria-label": `${nodes.length} nodes and how they are linked`,
  });
  const placeOf = new Map(layout.nodes.map((node) => [node.id, node]));
  const stateOf = new Map(nodes.map((node) => [node.id, node]));
  for (const link of links) {
    const [from, to] = [placeOf.get(link.node1Id), placeOf.get(link.node2Id)];
    const input = stateOf
      .get(link.node2Id)
      ?.inputs.find(({ name, group }) => name === link.node2Input && group === link.node2InputGroup);
    if (from && to) svg.append(drawLink(from, to, input));
  }
  for (const node of nodes) svg.append(...drawNode(placeOf.get(node.id)!, node, node.id === bottleneck));
  return svg;
}

function drawLink(from: PlacedNode, to: PlacedNode, input: InputState | undefined): SVGElement {
  const [y0, y1] = [from.y + BOX.height / 2, to.y - BOX.height / 2];
  const bend = 0.6 * BOX.gapY;
  const d = `M ${from.x} ${y0} C ${from.x} ${y0 + bend} ${to.x} ${y1 - bend} ${to.x} ${y1}`;
  return svgElement("path", { d, class: input && input.dropped > 0 ? "dropping" : "" });
}

/** A box with the node's name, its rate and latency, and a bar for the share of the time that it is at work. */
function drawNode({ x, y }: PlacedNode, node: NodeState, isBottleneck: boolean): SVGElement[] {
  const { width, height } = BOX;
  const [left, top] = [x - width / 2, y - height / 2];
  const busy = Math.min(1, Math.max(0, node.busy));
  const latency = node.latencyMs ? ` · ${node.latencyMs.median.toFixed(node.latencyMs.median < 10 ? 1 : 0)} ms` : "";
  const title = `${node.name} ${node.id}: at work ${Math.round(100 * busy)}% of the time`;
  return [
    svgElement(
      "rect",
      { x: left, y: top, width, height, rx: 6, class: isBottleneck ? "bottleneck" : "" },
      svgElement("title", {}, isBottleneck ? `${title}; it limits the others` : title),
    ),
    svgElement("rect", { x: left + 6, y: top + height - 5, width: busy * (width - 12), height: 2, class: "busy" }),
    svgElement("text", { x, y: y - 4 }, shortened(node.name)),
    svgElement("text", { x, y: y + 10, class: "rate" }, `${node.rate.toFixed(1)}/s${latency}`),
  ];
}

function drawTable(nodes: readonly NodeState[], before: Counts, now: number): HTMLElement {
  const head = ["Input", "Rate", "Waiting", "Dropped"].map((title) => element("th", { scope: "col" }, title));
  const rows = nodes.flatMap(({ id, name, inputs }) =>
    inputs.map((input) => {
      const count = input.received - (before.received.get(keyOf(id, input)) ?? input.received);
      const rate = Math.max(0, (1000 * count) / (now - before.at));
      const label = input.group === "" ? input.name : `${input.group}[${input.name}]`;
      return element(
        "tr",
        {},
        element("td", {}, `${name} ${id}.${label}`),
        element("td", {}, `${rate.toFixed(1)}/s`),
        element("td", {}, `${input.size} of ${input.maxSize}`),
        element("td", { class: input.dropped > 0 ? "dropping" : "" }, `${input.dropped}`),
      );
    }),
  );
  return element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows));
}

function keyOf(id: number, { group, name }: InputState): string {
  return `${id} ${group} ${name}`;
}

function shortened(name: string): string {
  return name.length <= 19 ? name : `${name.slice(0, 18)}…`;
}
