import type { TaskEvent, TaskState } from "./event.ts";

/** One of the tasks that took longest. */
export interface SlowTask {
  readonly task_id: string;
  readonly task_name: string;
  readonly function_name: string;
  readonly component: string;
  readonly worker_id?: string;
  readonly state: TaskState;
  /** Which try it was that took so long. */
  readonly attempt: number;
  /** Seconds that this try took in the worker. */
  readonly duration_s: number;
}

export interface TaskSummary {
  readonly total: number;
  /** How many are in each state, by the last that is known of each. */
  readonly by_state: Readonly<Record<TaskState, number>>;
  /** Processor seconds that workers spent on tasks. */
  readonly cpu_s: number;
  /** Greatest resident memory of a worker, in bytes; absent where no worker told it. */
  readonly peak_memory_bytes?: number;
  /** The slowest first, at most ten. */
  readonly slowest: readonly SlowTask[];
}

const SLOWEST = 10;

/** Adds up the events of tasks. */
export class TaskTally {
  readonly #states = new Map<string, TaskState>();
  readonly #slowest: SlowTask[] = [];
  #cpu = 0;
  #peak: number | undefined;

  add(event: TaskEvent): void {
    this.#states.set(event.task_id, event.state);
    this.#cpu += event.cpu_s ?? 0;
    const peak = event.peak_memory_bytes;
    if (peak !== undefined) this.#peak = Math.max(this.#peak ?? 0, peak);
    if (event.duration_s !== undefined) this.#addSlow(event, event.duration_s);
  }

  #addSlow(event: TaskEvent, duration: number): void {
    const last = this.#slowest.at(-1);
    if (this.#slowest.length === SLOWEST && last !== undefined && duration <= last.duration_s) return;
    const place = this.#slowest.findIndex((each) => each.duration_s < duration);
    this.#slowest.splice(place === -1 ? this.#slowest.length : place, 0, slowTask(event, duration));
    this.#slowest.length = Math.min(this.#slowest.length, SLOWEST);
  }

  summary(): TaskSummary {
    const byState = { submitted: 0, running: 0, retrying: 0, succeeded: 0, failed: 0, cancelled: 0 };
    for (const state of this.#states.values()) byState[state] += 1;
    return {
      total: this.#states.size,
      by_state: byState,
      cpu_s: this.#cpu,
      ...(this.#peak !== undefined && { peak_memory_bytes: this.#peak }),
      slowest: this.#slowest,
    };
  }
}

/** Only what is shown: the event itself may be large, and have fields that are not known. */
function slowTask(event: TaskEvent, duration: number): SlowTask {
  return {
    task_id: event.task_id,
    task_name: event.task_name,
    function_name: event.function_name,
    component: event.component,
    ...(event.worker_id !== undefined && { worker_id: event.worker_id }),
    state: event.state,
    attempt: event.attempt,
    duration_s: duration,
  };
}
