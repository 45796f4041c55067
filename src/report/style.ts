/** What the report's page adds to the style of a model's. Colours of figures are told apart in light, in dark and on paper. */
export const REPORT_STYLE: string = `
:root { --first: #14538f; --second: #b5501a; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --first: #8fc0f0; --second: #f2a36b; --bad: #ff8a80; } }
header .headline { grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); }
.headline div { min-width: 0; }
.number { white-space: nowrap; }
thead .number { white-space: normal; overflow-wrap: anywhere; }
header .headline dd { font-size: 1.5rem; line-height: 1.25; letter-spacing: -0.01em; }
header .headline dd + dd { font-size: 0.85rem; letter-spacing: 0; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); gap: 1.5rem; margin: 0 0 1.5rem; }
.charts figure { margin: 0; padding: 1rem 0.75rem 0.75rem; background: var(--raised); border: 1px solid var(--line); border-radius: 12px; min-width: 0; }
.charts svg { width: 100%; height: auto; overflow: hidden; }
.charts svg text { fill: inherit; font-size: 13px; }
.charts figcaption { margin: 0.5rem 0.5rem 0; line-height: 1.45; }
.charts figcaption b { color: var(--ink); }
.pairs { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); gap: 1.25rem; margin: 0 0 1.5rem; padding: 0; list-style: none; }
.pairs li { padding: 0.75rem; background: var(--raised); border: 1px solid var(--line); border-radius: 12px; break-inside: avoid; min-width: 0; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 0.5rem; }
.pair figure, .missed figure { margin: 0; min-width: 0; }
.pair img, .pair .none, .missed img, .missed .none { display: block; width: 100%; height: auto; aspect-ratio: 1; object-fit: contain; background: var(--track); border-radius: 6px; }
.pair .none, .missed .none { display: grid; place-items: center; color: var(--soft); font-size: 0.75rem; }
.pair figcaption, .missed figcaption { margin: 0.3rem 0 0; font-size: 0.78rem; line-height: 1.35; overflow-wrap: anywhere; }
.verdict { margin: 0.5rem 0 0; font-size: 0.85rem; line-height: 1.4; color: var(--soft); }
.verdict b { color: var(--ink); font-variant-numeric: tabular-nums; }
.verdict .wrong { color: var(--bad); font-weight: 600; }
.missed { display: grid; grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)); gap: 1rem; margin: 0 0 1.5rem; padding: 0; list-style: none; }
td small, th small { display: block; color: var(--soft); font-size: 0.85em; font-weight: 400; line-height: 1.4; }
.lower { color: var(--bad); font-weight: 600; }
td ul { margin: 0; padding: 0; list-style: none; }
td li + li { margin-top: 0.35rem; }
@media (max-width: 34rem) {
  header .headline { grid-template-columns: 1fr 1fr; }
  .charts figure { padding: 0.75rem 0.25rem 0.5rem; }
  .stacked thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stacked, .stacked tbody, .stacked tr, .stacked th, .stacked td { display: block; width: 100%; }
  .stacked tr { padding: 0.7rem 0; border-bottom: 1px solid var(--line); }
  .stacked th, .stacked td { padding: 0.1rem 0; border: 0; text-align: left; white-space: normal; }
  .stacked td { display: grid; grid-template-columns: 7.5rem 1fr; gap: 0 0.75rem; }
  .stacked td::before { content: attr(data-title); color: var(--soft); font-size: 0.85em; }
  .stacked td:empty { display: none; }
}
@media print {
  @page { margin: 14mm; }
  table { font-size: 0.9em; }
  td small { white-space: normal; }
  :root { --first: #14538f; --second: #b5501a; --bad: #b3261e; }
  .charts, .pairs { gap: 0.8rem; }
  .charts { grid-template-columns: 1fr 1fr; }
  .charts figure, .pairs li { break-inside: avoid; border-color: #bbb; border-radius: 4px; }
  .pairs { grid-template-columns: 1fr 1fr 1fr; }
  .pair img, .missed img { print-color-adjust: exact; }
  .missed { grid-template-columns: repeat(6, 1fr); }
  h2, h3, h2 + p, h3 + p, p.lead { break-after: avoid; }
  footer { break-before: avoid; }
}
`;
