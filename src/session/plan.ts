import { availableParallelism, totalmem } from "node:os";
import type { Component, LocalOptions, ResolvedManifest, SlurmOptions } from "../manifest/manifest.ts";
import { type ArrayPlan, arraysOf } from "./array-plan.ts";
import type { Outlook } from "./outlook.ts";

/** What a session would run with. */
export interface Plan {
  readonly project: string;
  readonly target: string;
  readonly provider: string;
  /** Digest of what the manifest means for this target: `sha256:` and 64 hexadecimal digits. */
  readonly manifest_lock: string;
  readonly components: readonly ComponentPlan[];
  readonly tasks: readonly TaskPlan[];
  /** On a cluster: the job arrays of the calls that were submitted until now and are not answered from the cache. */
  readonly arrays?: readonly ArrayPlan[];
}

export interface ComponentPlan {
  readonly name: string;
  /** Workers at most at one time, where no other component has any; absent where the cluster says it. */
  readonly workers?: number;
  /** Calls at most in flight at one time. */
  readonly calls?: number;
  readonly cpus: number;
  /** Bytes that a worker is counted with; 0 where the component asks for none. */
  readonly memory_bytes: number;
  /** On a cluster: seconds that one job may run; absent where the cluster says it. */
  readonly walltime_s?: number;
}

export interface TaskPlan {
  readonly name: string;
  readonly component: string;
  readonly cache: boolean;
  readonly retries: number;
  readonly timeout_ms?: number;
}

/** @param outlook - which calls are to be computed, by what is known until now. */
export function planOf(manifest: ResolvedManifest, outlook: Outlook): Plan {
  const { project, target, components, tasks, lock } = manifest;
  const all = [...components.values()];
  return {
    project: project.name,
    target: target.name,
    provider: target.provider,
    manifest_lock: lock,
    components: target.provider === "local" ? localPlans(all, target.options) : clusterPlans(all, target.options),
    tasks: [...tasks.values()].map(({ name, component, cache, retries, timeoutMs }) => ({
      name,
      component,
      cache,
      retries: retries.max,
      ...(timeoutMs === undefined ? {} : { timeout_ms: timeoutMs }),
    })),
    ...(target.provider === "slurm" ? { arrays: arraysOf(manifest, target.options, outlook) } : {}),
  };
}

function clusterPlans(components: readonly Component[], { maxJobs, walltimeMs }: SlurmOptions): ComponentPlan[] {
  return components.map(({ name, cpus = 1, memory = 0 }) => ({
    name,
    ...(maxJobs === undefined ? {} : { workers: maxJobs }),
    cpus,
    memory_bytes: memory,
    ...(walltimeMs === undefined ? {} : { walltime_s: walltimeMs / 1000 }),
  }));
}

function localPlans(components: readonly Component[], options: LocalOptions): ComponentPlan[] {
  const { maxWorkers = availableParallelism(), threadsPerWorker } = options;
  const cores = Math.max(availableParallelism(), maxWorkers);
  return components.map(({ name, cpus = 1, memory = 0 }) => {
    const byMemory = memory === 0 ? maxWorkers : Math.floor(totalmem() / memory);
    const workers = Math.max(1, Math.min(maxWorkers, Math.floor(cores / cpus), byMemory));
    return { name, workers, calls: workers * threadsPerWorker, cpus, memory_bytes: memory };
  });
}
