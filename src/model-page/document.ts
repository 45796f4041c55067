import { type Html, html, raw } from "./html.ts";
import { STYLE } from "./style.ts";

/** Even if a text of the page were markup, nothing could run or be fetched. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

export type DocumentParts = {
  readonly title: string;
  /** Rules beside those that all our pages share. */
  readonly style?: string;
  readonly body: Html;
};

/** One HTML file that needs nothing else: no script, no request; light or dark as the reader's system is. */
export function htmlDocument({ title, style = "", body }: DocumentParts): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="arcface">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${raw(STYLE)}${raw(style)}</style>
</head>
<body>
${body}
</body>
</html>
`.text;
}
