import { Markup } from "./html.ts";

/** The whole style of a report's page: it has to look the same without a network. */
export const PAGE_STYLE = new Markup(`
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1c2430; --faint: #5d6878; --line: #d9dfe7; --panel: #f5f7fa;
  --succeeded: #4f9f72; --failed: #b3261e; --cancelled: #8a93a0; --running: #2b6cb0; --retrying: #b7791f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181f; --ink: #e3e8ef; --faint: #98a3b3; --line: #323a46; --panel: #1c222b;
    --succeeded: #2f8a58; --failed: #ff8078; --cancelled: #77818f; --running: #5b9fe3; --retrying: #dba23d;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.3rem; margin: 0 0 1rem; }
h2 { font-size: 1.05rem; margin: 2.25rem 0 0.6rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.15rem 1.25rem; margin: 0; padding: 1rem;
  background: var(--panel); border-radius: 8px; }
dt { color: var(--faint); }
dd { margin: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; min-width: min(100%, 32rem); font-size: 14px; }
th, td { text-align: left; padding: 0.3rem 1.5rem 0.3rem 0; border-bottom: 1px solid var(--line); vertical-align: top;
  overflow-wrap: break-word; max-width: 26rem; }
th:last-child, td:last-child { padding-right: 0; }
th { color: var(--faint); font-weight: 600; font-size: 12px; white-space: nowrap; }
td.left:last-child { overflow-wrap: anywhere; min-width: 16rem; max-width: none; }
th.right, td.right { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
@media (max-width: 44rem) {
  .wide, .wide tbody, .wide tr { display: block; }
  .wide thead { display: none; }
  .wide tr { padding: 0.5rem 0; border-bottom: 1px solid var(--line); }
  .wide td, .wide td.left:last-child { display: grid; grid-template-columns: 6.5rem 1fr; align-items: baseline;
    padding: 0; border: 0; min-width: 0; max-width: none; overflow-wrap: anywhere; }
  .wide td.right { text-align: left; }
  .wide td::before { content: attr(data-title); color: var(--faint); font-weight: 600; font-size: 12px; }
}
svg { display: block; height: auto; font: 11px system-ui, sans-serif; }
.timeline { width: 100%; min-width: 60rem; }
.hit-rate { max-width: 100%; }
svg text { fill: var(--faint); }
svg .grid { stroke: var(--line); }
.lane { fill: var(--panel); }
.succeeded { fill: var(--succeeded); background: var(--succeeded); }
.failed { fill: var(--failed); background: var(--failed); }
.cancelled { fill: var(--cancelled); background: var(--cancelled); }
.running, .submitted { fill: var(--running); background: var(--running); }
.retrying { fill: var(--retrying); background: var(--retrying); }
.other { fill: var(--cancelled); }
.this { fill: var(--running); }
.legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1.1rem; margin: 0 0 0.5rem; color: var(--faint);
  font-size: 13px; }
.legend i { display: inline-block; width: 0.7em; height: 0.7em; border-radius: 2px; margin-right: 0.4em; }
.note { color: var(--faint); margin: 0.4rem 0 0; font-size: 13px; }
`);
