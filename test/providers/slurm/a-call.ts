import { pack } from "../../../src/providers/parcel.ts";
import type { RemoteCall } from "../../../src/providers/provider.ts";
import type { ArrayRecord, JobCall } from "../../../src/providers/slurm/array-record.ts";
import type { Flight } from "../../../src/providers/slurm/watched-array.ts";

/** A record of an array that is not written yet, with one call in each job. */
export type NewRecord = Omit<ArrayRecord, "version" | "ends" | "calls_sha256">;

/** Calls `simulate(0)`, `simulate(1)` and so on, as their jobs are told of them. */
export function jobCalls(count: number): JobCall[] {
  return Array.from({ length: count }, (_, place) => ({
    id: `task-${place}`,
    fn: { kind: "export", module: "file:///model.js", name: "simulate", text: "() => 1" },
    args: pack([place], "args", "simulate"),
    outputs: [],
    cache: "use",
    handOver: "short",
    absent: undefined,
    shared: undefined,
    key: keyOf(place),
    timeoutMs: undefined,
  }));
}

export function keyOf(place: number): string {
  return place.toString(16).padStart(32, "0");
}

/** @param firsts - for each job, its first call. */
export function newRecord(count: number, firsts: readonly number[] = [...new Array(count).keys()]): NewRecord {
  return {
    id: "20261128T143000Z-1f00c2aa",
    project: "demand",
    component: "model",
    created_at: "2026-11-28T14:30:00.000Z",
    driver: { host: "login1", pid: 17 },
    resources: { cpus: 2, memory_bytes: 4 * 2 ** 30, walltime_s: 3600 },
    calls: jobCalls(count).map(({ id }, place) => ({
      id,
      name: "simulate",
      function_name: "simulate",
      key: keyOf(place),
    })),
    firsts,
  };
}

/** A call of somebody who listens to nothing. */
export function flight(place: number): Flight {
  const call = { ...jobCalls(place + 1)[place], name: "simulate", functionName: "simulate", attempt: 1 };
  return {
    component: "model",
    call: { ...call, growth: { memory: 1, walltime: 1 }, wants: "any result", company: "any" } as RemoteCall,
    listener: { started: () => undefined, ended: () => undefined },
  };
}
