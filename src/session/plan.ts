import { availableParallelism, totalmem } from "node:os";
import type { ResolvedManifest } from "../manifest/manifest.ts";

/** What a session would run with. */
export interface Plan {
  readonly project: string;
  readonly target: string;
  readonly provider: string;
  /** Digest of what the manifest means for this target: `sha256:` and 64 hexadecimal digits. */
  readonly manifest_lock: string;
  readonly components: readonly ComponentPlan[];
  readonly tasks: readonly TaskPlan[];
}

export interface ComponentPlan {
  readonly name: string;
  /** Workers at most at one time, where no other component has any. */
  readonly workers: number;
  /** Calls at most in flight at one time. */
  readonly calls: number;
  readonly cpus: number;
  /** Bytes that a worker is counted with; 0 where the component asks for none. */
  readonly memory_bytes: number;
}

export interface TaskPlan {
  readonly name: string;
  readonly component: string;
  readonly cache: boolean;
  readonly retries: number;
  readonly timeout_ms?: number;
}

export function planOf({ project, target, components, tasks, lock }: ResolvedManifest): Plan {
  const { maxWorkers = availableParallelism(), threadsPerWorker } = target.options;
  const cores = Math.max(availableParallelism(), maxWorkers);
  const plans = [...components.values()].map(({ name, cpus = 1, memory = 0 }): ComponentPlan => {
    const byMemory = memory === 0 ? maxWorkers : Math.floor(totalmem() / memory);
    const workers = Math.max(1, Math.min(maxWorkers, Math.floor(cores / cpus), byMemory));
    return { name, workers, calls: workers * threadsPerWorker, cpus, memory_bytes: memory };
  });
  return {
    project: project.name,
    target: target.name,
    provider: target.provider,
    manifest_lock: lock,
    components: plans,
    tasks: [...tasks.values()].map(({ name, component, cache, retries, timeoutMs }) => ({
      name,
      component,
      cache,
      retries: retries.max,
      ...(timeoutMs === undefined ? {} : { timeout_ms: timeoutMs }),
    })),
  };
}
