import type { Command } from "commander";
import { escapeUnprintable } from "../escape.ts";
import { countsOf } from "../telemetry/run-counts.ts";
import { listRuns, type Run } from "../telemetry/runs.ts";
import { formatAge, formatCount } from "../units.ts";
import { countOf } from "./cache/option-values.ts";
import { durationOf } from "./report/facts.ts";
import { noteSkipped, runsFolderOf } from "./report/run-folder.ts";
import { percentages } from "./report/time-saved.ts";
import { note, printJsonArray, printTable } from "./terminal/output.ts";
import type { Column } from "./terminal/table.ts";

interface RunsOptions {
  readonly runsDir?: string;
  readonly limit: number;
  readonly json?: true;
}

const COLUMNS: readonly Column[] = [
  { title: "RUN" },
  { title: "STATUS" },
  { title: "TARGET", narrow: "cut" },
  { title: "STARTED", align: "right" },
  { title: "DURATION", align: "right", narrow: "drop" },
  { title: "SUCCEEDED/FAILED", align: "right" },
  { title: "HITS", align: "right" },
];

const DEFAULT_LIMIT = 20;

/** `scalable runs` */
export function addRuns(program: Command): void {
  program
    .command("runs")
    .description("list the runs, the newest first")
    .option("--runs-dir <folder>", "the folder of the runs (default: SCALABLE_RUNS_DIR, or ./.scalable/runs)")
    .option("--limit <n>", "only the first n", countOf("--limit"), DEFAULT_LIMIT)
    .option("--json", "print JSON: run.json of each run, with its folder and its status as it stands now")
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<RunsOptions>();
      const runsDir = runsFolderOf(options.runsDir);
      const { runs, skipped } = listRuns(runsDir, options.limit);
      noteSkipped(skipped);
      if (options.json) await printJsonArray(runs.map(jsonOf));
      else if (runs.length === 0) note(`no runs in ${escapeUnprintable(runsDir)}`);
      else await printTable(COLUMNS, runs.map(rowOf));
    });
}

function jsonOf(run: Run): unknown {
  return { ...run.record, run_id: run.id, status: run.status, folder: run.folder, counts: countsOf(run) };
}

function rowOf(run: Run): readonly string[] {
  const counts = countsOf(run);
  return [
    run.id,
    run.status,
    escapeUnprintable(run.record.target) || "-",
    formatAge(Date.parse(run.record.started_at), Date.now()),
    durationOf(run.record.duration_s),
    `${formatCount(counts.succeeded)}/${formatCount(counts.failed)}`,
    counts.calls === 0 ? "-" : `${percentages(counts.hits, counts.calls).hits}%`,
  ];
}
