import { existsSync } from "node:fs";
import path from "node:path";
import { type RunCacheSummary, tallyCache } from "./cache-tally.ts";
import { type FailureGroup, groupFailures } from "./failure-groups.ts";
import { type JobSummary, tallyJobs } from "./job-tally.ts";
import { readEvents } from "./read-events.ts";
import { type RemoteSummary, tallyRemote } from "./remote-tally.ts";
import { type EventOf, type EventType, outputFile } from "./run-files.ts";
import type { RunRecord } from "./run-record.ts";
import { type Run, type RunStatus, readRun } from "./runs.ts";
import { type TaskSummary, TaskTally } from "./task-tally.ts";
import { groupWorkers, type WorkerGroup } from "./worker-groups.ts";

/** All that a run's folder says about it, added up. Names and units are those of the files. */
export interface RunReport {
  readonly run_id: string;
  readonly folder: string;
  /** `unknown`, and the next few are absent, where `run.json` is missing or damaged. */
  readonly status: RunStatus | "unknown";
  readonly project?: string;
  readonly target?: string;
  readonly started_at?: string;
  readonly finished_at?: string;
  /** Until its end; until now for a run that goes on, and until the last event of one that was interrupted. */
  readonly duration_s?: number;
  readonly error?: { readonly class: string; readonly message: string };
  readonly tasks: TaskSummary;
  /** By component. */
  readonly workers: readonly WorkerGroup[];
  /** By class of the error. */
  readonly failures: readonly (FailureGroup & {
    /** What the first one has printed: the path of a file, where there is one. */
    readonly output?: string;
  })[];
  /** Tries in jobs of a cluster; absent where there were none. */
  readonly jobs?: JobSummary;
  readonly cache: RunCacheSummary;
  /** What the run had from a shared cache; absent where none had a part in it. */
  readonly remote?: RemoteSummary;
  /** Lines of the files that could not be understood; an unfinished last line is not among them. */
  readonly damaged_lines: number;
  /** Events that the run itself could not write. */
  readonly events_lost: number;
}

/** Reads the folder of a run and adds up what is in it. Damaged lines are left out and counted. */
export function summarizeRun(folder: string): RunReport {
  const run = runIn(folder);
  const reading = new Reading(folder);
  const tasks = new TaskTally();
  for (const event of reading.events("task")) tasks.add(event);
  const summaries = {
    tasks: tasks.summary(),
    workers: groupWorkers(reading.events("worker")),
    failures: groupFailures(reading.events("failure")).map((group) => withOutput(folder, group)),
    cache: tallyCache(reading.events("cache")),
  };
  const jobs = tallyJobs(reading.events("job"));
  const remote = tallyRemote(summaries.cache.remote_hits, reading.events("remote"));
  return {
    run_id: path.basename(path.resolve(folder)),
    folder: path.resolve(folder),
    status: run?.status ?? "unknown",
    ...(run !== undefined && detailsOf(run, reading.lastTimestamp)),
    ...summaries,
    ...(jobs !== undefined && { jobs }),
    ...(remote !== undefined && { remote }),
    damaged_lines: reading.damaged,
    events_lost: run?.record.events_lost ?? 0,
  };
}

function withOutput(folder: string, group: FailureGroup): RunReport["failures"][number] {
  const output = path.resolve(outputFile(folder, group.task_id));
  return existsSync(output) ? { ...group, output } : group;
}

function runIn(folder: string): Run | undefined {
  try {
    return readRun(folder);
  } catch {
    return undefined;
  }
}

type Details = Pick<RunRecord, "project" | "target" | "started_at" | "finished_at" | "duration_s" | "error">;

function detailsOf({ status, record }: Run, lastTimestamp: string): Details {
  const { project, target, started_at, finished_at, error } = record;
  const until = status === "interrupted" ? Date.parse(lastTimestamp) : Date.now();
  const soFar = Number.isNaN(until) ? undefined : Math.max(0, until - Date.parse(started_at)) / 1000;
  const duration = record.status === "running" ? soFar : record.duration_s;
  return {
    project,
    target,
    started_at,
    ...(finished_at !== undefined && { finished_at }),
    ...(duration !== undefined && { duration_s: duration }),
    ...(error !== undefined && { error: { class: error.class, message: error.message } }),
  };
}

/** Notes by the way what all the files have in common. */
class Reading {
  readonly #folder: string;
  readonly #files: { readonly damaged: number }[] = [];
  /** All are ISO 8601 of one form, so the latest is the greatest text. */
  lastTimestamp = "";

  constructor(folder: string) {
    this.#folder = folder;
  }

  *events<T extends EventType>(type: T): Generator<EventOf<T>> {
    const stored = readEvents(this.#folder, type);
    this.#files.push(stored);
    for (const event of stored) {
      if (event.timestamp > this.lastTimestamp) this.lastTimestamp = event.timestamp;
      yield event;
    }
  }

  get damaged(): number {
    return this.#files.reduce((sum, { damaged }) => sum + damaged, 0);
  }
}
