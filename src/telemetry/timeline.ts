import type { TaskEvent, TaskState } from "./event.ts";
import { readEvents } from "./read-events.ts";

/** One try of a task, from its start to its end. */
export interface TimelineBar {
  readonly task_name: string;
  readonly state: TaskState;
  /** Milliseconds since 1970. */
  readonly start: number;
  /** The same as `start` for a hit, which needs no worker; the end of the run for what never ended. */
  readonly end: number;
}

/** What ran on one worker, in the order of starts. */
export interface TimelineLane {
  /** Empty for the lane of tasks that needed no worker: hits, and what was cancelled before it ran. */
  readonly worker_id: string;
  readonly component: string;
  readonly bars: readonly TimelineBar[];
}

export interface Timeline {
  /** Milliseconds since 1970 of the first and the last event; both 0 where there are none. */
  readonly start: number;
  readonly end: number;
  /** Workers in the order in which they got their first task. */
  readonly lanes: readonly TimelineLane[];
}

interface OpenLane {
  readonly worker_id: string;
  readonly component: string;
  readonly bars: TimelineBar[];
}

/** When each task ran, and on which worker. */
export function readTimeline(folder: string): Timeline {
  const lanes = new Map<string, OpenLane>();
  const running = new Map<string, { readonly event: TaskEvent; readonly at: number }>();
  let [start, end] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

  const addBar = (event: TaskEvent, from: number, to: number): void => {
    const worker = event.worker_id ?? "";
    const lane = lanes.get(worker) ?? { worker_id: worker, component: worker && event.component, bars: [] };
    lanes.set(worker, lane);
    lane.bars.push({ task_name: event.task_name, state: event.state, start: from, end: to });
  };

  for (const event of readEvents(folder, "task")) {
    const at = Date.parse(event.timestamp);
    if (Number.isNaN(at)) continue;
    start = Math.min(start, at);
    end = Math.max(end, at);
    if (event.state === "submitted") continue;
    const begun = running.get(event.task_id);
    if (event.state === "running") running.set(event.task_id, { event, at });
    else {
      running.delete(event.task_id);
      // The worker may be named at the start alone.
      const worker = event.worker_id ?? begun?.event.worker_id;
      addBar({ ...event, ...(worker !== undefined && { worker_id: worker }) }, begun?.at ?? at, at);
    }
  }
  for (const { event, at } of running.values()) addBar(event, at, end);
  if (lanes.size === 0) return { start: 0, end: 0, lanes: [] };
  for (const lane of lanes.values()) lane.bars.sort((a, b) => a.start - b.start);
  return { start, end, lanes: [...lanes.values()] };
}
