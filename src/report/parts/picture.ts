import { type Html, html } from "../../model-page/html.ts";
import type { Thumbnail } from "../thumbnails.node.ts";

/** A picture by its key; `null` where it could not be had. */
export type ShowPicture = (key: string) => Thumbnail | null;

export function picture(key: string | undefined, show: ShowPicture): Html {
  const thumbnail = key === undefined ? null : show(key);
  if (thumbnail === null) return html`<span class="none">no picture</span>`;
  const { address, width, height } = thumbnail;
  return html`<img src="${address}" width="${width}" height="${height}" alt="${key ?? ""}" title="${key ?? ""}">`;
}

/** A file's name that may go on in the next line behind a stroke and before its ending. */
export function breakable(name: string): Html {
  return html`${name.split(/(?<=[_-])|(?=\.\w+$)/).map((part, i) => html`${i > 0 ? html`<wbr>` : null}${part}`)}`;
}
