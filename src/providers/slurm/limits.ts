import { runSlurm } from "./commands.ts";

/** What the cluster allows. */
export interface ClusterLimits {
  /** Jobs in one array at most. */
  readonly arraySize: number;
  /** Jobs that the controller knows at one time, of all users. */
  readonly jobCount: number;
}

/** Slurm's own defaults, see slurm.conf(5). */
const DEFAULTS: ClusterLimits = { arraySize: 1001, jobCount: 10_000 };

/** Asks the controller what it allows. @throws SlurmCommandError */
export async function askLimits(): Promise<ClusterLimits> {
  const text = await runSlurm("scontrol", ["show", "config"]);
  const number = (name: string): number | undefined => {
    const found = new RegExp(`^${name}\\s*=\\s*(\\d+)`, "m").exec(text)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  return {
    arraySize: number("MaxArraySize") ?? DEFAULTS.arraySize,
    jobCount: number("MaxJobCount") ?? DEFAULTS.jobCount,
  };
}
