import type { RunReport } from "../../telemetry/run-report.ts";
import { formatFacts } from "../terminal/facts.ts";
import { formatTable } from "../terminal/table.ts";
import { factsOf } from "./facts.ts";
import { missLine } from "./miss-line.ts";
import { remoteText } from "./remote-text.ts";
import { missesByReason, type ReportTable, tablesOf } from "./tables.ts";
import { formatTimeSaved, percentages } from "./time-saved.ts";
import { verifiedText } from "./verified.ts";

/** What the text is written for. */
export interface TextStyle {
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
  /** Columns to fit into; without it, nothing is cut. */
  readonly width?: number | undefined;
}

/** The lines of the report. */
export function* textReport(report: RunReport, style: TextStyle): Generator<string> {
  yield* formatFacts(factsOf(report), style.dim);
  yield "";
  for (const table of tablesOf(report)) yield* [...tableLines(table, style), ""];
  yield* cacheBlock(report);
  const reasons = missesByReason(report);
  if (reasons.rows.length > 0) yield* ["", ...tableLines(reasons, style)];
}

/** Scripts look for this block: its words and numbers are the same on a terminal and in a pipe. */
function cacheBlock({ cache, remote: summary }: RunReport): readonly string[] {
  const percent = percentages(cache.hits, cache.calls);
  const verified = verifiedText(cache);
  const misses = missLine(cache.miss_groups);
  const remote = remoteText(summary);
  return [
    "Cache Performance:",
    `  Total calls: ${cache.calls}`,
    `  Hits: ${cache.hits} (${percent.hits}%)`,
    `  Misses: ${cache.misses} (${percent.misses}%)`,
    `  Estimated time saved: ${formatTimeSaved(cache.time_saved_s)}`,
    ...(verified === undefined ? [] : [`  ${verified}`]),
    ...(misses === undefined ? [] : [`  ${misses}`]),
    ...(remote === undefined ? [] : [`  ${remote}`]),
  ];
}

const INDENT = "  ";

function* tableLines({ heading, columns, rows, note }: ReportTable, style: TextStyle): Generator<string> {
  const { bold, dim, width } = style;
  yield `${heading}:`;
  const available = width === undefined ? undefined : width - INDENT.length;
  for (const line of formatTable({ columns, rows, width: available, styleHeading: bold })) yield `${INDENT}${line}`;
  if (note !== undefined) yield `${INDENT}${dim(note)}`;
}
