/**
 * The page's style sheet. Sizes follow a scale of 1.25 about 17 px; every text has a contrast of 4.5 : 1 or more against
 * what it stands on, light as dark.
 */
export const STYLE: string = `
:root {
  color-scheme: light dark;
  --ground: #fbfbf9; --raised: #ffffff; --ink: #1d2126; --soft: #5a626c; --line: #e3e4e0; --accent: #14538f;
  --track: #e8eaea; --code: #f3f4f1; --warm: #fff7e6; --warm-line: #d8a63a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171a; --raised: #1b1f23; --ink: #e6e8ea; --soft: #a2abb5; --line: #2e343a; --accent: #8fc0f0;
    --track: #2a3036; --code: #1f242a; --warm: #2a2417; --warm-line: #b58a2e;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: clamp(1.5rem, 5vw, 4.5rem) clamp(1rem, 5vw, 3rem) 4rem; max-width: 60rem;
  background: var(--ground); color: var(--ink);
  font: 1.0625rem/1.65 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "DejaVu Sans", sans-serif;
  overflow-wrap: break-word;
}
p { margin: 0 0 1rem; max-width: 44rem; }
a { color: var(--accent); text-underline-offset: 0.15em; overflow-wrap: anywhere; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; }
code, pre { font: 0.875em/1.6 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
pre code { font: inherit; }
h1 { margin: 0 0 0.75rem; font-size: clamp(2.25rem, 7vw, 3.25rem); line-height: 1.1; letter-spacing: -0.025em; text-wrap: balance; }
h2 { margin: 4rem 0 1.25rem; font-size: 1.66rem; line-height: 1.2; letter-spacing: -0.015em; }
h3 { margin: 2.25rem 0 0.75rem; font-size: 1.16rem; line-height: 1.3; }
.slug { margin: 0 0 0.5rem; color: var(--soft); overflow-wrap: anywhere; }
.summary { margin: 0 0 2.25rem; color: var(--soft); font-size: 1.33rem; line-height: 1.45; text-wrap: pretty; }
.facts { margin: 0 0 1.25rem; }
.facts div { display: grid; grid-template-columns: minmax(9rem, 12rem) 1fr; gap: 0 1.5rem; padding: 0.5rem 0; border-top: 1px solid var(--line); }
.facts div:last-child { border-bottom: 1px solid var(--line); }
dt { color: var(--soft); }
dd { margin: 0; grid-column: 2; min-width: 0; overflow-wrap: anywhere; text-wrap: balance; }
header .facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 1.5rem 2rem; padding: 1.5rem; background: var(--raised); border: 1px solid var(--line); border-radius: 14px; }
header .facts div, header .facts div:last-child { display: block; padding: 0; border: 0; }
header dt { font-size: 0.85rem; }
header dd { font-weight: 600; }
header dd + dd { color: var(--soft); font-size: 0.9rem; font-weight: 400; line-height: 1.45; }
.remark { max-width: none; margin: 1.25rem 0 0; padding: 1rem 1.25rem; background: var(--warm); border-left: 3px solid var(--warm-line); border-radius: 4px 10px 10px 4px; }
.unstated { color: var(--soft); font-style: italic; font-weight: 400; }
.items { margin: 0 0 1.25rem; padding: 0; list-style: none; display: grid; gap: 1.25rem; }
.items p { margin: 0; }
.items p + p { margin-top: 0.25rem; }
.item { display: flex; flex-wrap: wrap; gap: 0.3rem 0.5rem; align-items: center; font-weight: 600; }
.item .tag { font-weight: 400; }
.tag { padding: 0 0.6rem; border: 1px solid var(--line); border-radius: 99px; color: var(--soft); font-size: 0.85rem; white-space: nowrap; }
.table { margin: 0 0 0.75rem; overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
th, td { padding: 0.6rem 1.25rem 0.6rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--soft); font-size: 0.85rem; font-weight: 500; vertical-align: bottom; }
tbody th { font-weight: 600; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.notes { margin: 0 0 1.25rem; padding: 0; list-style: none; color: var(--soft); font-size: 0.9rem; line-height: 1.5; }
.notes li { margin: 0 0 0.25rem; padding-left: 1em; text-indent: -1em; overflow-wrap: anywhere; }
.notes li::before { content: "* "; }
.lead { margin: 1.25rem 0 0.5rem; }
pre { margin: 0 0 0.75rem; padding: 1rem 1.25rem; background: var(--code); border: 1px solid var(--line); border-radius: 10px; overflow-x: auto; }
figure { margin: 1.5rem 0 1.75rem; }
figcaption { margin-bottom: 0.75rem; color: var(--soft); font-size: 0.9rem; }
svg { display: block; overflow: visible; }
svg text { fill: var(--ink); font-size: 0.9rem; font-variant-numeric: tabular-nums; }
.track { fill: var(--track); }
.bar { fill: var(--accent); }
footer { margin-top: 4.5rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); font-size: 0.9rem; }
@media (max-width: 34rem) {
  body { font-size: 1rem; }
  .summary { font-size: 1.2rem; }
  h2 { margin-top: 3.25rem; }
  .facts div { grid-template-columns: 7.5rem 1fr; gap: 0 1rem; }
  header .facts { grid-template-columns: 1fr 1fr; gap: 1.25rem; padding: 1.25rem; }
  th, td { padding-right: 0.75rem; }
  table { font-size: 0.92rem; }
  pre { padding: 0.8rem; font-size: 0.7rem; white-space: pre-wrap; overflow-wrap: anywhere; }
}
@media print {
  :root { --ground: #fff; --raised: #fff; --ink: #000; --soft: #444; --line: #bbb; --accent: #14538f; --code: #fff; --track: #eee; --warm: #fff; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  h2 { margin-top: 1.75rem; }
  h2, h3 { break-after: avoid; }
  tr, pre, figure, .remark, .items li, .facts div { break-inside: avoid; }
  pre { white-space: pre-wrap; }
  .table { overflow: visible; }
  .bar, .track { print-color-adjust: exact; }
}
`;
