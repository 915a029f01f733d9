import { writeFile } from "node:fs/promises";
import { type Command, Option } from "commander";
import { toPrintableJson } from "../escape.ts";
import { summarizeRun } from "../telemetry/run-report.ts";
import type { Run } from "../telemetry/runs.ts";
import { ExitCode } from "./exit-code.ts";
import { reportPage } from "./report/page.ts";
import { findOneRun, runsFolderOf } from "./report/run-folder.ts";
import { textReport } from "./report/text.ts";
import { onTerminal, printLines, styled } from "./terminal/output.ts";
import { UsageError } from "./usage-error.ts";

interface ReportOptions {
  readonly latest?: true;
  readonly runId?: string;
  readonly runsDir?: string;
  readonly format: "text" | "json" | "html";
  readonly output?: string;
}

const ABOUT_JSON = `
JSON has the names of the files of a run: times in seconds (…_s) and ISO 8601, sizes in bytes (…_bytes).`;

/** `scalable report` */
export function addReport(program: Command): void {
  program
    .command("report")
    .description("what a run came to: tasks, workers, failures, and what it had from the cache")
    .addOption(new Option("--latest", "of the latest run (the default)").conflicts("runId"))
    .option("--run-id <id>", "of the run with this ID, or the beginning of one")
    .option("--runs-dir <folder>", "the folder of the runs (default: SCALABLE_RUNS_DIR, or ./.scalable/runs)")
    .addOption(new Option("--format <format>", "how").choices(["text", "json", "html"]).default("text"))
    .option("--output <file>", "write it to this file")
    .addHelpText("after", ABOUT_JSON)
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ReportOptions>();
      if (options.output === "") throw new UsageError("--output is empty, but must be a file.");
      const runsDir = runsFolderOf(options.runsDir);
      const run = findOneRun(runsDir, options.runId);
      if (run === undefined) process.exitCode = ExitCode.problem;
      else if (options.output === undefined) await printLines(linesOf(run, runsDir, options));
      else await writeFile(options.output, `${[...linesOf(run, runsDir, options)].join("\n")}\n`);
    });
}

function linesOf(run: Run, runsDir: string, { format, output }: ReportOptions): Iterable<string> {
  const report = summarizeRun(run.folder);
  if (format === "json") return [toPrintableJson(report, 2)];
  if (format === "html") return reportPage(report, runsDir);
  if (output !== undefined) return textReport(report, { dim: (text) => text, bold: (text) => text });
  return textReport(report, {
    dim: (text) => styled("dim", text),
    bold: (text) => styled("bold", text),
    width: onTerminal() ? process.stdout.columns || undefined : undefined,
  });
}
