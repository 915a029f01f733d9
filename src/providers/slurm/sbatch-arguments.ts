import path from "node:path";
import type { SlurmOptions } from "../../manifest/slurm-options.ts";
import { type ArrayResources, OUTPUT_FOLDER } from "./array-record.ts";

export interface Submission {
  readonly folder: string;
  readonly script: string;
  readonly jobName: string;
  /** How many jobs there are, and how many of them may run at one time. */
  readonly jobs: number;
  readonly atOnce: number | undefined;
  readonly resources: ArrayResources;
  /** Arrays that are to end before it begins. */
  readonly after: readonly string[];
}

const MIB = 1024 * 1024;

/** What `sbatch` is asked for. */
export function sbatchArguments(options: SlurmOptions, submission: Submission): string[] {
  const { folder, script, jobName, jobs, atOnce, resources, after } = submission;
  const { cpus, memory_bytes, walltime_s } = resources;
  const given = (name: string, value: string | number | undefined): string[] =>
    value === undefined ? [] : [`--${name}=${value}`];
  return [
    "--parsable",
    `--array=0-${jobs - 1}${atOnce === undefined ? "" : `%${atOnce}`}`,
    `--job-name=${jobName}`,
    `--chdir=${folder}`,
    // In the whole path, and not only in the file's name, a sign such as %a stands for something: %% is %.
    `--output=${path.join(folder, OUTPUT_FOLDER).replaceAll("%", "%%")}/%a.log`,
    "--open-mode=append",
    "--requeue",
    "--export=ALL",
    `--cpus-per-task=${cpus}`,
    ...given("mem", memory_bytes === undefined ? undefined : `${Math.ceil(memory_bytes / MIB)}M`),
    ...given("time", walltime_s === undefined ? undefined : timeText(walltime_s)),
    ...given("partition", options.queue),
    ...given("account", options.account),
    ...given("qos", options.qos),
    ...given("constraint", options.constraint),
    ...given("gres", options.gres),
    ...given("nodes", options.nodes),
    ...given("dependency", after.length === 0 ? undefined : `afterany:${after.join(":")}`),
    ...options.extra,
    script,
  ];
}

/** `days-hours:minutes:seconds`, see "--time" of sbatch(1). */
export function timeText(seconds: number): string {
  const whole = Math.ceil(seconds);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  return `${Math.floor(whole / 86_400)}-${two((whole % 86_400) / 3600)}:${two((whole % 3600) / 60)}:${two(whole % 60)}`;
}
