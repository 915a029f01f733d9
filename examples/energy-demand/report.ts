import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { styleText } from "node:util";
import type { CacheSummary } from "scalable";
import type { Demand } from "./demand.ts";

/** One line of the table. */
export interface Row extends CacheSummary {
  readonly run: string;
  readonly timeS: number;
}

const HEADER = ["run", "calls", "hits", "misses", "time taken", "time saved"];

/** The rows as an aligned table; its header is bold where `stream` shows styles and `NO_COLOR` is not set. */
export function table(rows: readonly Row[], stream: NodeJS.WritableStream): string {
  const cells = rows.map((row) => [
    row.run,
    String(row.calls),
    String(row.hits),
    String(row.misses),
    seconds(row.timeS),
    seconds(row.timeSavedS),
  ]);
  const widths = HEADER.map((title, column) =>
    Math.max(...[HEADER, ...cells].map((line) => (line[column] ?? title).length)),
  );
  const [header = "", ...lines] = [HEADER, ...cells].map((line) =>
    line
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  "),
  );
  return [styleText("bold", header, { stream }), ...lines].join("\n");
}

/** What the scenarios say, in a few lines. */
export function findings(demands: readonly Demand[]): string {
  const sorted = demands.toSorted((a, b) => a.peakMw - b.peakMw);
  const lowest = sorted[0];
  const highest = sorted.at(-1);
  if (lowest === undefined || highest === undefined) return "";
  const summer = demands.filter((demand) => ["06", "07", "08"].includes(demand.peakAt.slice(5, 7)));
  const months = Array.from({ length: 12 }, (_, month) =>
    demands.reduce((sum, demand) => sum + (demand.monthlyGwh[month] ?? 0) / demands.length, 0),
  );
  return [
    `Peak demand in 2040: ${peak(lowest)} to ${peak(highest)}.`,
    `In ${summer.length} of ${demands.length} scenarios the peak falls in summer.`,
    `Demand by month, mean of all: ${bars(months)} (${whole(Math.min(...months))} to ${whole(Math.max(...months))} GWh).`,
  ].join("\n");
}

/** How one scenario changed. */
export function comparison(before: Demand, after: Demand): string {
  const change = (from: number, to: number): string =>
    `${to < from ? "-" : "+"}${Math.abs(((to - from) / from) * 100).toFixed(1)} %`;
  const { heating: heatingBefore } = before.annualGwhByUse;
  const { heating: heatingAfter } = after.annualGwhByUse;
  return `Scenario ${after.scenario} with 0.5 K more warming: heating ${change(heatingBefore, heatingAfter)}, peak ${change(before.peakMw, after.peakMw)}.`;
}

/** What `scalable report --latest` says of the last run; styled where `stream` shows styles. */
export function latestReport(stream: NodeJS.WriteStream): string {
  const scalable = fileURLToPath(new URL("bin/scalable.js", import.meta.resolve("scalable/package.json")));
  const styles = stream.isTTY && stream.hasColors() ? { FORCE_COLOR: "1" } : {};
  const env = { ...process.env, ...styles };
  return execFileSync(process.execPath, [scalable, "report", "--latest"], { env, encoding: "utf8" }).trimEnd();
}

/** Eight heights of a block, from the lowest value to the highest. */
export function bars(values: readonly number[]): string {
  const low = Math.min(...values);
  const range = Math.max(...values) - low || 1;
  return values.map((value) => "▁▂▃▄▅▆▇█"[Math.min(7, Math.floor(((value - low) / range) * 8))]).join("");
}

function peak(demand: Demand): string {
  return `${whole(demand.peakMw)} MW (scenario ${demand.scenario}, as on ${demand.peakAt.replace("T", " ")})`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function seconds(value: number): string {
  return `${value.toFixed(value < 1 ? 3 : 1)} s`;
}
