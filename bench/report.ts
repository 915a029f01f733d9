import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Machine } from "./machine.ts";
import type { Outcome } from "./measure.ts";
import type { Availability, PeerName } from "./packages.ts";
import { judge, type Row, type Target } from "./row.ts";

export interface Report {
  /** When the run began, ISO 8601. */
  readonly date: string;
  readonly minutes: number;
  readonly machine: Machine;
  readonly peers: ReadonlyMap<PeerName, Availability>;
  readonly rows: readonly Row[];
}

const header = ["what", "ours (p10–p90)", "peer", "peer's (p10–p90)", "n", "ratio", "target", "verdict"];

function cells(row: Row): string[] {
  const verdict = judge(row);
  const value = verdict.value ?? Number.NaN;
  return [
    row.name,
    distribution(row.ours),
    row.peer,
    distribution(row.theirs),
    String(row.ours.state === "measured" ? row.ours.summary.n : 0),
    Number.isNaN(value) ? "" : row.target.kind === "difference" ? `+${duration(value)}` : value.toPrecision(3),
    targetText(row.target),
    verdict.reason === undefined ? verdict.state : `${verdict.state}: ${firstLine(verdict.reason)}`,
  ];
}

export function table(rows: readonly Row[]): string {
  const lines = [header, ...rows.map(cells)];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const text = (line: readonly string[]) =>
    line
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  return [text(header), widths.map((width) => "-".repeat(width)).join("  "), ...lines.slice(1).map(text)].join("\n");
}

export function markdown(report: Report): string {
  const line = (row: readonly string[]) => `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const { machine } = report;
  return [
    `# Measurements of ${report.date.slice(0, 10)}`,
    "",
    "Written by `npm run bench`. Times are medians of rounds, per operation, with the 10th and 90th percentile; the sides",
    "of a row ran in turn in one session. A ratio is ours ÷ peer, for throughput of operations per second, otherwise of times.",
    "",
    line(header),
    line(header.map(() => "---")),
    ...report.rows.map((row) => line(cells(row))),
    "",
    "## What each row measured",
    "",
    ...report.rows.map((row) =>
      [`- **${row.name}** against ${row.peer}: ${row.measured}`, ...(row.notes ?? [])].join(" "),
    ),
    "",
    "## Machine",
    "",
    `- ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB; ${machine.system}, Linux ${machine.kernel}`,
    `- stores and files in ${machine.folder} (${machine.fileSystem}); load before the run ${machine.loadBefore}`,
    `- Node ${machine.node}, SQLite ${machine.sqlite}, Python ${machine.python}`,
    `- ${[...report.peers].map(([name, found]) => `${name} ${found.state === "present" ? found.version : "absent"}`).join(", ")}`,
    `- commit ${machine.commit}; begun ${report.date}, ${report.minutes.toFixed(1)} minutes`,
    "",
  ].join("\n");
}

/** Writes `<date>.md`, `<date>.json` and `latest.md`; answers the first one's path. */
export function save(report: Report, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const stem = join(folder, report.date.slice(0, 10));
  const json = {
    ...report,
    peers: Object.fromEntries(report.peers),
    rows: report.rows.map((row) => ({ ...row, verdict: judge(row) })),
  };
  writeFileSync(`${stem}.json`, `${JSON.stringify(json, undefined, 1)}\n`);
  writeFileSync(`${stem}.md`, markdown(report));
  writeFileSync(join(folder, "latest.md"), markdown(report));
  return `${stem}.md`;
}

function distribution(outcome: Outcome): string {
  if (outcome.state !== "measured") return "";
  const { median, p10, p90 } = outcome.summary;
  return `${duration(median)} (${duration(p10)}–${duration(p90)})`;
}

function duration(seconds: number): string {
  if (Math.abs(seconds) < 1e-3) return `${(seconds * 1e6).toPrecision(3)} µs`;
  if (Math.abs(seconds) < 1) return `${(seconds * 1e3).toPrecision(3)} ms`;
  return `${seconds.toPrecision(3)} s`;
}

function targetText(target: Target): string {
  switch (target.kind) {
    case "ratio":
      return `≤ ${target.atMost}`;
    case "difference":
      return `≤ +${duration(target.atMost)}`;
    case "seconds":
      return `≤ ${duration(target.atMost)}`;
    case "throughput":
      return `≥ ${target.atLeast}`;
    case "none":
      return "";
  }
}

function firstLine(text: string): string {
  return (text.split("\n")[0] ?? "").slice(0, 120);
}
