import type { Command } from "commander";
import { escapeUnprintable } from "../../escape.ts";
import { type ArrayRecord, noteCancelled } from "../../providers/slurm/array-record.ts";
import { runSlurm } from "../../providers/slurm/commands.ts";
import { type SurveyedArray, surveyArrays } from "../../providers/slurm/survey.ts";
import { formatCounted } from "../../units.ts";
import { ExitCode } from "../exit-code.ts";
import { confirm } from "../terminal/confirm.ts";
import { note, print, printJson } from "../terminal/output.ts";
import { slurmProjectOf } from "./slurm-project.ts";

interface CancelOptions {
  readonly manifest?: string;
  readonly target?: string;
  readonly yes?: true;
  readonly json?: true;
}

const ABOUT = `
A session that waits for such a call is told that it was cancelled, and does not submit it again. What was computed is
kept.`;

/** `scalable jobs cancel` */
export function addCancel(jobs: Command): void {
  jobs
    .command("cancel")
    .description("end the jobs of a project, of one run, or of one job array")
    .argument("[run]", "the ID of a run, the beginning of one, or the number of a job array (default: all)")
    .option("--manifest <file>", "the manifest (default: SCALABLE_MANIFEST, or scalable.yaml)")
    .option("-y, --yes", "do not ask (nor is asked where standard input is not a terminal)")
    .addHelpText("after", ABOUT)
    .action(async (which: string | undefined, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<CancelOptions>();
      const open = await openArrays(options);
      if (open === undefined) return;
      const chosen = which === undefined ? open : open.filter((array) => isMeant(array, which));
      if (chosen.length > 0 || which === undefined) await cancel(chosen, options);
      else {
        note(`no jobs of ${escapeUnprintable(which)} wait or run`);
        process.exitCode = ExitCode.problem;
      }
    });
}

/** Arrays whose jobs can be ended; undefined where that is not known, and this has said so. */
async function openArrays({ manifest, target }: CancelOptions): Promise<readonly SurveyedArray[] | undefined> {
  const { project, workDirs } = await slurmProjectOf(manifest, target);
  const isOurs = (record: ArrayRecord): boolean => record.project === project;
  const { arrays, trouble } = await surveyArrays(workDirs, "open", isOurs);
  if (trouble === undefined) return arrays;
  note(`nothing was cancelled, as Slurm could not be asked: ${escapeUnprintable(trouble.message)}`);
  process.exitCode = ExitCode.problem;
  return undefined;
}

function isMeant({ record, jobId }: SurveyedArray, which: string): boolean {
  return jobId === which || (which.startsWith("run-") && record.run_id?.startsWith(which) === true);
}

async function cancel(arrays: readonly SurveyedArray[], options: CancelOptions): Promise<void> {
  const jobs = arrays.reduce((sum, { liveJobs }) => sum + liveJobs, 0);
  const what = `${formatCounted(jobs, "job", "jobs")} in ${formatCounted(arrays.length, "array", "arrays")}`;
  if (arrays.length > 0 && !options.yes && process.stdin.isTTY && !(await confirm(`Cancel ${what}?`))) {
    note("nothing was cancelled");
    process.exitCode = ExitCode.problem;
    return;
  }
  // Before, so that no session that sees them end takes that for something else.
  for (const { folder } of arrays) noteCancelled(folder, "user");
  const numbers = arrays.flatMap(({ jobId, liveJobs }) => (jobId === undefined || liveJobs === 0 ? [] : [jobId]));
  if (numbers.length > 0) await runSlurm("scancel", numbers);
  const calls = arrays.flatMap(({ standings }) => standings).filter(({ state }) => isOpen(state)).length;
  if (options.json) await printJson({ arrays: arrays.length, jobs, calls });
  else await print(`cancelled ${what}: ${formatCounted(calls, "call", "calls")}`);
}

function isOpen(state: SurveyedArray["standings"][number]["state"]): boolean {
  return state === "waiting" || state === "running";
}
