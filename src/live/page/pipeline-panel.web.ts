import type { NodeState } from "../../pipeline/pipeline-state.ts";
import type { PipelineSchema } from "../pipeline-schema.ts";
import { element, svgElement } from "./dom.web.ts";
import { BOX, layOut } from "./graph-layout.ts";

export type PipelineState = { readonly isRunning: boolean; readonly nodes: readonly NodeState[] };

/** The pipeline's nodes, how they are linked, and what goes through them. */
export class PipelinePanel {
  readonly #root: HTMLElement;
  #schema: PipelineSchema | null = null;
  #before: { readonly at: number; readonly counts: ReadonlyMap<string, number> } = { at: 0, counts: new Map() };

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  setSchema(schema: PipelineSchema): void {
    this.#schema = schema;
  }

  hide(): void {
    this.#schema = null;
    this.#root.hidden = true;
  }

  show({ nodes, isRunning }: PipelineState, now: number): void {
    if (!this.#schema) return;
    const counts = new Map(nodes.flatMap(countsOf));
    const seconds = (now - this.#before.at) / 1000;
    const rate = (key: string): number => {
      const before = this.#before.counts.get(key);
      return before === undefined || !isRunning ? 0 : Math.max(0, (counts.get(key)! - before) / seconds);
    };
    this.#root.hidden = false;
    this.#root.replaceChildren(
      element("h2", {}, isRunning ? "Pipeline" : "Pipeline, not running"),
      element("div", { class: "graph" }, drawGraph(this.#schema, nodes, rate)),
      drawTable(nodes, rate),
    );
    this.#before = { at: now, counts };
  }
}

function countsOf({ id, inputs, outputs }: NodeState): [string, number][] {
  return [
    ...inputs.map(({ name, received }): [string, number] => [inputKey(id, name), received]),
    ...outputs.map(({ name, sent }): [string, number] => [outputKey(id, name), sent]),
  ];
}

const inputKey = (id: number, name: string): string => `${id} in ${name}`;
const outputKey = (id: number, name: string): string => `${id} out ${name}`;

/** A node's rate is that of its busiest output; of one that has none, of its busiest input. */
function rateOf({ id, inputs, outputs }: NodeState, rate: (key: string) => number): number {
  const sent = outputs.map(({ name }) => rate(outputKey(id, name)));
  const received = inputs.map(({ name }) => rate(inputKey(id, name)));
  return Math.max(0, ...(sent.length > 0 ? sent : received));
}

function drawGraph(
  { connections }: PipelineSchema,
  states: readonly NodeState[],
  rate: (key: string) => number,
): SVGElement {
  const links = connections.map(({ node1Id: from, node2Id: to, node2Input }) => ({ from, to, input: node2Input }));
  const { width, height, nodes } = layOut(
    states.map(({ id }) => id),
    links,
  );
  const placeOf = new Map(nodes.map((node) => [node.id, node]));
  const svg = svgElement("svg", {
    width: width + 2,
    height: height + 2,
    viewBox: `-1 -1 ${width + 2} ${height + 2}`,
    role: "img",
    "aria-label": "Nodes and how they are linked; the table below says the same",
  });
  for (const { from, to, input } of links) {
    const [a, b] = [placeOf.get(from), placeOf.get(to)];
    if (!a || !b) continue;
    const dropped = states.find(({ id }) => id === to)?.inputs.find(({ name }) => name === input)?.dropped ?? 0;
    const [y0, y1] = [a.y + BOX.height / 2, b.y - BOX.height / 2];
    const bend = BOX.gapY * 0.6;
    const d = `M ${a.x} ${y0} C ${a.x} ${y0 + bend} ${b.x} ${y1 - bend} ${b.x} ${y1}`;
    svg.append(svgElement("path", { d, class: dropped > 0 ? "dropping" : "" }));
  }
  for (const state of states) {
    const { x, y } = placeOf.get(state.id)!;
    const { width: w, height: h } = BOX;
    svg.append(
      svgElement("rect", { x: x - w / 2, y: y - h / 2, width: w, height: h, rx: 6 }),
      svgElement("text", { x, y: y - 3 }, shortened(state.name)),
      svgElement("text", { x, y: y + 12, class: "rate" }, `${rateOf(state, rate).toFixed(1)}/s`),
    );
  }
  return svg;
}

function drawTable(states: readonly NodeState[], rate: (key: string) => number): HTMLElement {
  const head = ["Input", "Rate", "Waiting", "Dropped"].map((title) => element("th", { scope: "col" }, title));
  const rows = states.flatMap(({ id, name, inputs }) =>
    inputs.map((input) =>
      element(
        "tr",
        {},
        element("td", {}, `${name} ${id}.${input.name}`),
        element("td", {}, `${rate(inputKey(id, input.name)).toFixed(1)}/s`),
        element("td", {}, `${input.size} of ${input.maxSize}`),
        element("td", { class: input.dropped > 0 ? "dropping" : "" }, `${input.dropped}`),
      ),
    ),
  );
  return element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows));
}

function shortened(name: string): string {
  return name.length <= 19 ? name : `${name.slice(0, 18)}…`;
}
