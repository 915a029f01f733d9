import type { Command } from "commander";
import { escapeUnprintable } from "../escape.ts";
import { type Survey, type SurveyScope, surveyArrays } from "../providers/slurm/survey.ts";
import { ARRAY_COLUMNS, arrayCells, arrayJson } from "./jobs/array-view.ts";
import { CALL_COLUMNS, callCells, callsOf } from "./jobs/call-view.ts";
import { addCancel } from "./jobs/cancel.ts";
import { noteUnknown } from "./jobs/notes.ts";
import { slurmProjectOf } from "./jobs/slurm-project.ts";
import { note, printJsonArray, printTable } from "./terminal/output.ts";

interface JobsOptions {
  readonly target?: string;
  readonly all?: true;
  readonly tasks?: true;
  readonly json?: true;
}

const ABOUT = `
A line for each job array that a run has submitted and of which something still waits or runs. How a call stands is
what its job has noted, and else what Slurm says, which is asked once. "lost": neither knows. Cores are those of jobs
that run. What a call has printed: scalable logs CALL.`;

/** `scalable jobs`, and `scalable jobs cancel` */
export function addJobs(program: Command): void {
  const jobs = program
    .command("jobs")
    .description("list the job arrays of a project on Slurm, and how their calls stand")
    .argument("[manifest]", "its path (default: SCALABLE_MANIFEST, or scalable.yaml)")
    .option("--target <name>", "only of this target (default: all of the manifest with provider: slurm)")
    .option("--all", "also arrays of which nothing waits or runs any more")
    .option("--tasks", "a line for each call")
    .option("--json", "print JSON")
    .addHelpText("after", ABOUT)
    .action(async (manifest: string | undefined, options: JobsOptions) => {
      const { project, workDirs } = await slurmProjectOf(manifest, options.target);
      const scope: SurveyScope = options.all ? "all" : "open";
      const survey = await surveyArrays(workDirs, scope, (record) => record.project === project);
      noteUnknown(survey);
      if (options.json) await printJsonArray(jsonOf(survey, options));
      else if (survey.arrays.length === 0) note(`no jobs in ${workDirs.map(escapeUnprintable).join(", ")}`);
      else await printSurvey(survey, options);
    });
  addCancel(jobs);
}

function* jsonOf({ arrays }: Survey, { tasks }: JobsOptions): Generator<object> {
  const now = Date.now();
  for (const array of arrays) {
    if (tasks) yield* callsOf(array, now);
    else yield arrayJson(array);
  }
}

async function printSurvey({ arrays }: Survey, { tasks }: JobsOptions): Promise<void> {
  const now = Date.now();
  if (tasks) await printTable(CALL_COLUMNS, arrays.flatMap((array) => callsOf(array, now)).map(callCells));
  else await printTable(ARRAY_COLUMNS, arrays.map(arrayCells));
}
