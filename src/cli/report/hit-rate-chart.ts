import { formatCount } from "../../units.ts";
import { html, type Markup } from "./html.ts";
import { percentages } from "./time-saved.ts";

/** What the calls of one run had from the cache. */
export interface RunHits {
  readonly run_id: string;
  readonly calls: number;
  readonly hits: number;
}

/** Fits on a narrow screen: the chart is not scaled, so that its labels stay as large as the text around it. */
const WIDTH = 360;
const LABELS = 40;
const HEIGHT = 120;
const TOP = 8;
const WIDEST = 32;

/**
 * The share of hits in each run.
 *
 * @param runs - the oldest first.
 * @param current - the ID of the run that the page is about.
 */
export function hitRateChart(runs: readonly RunHits[], current: string): Markup {
  const step = Math.min(WIDEST, (WIDTH - LABELS) / Math.max(1, runs.length));
  return html`<svg class="hit-rate" width="${WIDTH}" viewBox="0 0 ${WIDTH} ${TOP + HEIGHT + 6}" role="img" aria-label="Share of hits over the last runs">
${[0, 50, 100].map(gridLine)}
${runs.map((run, index) => bar(run, { x: LABELS + index * step, width: step * 0.8, current }))}
</svg>
<p class="note">The oldest run is on the left; this one is blue.</p>`;
}

function gridLine(percent: number): Markup {
  const y = heightOf(percent);
  return html`<line class="grid" x1="${LABELS}" x2="${WIDTH}" y1="${y}" y2="${y}"/>
<text x="${LABELS - 6}" y="${y + 4}" text-anchor="end">${percent}%</text>
`;
}

interface Place {
  readonly x: number;
  readonly width: number;
  readonly current: string;
}

function bar({ run_id, calls, hits }: RunHits, { x, width, current }: Place): Markup {
  const percent = percentages(hits, calls).hits;
  const title = `${run_id}: ${calls === 0 ? "no calls" : `${percent}% of ${formatCount(calls)} calls`}`;
  // One pixel at least: a run without hits is a run, too.
  const y = Math.min(heightOf(percent), heightOf(0) - 1);
  return html`<rect class="${run_id === current ? "this" : "other"}" x="${round(x)}" y="${y}" width="${round(width)}" height="${heightOf(0) - y}"><title>${title}</title></rect>
`;
}

function heightOf(percent: number): number {
  return TOP + HEIGHT * (1 - Math.min(100, Math.max(0, percent)) / 100);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
