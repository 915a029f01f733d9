import type { Command } from "commander";
import { escapeUnprintable } from "../escape.ts";
import { didYouMean } from "../manifest/suggest.ts";
import type { Run } from "../telemetry/runs.ts";
import { formatCount } from "../units.ts";
import { ExitCode } from "./exit-code.ts";
import { slurmProjectIfAny } from "./jobs/slurm-project.ts";
import { bytesIn, CALL_COLUMNS, type CallWithFiles, callCells, callJson } from "./logs/call-list.ts";
import { type CallOfRun, hasEnded } from "./logs/calls-of-run.ts";
import { callsMeant, type FoundCalls, findInRuns, taskNamesOf } from "./logs/find-calls.ts";
import { follow } from "./logs/follow.ts";
import { GrowingFile, printGrown } from "./logs/growing-file.ts";
import { JobPlaces } from "./logs/job-places.ts";
import { outputOfCall } from "./logs/output-of-call.ts";
import { findOneRun, runsFolderOf } from "./report/run-folder.ts";
import { note, printJsonArray, printLines, printTable } from "./terminal/output.ts";

interface LogsOptions {
  readonly run?: string;
  readonly follow?: true;
  readonly path?: true;
  readonly runsDir?: string;
  readonly manifest?: string;
  readonly json?: true;
}

const ABOUT = `
TASK is the ID of a call, as reports and "scalable jobs --tasks" have it, or the name of a task or a function: then its
calls that failed are meant, or all where none did. Several are listed, the latest last. Output of a call in a job that
has not ended is read where the job writes it, in the work_dir of the manifest's targets on Slurm.`;

/** Of more calls, the last ones are listed. */
const MOST_LISTED = 50;

/** `scalable logs` */
export function addLogs(program: Command): void {
  program
    .command("logs")
    .description("what a call of a run has printed")
    .argument("<task>", "the ID of a call, or the name of a task")
    .option("--run <id>", "of the run with this ID, or the beginning of one (default: the latest run)")
    .option("--follow", "go on until the call has ended")
    .option("--path", "print the paths of the files instead")
    .option("--runs-dir <folder>", "the folder of the runs (default: SCALABLE_RUNS_DIR, or ./.scalable/runs)")
    .option("--manifest <file>", "the manifest (default: SCALABLE_MANIFEST, or scalable.yaml)")
    .option("--json", "print JSON: the calls that are meant, with the paths of the files")
    .addHelpText("after", ABOUT)
    .action(async (subject: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<LogsOptions>();
      const found = findCalls(subject, options);
      if (found === undefined) process.exitCode = ExitCode.problem;
      else await tell(found, options);
    });
}

/** The calls that are meant, one at least. Where there are none, this has said so. */
function findCalls(subject: string, { run: id, runsDir }: LogsOptions): FoundCalls | undefined {
  const folder = runsFolderOf(runsDir);
  const run = findOneRun(folder, id);
  if (run === undefined) return undefined;
  const calls = callsMeant(run, subject);
  if (calls.length > 0) return { run, calls };
  // An ID says by itself which call it is.
  const elsewhere = id === undefined ? findInRuns(folder, subject) : undefined;
  if (elsewhere !== undefined) return elsewhere;
  const guess = didYouMean(subject, taskNamesOf(run));
  note(escapeUnprintable(`run ${run.id} has no call and no task ${JSON.stringify(subject)}${guess}`));
  return undefined;
}

async function tell({ run, calls }: FoundCalls, options: LogsOptions): Promise<void> {
  const { workDirs } = await slurmProjectIfAny(options.manifest);
  let places: JobPlaces | undefined;
  const jobs = (): JobPlaces => {
    places ??= new JobPlaces(workDirs);
    return places;
  };
  const withFiles = (call: CallOfRun): CallWithFiles => ({ call, files: outputOfCall(run, call, jobs).files });
  const [only, ...others] = calls;
  if (options.json) await printJsonArray(calls.map((call) => callJson(run, withFiles(call))));
  else if (options.path) await printLines(calls.flatMap((call) => withFiles(call).files.filter(isThere)));
  else if (only === undefined || others.length > 0) await list(run, calls, withFiles);
  else if (options.follow) await follow(run, only, workDirs);
  else await show(withFiles(only));
}

function isThere(file: string): boolean {
  return bytesIn(file) > 0;
}

async function list(
  run: Run,
  calls: readonly CallOfRun[],
  withFiles: (call: CallOfRun) => CallWithFiles,
): Promise<void> {
  const last = calls.slice(-MOST_LISTED);
  await printTable(
    CALL_COLUMNS,
    last.map((call) => callCells(withFiles(call))),
  );
  const rest = calls.length - last.length;
  const more = rest > 0 ? `, and ${formatCount(rest)} before them` : "";
  note(`these are calls of ${run.id}${more}; what one of them has printed: scalable logs CALL`);
}

async function show({ call, files }: CallWithFiles): Promise<void> {
  for (const file of files) await printGrown(new GrowingFile(file));
  if (files.some(isThere)) return;
  const name = escapeUnprintable(`${call.task_name} ${call.id}`);
  if (call.hit === true) note(`${name} was answered from the cache, and printed nothing in this run`);
  else note(hasEnded(call) ? `${name} has printed nothing` : `${name} has printed nothing yet (${call.state})`);
}
