import { countsOf } from "../../telemetry/run-counts.ts";
import type { RunReport } from "../../telemetry/run-report.ts";
import { listRuns } from "../../telemetry/runs.ts";
import { readTimeline } from "../../telemetry/timeline.ts";
import { formatCount } from "../../units.ts";
import type { Fact } from "../terminal/facts.ts";
import { factsOf } from "./facts.ts";
import { hitRateChart, type RunHits } from "./hit-rate-chart.ts";
import { html, type Markup } from "./html.ts";
import { missLine } from "./miss-line.ts";
import { PAGE_STYLE } from "./page-style.ts";
import { remoteText } from "./remote-text.ts";
import { missesByReason, type ReportTable, tablesOf } from "./tables.ts";
import { formatTimeSaved, percentages } from "./time-saved.ts";
import { timelineChart } from "./timeline-chart.ts";
import { verifiedText } from "./verified.ts";

/** So many runs are compared. */
const LAST_RUNS = 30;

/** Tables of more do not fit on a narrow screen, which has their cells below each other instead. */
const FEW_COLUMNS = 3;

/** The report as one page that needs nothing else: no script, no network. */
export function reportPage(report: RunReport, runsDir: string): Iterable<string> {
  const tables = [...tablesOf(report), missesByReason(report)].filter(({ rows }) => rows.length > 0);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${report.run_id}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<h1>${report.run_id}</h1>
${factList(factsOf(report).filter(([label]) => label !== "run"))}
<h2>Cache performance</h2>
${factList(cacheFacts(report))}
<h2>Timeline</h2>
${timelineChart(readTimeline(report.folder))}
<h2>Hit rate over the last runs</h2>
${hitRateChart(lastRuns(runsDir), report.run_id)}
${tables.map(tableMarkup)}
</body>
</html>`;
  return [page.text];
}

function cacheFacts({ cache, remote: summary }: RunReport): readonly Fact[] {
  const percent = percentages(cache.hits, cache.calls);
  const verified = verifiedText(cache);
  const misses = missLine(cache.miss_groups);
  const remote = remoteText(summary);
  return [
    ["total calls", formatCount(cache.calls)],
    ["hits", `${formatCount(cache.hits)} (${percent.hits}%)`],
    ["misses", `${formatCount(cache.misses)} (${percent.misses}%)`],
    ["estimated time saved", formatTimeSaved(cache.time_saved_s)],
    ...(verified === undefined ? [] : [["checked", verified] as const]),
    ...(misses === undefined ? [] : [["why", misses] as const]),
    ...(remote === undefined ? [] : [["shared cache", remote] as const]),
  ];
}

function lastRuns(runsDir: string): readonly RunHits[] {
  const { runs } = listRuns(runsDir, LAST_RUNS);
  return runs.toReversed().map((run) => {
    const { calls, hits } = countsOf(run);
    return { run_id: run.id, calls, hits };
  });
}

function factList(facts: readonly Fact[]): Markup {
  return html`<dl>
${facts.map(([label, value]) => html`<dt>${label}</dt><dd>${value}</dd>\n`)}</dl>`;
}

function tableMarkup({ heading, columns, rows, note }: ReportTable): Markup {
  const classOf = (index: number): string => columns[index]?.align ?? "left";
  return html`<h2>${heading}</h2>
<div class="scroll"><table${columns.length > FEW_COLUMNS ? html` class="wide"` : ""}>
<thead><tr>${columns.map(({ title }, index) => html`<th class="${classOf(index)}">${title}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => html`<tr>${row.map((cell, index) => html`<td class="${classOf(index)}" data-title="${columns[index]?.title ?? ""}">${cell}</td>`)}</tr>\n`)}</tbody>
</table></div>
${note === undefined ? "" : html`<p class="note">${note}</p>\n`}`;
}
