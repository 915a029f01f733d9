import type { ResolvedManifest, SlurmOptions } from "../manifest/manifest.ts";
import { divide } from "../providers/slurm/divide.ts";
import { secondsOf } from "./durations.ts";
import type { Outlook } from "./outlook.ts";

/** Calls of one component that go to the cluster, and what they would ask for. */
export interface ArrayPlan {
  readonly component: string;
  readonly calls: number;
  /** Jobs that make them; the cluster's limits may divide them into several arrays. */
  readonly jobs: number;
  /** For each job; memory is 0 where it is left to the partition. */
  readonly cpus: number;
  readonly memory_bytes: number;
  readonly walltime_s?: number;
  /** By how long the functions took before; absent where that is not known of all of them. */
  readonly core_hours?: number;
  /** Where each job took its whole walltime. */
  readonly core_hours_at_most?: number;
}

const HOUR_S = 3600;

/** The arrays that the calls would make that are to be computed, as far as is known now. */
export function arraysOf({ components }: ResolvedManifest, options: SlurmOptions, { calls }: Outlook): ArrayPlan[] {
  const { callsPerJob, maxJobs, walltimeMs } = options;
  const walltimeS = walltimeMs === undefined ? undefined : walltimeMs / 1000;
  return [...calls].map(([component, functions]) => {
    const { cpus = 1, memory = 0 } = components.get(component) ?? {};
    const names = [...functions].flatMap(([name, count]) => Array.from({ length: count }, () => name));
    const jobs = divide(names, { callsPerJob, secondsOf, maxJobs, walltimeS }).length;
    const seconds = [...functions].map(([name, count]) => (secondsOf(name) ?? Number.NaN) * count);
    const total = seconds.reduce((sum, each) => sum + each, 0);
    const nodes = options.nodes ?? 1;
    return {
      component,
      calls: names.length,
      jobs,
      cpus,
      memory_bytes: memory,
      ...(walltimeS === undefined ? {} : { walltime_s: walltimeS }),
      ...(Number.isNaN(total) ? {} : { core_hours: (total * cpus * nodes) / HOUR_S }),
      ...(walltimeS === undefined ? {} : { core_hours_at_most: (jobs * walltimeS * cpus * nodes) / HOUR_S }),
    };
  });
}
