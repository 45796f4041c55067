import { element } from "./dom.web.ts";

const MOST = 200;

/** Events as lines, the newest first. */
export class EventList {
  readonly element: HTMLElement = element("ol", { class: "events" });

  /** @param timestamp nanoseconds since 1970. */
  add(payload: Uint8Array, timestamp: bigint): void {
    const time = new Date(Number(timestamp / 1_000_000n));
    const line = element("li", {}, element("time", { datetime: time.toISOString() }, time.toLocaleTimeString()), " ");
    line.append(...describe(new TextDecoder().decode(payload)));
    this.element.prepend(line);
    if (this.element.children.length > MOST) this.element.lastElementChild!.remove();
  }
}

/** An object as its fields one after the other, anything else as it came. */
function describe(text: string): (Node | string)[] {
  const value = parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [text];
  return Object.entries(value).flatMap(([name, field]) => [
    element("span", { class: "name" }, `${name} `),
    `${typeof field === "string" ? field : JSON.stringify(rounded(field))} `,
  ]);
}

/** A number with as many digits as one reads. */
function rounded(field: unknown): unknown {
  return typeof field === "number" ? Math.round(1000 * field) / 1000 : field;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
