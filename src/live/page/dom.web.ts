type Attributes = Readonly<Record<string, string | number | boolean>>;

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes and children; strings become text, never markup. `false` leaves an attribute out. */
export function element<T extends keyof HTMLElementTagNameMap>(
  tag: T,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[T] {
  return fill(document.createElement(tag), attributes, children);
}

export function svgElement<T extends keyof SVGElementTagNameMap>(
  tag: T,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): SVGElementTagNameMap[T] {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** The element of the page with that id, which the page has. */
export function byId(id: string): HTMLElement {
  return document.getElementById(id)!;
}

function fill<E extends Element>(created: E, attributes: Attributes, children: readonly (Node | string)[]): E {
  for (const [name, value] of Object.entries(attributes)) if (value !== false) created.setAttribute(name, `${value}`);
  created.append(...children);
  return created;
}
