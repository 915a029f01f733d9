import type { TaskEvent, TaskState } from "../../telemetry/event.ts";
import { readEvents } from "../../telemetry/read-events.ts";
import type { Run } from "../../telemetry/runs.ts";

/** A call as its run has it until now. */
export interface CallOfRun {
  readonly id: string;
  readonly task_name: string;
  readonly function_name: string;
  readonly state: TaskState;
  /** When that was noted, ISO 8601. */
  readonly since: string;
  /** Where it runs or ran last. */
  readonly worker_id?: string;
  readonly key_digest?: string;
  readonly hit?: boolean;
  /** Seconds that its last try took. */
  readonly duration_s?: number;
}

/** The calls of a run, in the order of their submission. */
export function callsOfRun({ folder }: Pick<Run, "folder">): ReadonlyMap<string, CallOfRun> {
  const calls = new Map<string, CallOfRun>();
  for (const event of readEvents(folder, "task")) calls.set(event.task_id, callFrom(event, calls.get(event.task_id)));
  return calls;
}

/** A call, after what an event says of it. */
export function callFrom(event: TaskEvent, before: CallOfRun | undefined): CallOfRun {
  // The worker may be named at the start alone.
  const worker = event.worker_id ?? before?.worker_id;
  const key = event.key_digest ?? before?.key_digest;
  return {
    id: event.task_id,
    task_name: event.task_name,
    function_name: event.function_name,
    state: event.state,
    since: event.timestamp,
    ...(worker !== undefined && { worker_id: worker }),
    ...(key !== undefined && { key_digest: key }),
    ...(event.hit !== undefined && { hit: event.hit }),
    ...(event.duration_s !== undefined && { duration_s: event.duration_s }),
  };
}

export function hasEnded({ state }: Pick<CallOfRun, "state">): boolean {
  return state === "succeeded" || state === "failed" || state === "cancelled";
}
