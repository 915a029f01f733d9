import type { ScalableEvent, TaskEvent } from "./event.ts";
import { readEvents } from "./read-events.ts";
import type { Run } from "./runs.ts";

/** What a run came to. */
export interface RunCounts {
  /** Tasks that were submitted. */
  readonly tasks: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Calls of cacheables. */
  readonly calls: number;
  readonly hits: number;
  /** Seconds of computation that hits made unnecessary, less what the hits themselves took. */
  readonly time_saved_s: number;
}

/** Adds events up as they come. */
export class RunTally {
  /** Of tasks that have ended only the number is kept: a run may have millions. */
  readonly #open = new Set<string>();
  readonly #ended = { succeeded: 0, failed: 0, cancelled: 0 };
  #calls = 0;
  #hits = 0;
  #saved = 0;

  add(event: ScalableEvent): void {
    if (event.type === "task") this.#addTask(event);
    else if (event.type === "cache") {
      this.#calls += 1;
      if (!event.hit) return;
      this.#hits += 1;
      this.#saved += Math.max(0, event.compute_s - event.duration_s);
    }
  }

  #addTask({ task_id, state }: TaskEvent): void {
    if (state === "succeeded" || state === "failed" || state === "cancelled") {
      this.#open.delete(task_id);
      this.#ended[state] += 1;
    } else this.#open.add(task_id);
  }

  counts(): RunCounts {
    const { succeeded, failed, cancelled } = this.#ended;
    return {
      tasks: this.#open.size + succeeded + failed + cancelled,
      ...this.#ended,
      calls: this.#calls,
      hits: this.#hits,
      time_saved_s: this.#saved,
    };
  }
}

/**
 * What a run came to, from its `run.json`; from its files, which takes longer, where that has no counts: while the run
 * goes on, and when it was interrupted.
 */
export function countsOf({ record, folder }: Run): RunCounts {
  if (record.counts !== undefined) return record.counts;
  const tally = new RunTally();
  for (const event of readEvents(folder, "task")) tally.add(event);
  for (const event of readEvents(folder, "cache")) tally.add(event);
  return tally.counts();
}
