import path from "node:path";
import { pathToFileURL } from "node:url";
import type {
  CacheCallEvent,
  FailureEvent,
  JobEvent,
  ScalableEvent,
  TaskEvent,
  WorkerEvent,
} from "../../src/telemetry/event.ts";
import { RunRecorder, type RunStart } from "../../src/telemetry/recorder.ts";

/** What a script that runs in a process of its own imports the recorder from: it is no public name of the package. */
export const RECORDER = pathToFileURL(path.resolve(import.meta.dirname, "../../src/telemetry/recorder.ts")).href;

const START = Date.UTC(2026, 10, 20, 14, 0, 0);

/** ISO 8601 of so many seconds after the start of the example. */
export function at(seconds: number): string {
  return new Date(START + seconds * 1000).toISOString();
}

export function taskEvent(task_id: string, changes: Partial<TaskEvent> = {}): TaskEvent {
  return {
    type: "task",
    timestamp: at(0),
    task_id,
    task_name: "run_demeter_scenario",
    function_name: "runDemeterScenario",
    component: "demeter",
    state: "submitted",
    attempt: 1,
    ...changes,
  };
}

export function cacheEvent(changes: Partial<CacheCallEvent> = {}): CacheCallEvent {
  return {
    type: "cache",
    timestamp: at(1),
    function_name: "runDemeterScenario",
    key_digest: "0123456789abcdef0123456789abcdef",
    hit: false,
    source: "computed",
    duration_s: 31,
    compute_s: 30.5,
    ...changes,
  };
}

export function workerEvent(worker_id: string, changes: Partial<WorkerEvent> = {}): WorkerEvent {
  return { type: "worker", timestamp: at(0), worker_id, component: "demeter", state: "started", ...changes };
}

export function failureEvent(task_id: string, changes: Partial<FailureEvent> = {}): FailureEvent {
  return {
    type: "failure",
    timestamp: at(2),
    task_id,
    task_name: "run_demeter_scenario",
    function_name: "runDemeterScenario",
    component: "demeter",
    attempt: 1,
    error_class: "RangeError",
    message: "out of range",
    retried: false,
    ...changes,
  };
}

/** A try that waited 10 s and took 20 s. */
export function jobEvent(task_id: string, changes: Partial<JobEvent> = {}): JobEvent {
  return {
    type: "job",
    timestamp: at(30),
    task_id,
    task_name: "run_demeter_scenario",
    function_name: "runDemeterScenario",
    component: "demeter",
    attempt: 1,
    restart: 0,
    job_id: "4711_0",
    state: "COMPLETED",
    node: "n1",
    cpus: 2,
    submitted_at: at(0),
    waited_s: 10,
    duration_s: 20,
    cpu_s: 19,
    peak_memory_bytes: 2 ** 20,
    ...changes,
  };
}

/**
 * The run of the tutorial: 50 calls, of which 35 are hits that saved half a minute each. Two of the others failed, and
 * one of the two workers was lost.
 */
export function* exampleEvents(): Generator<ScalableEvent> {
  yield workerEvent("w1", { pid: 101 });
  yield workerEvent("w2", { pid: 102 });
  for (let index = 0; index < 50; index += 1) {
    const id = `t${index}`;
    const worker_id = `w${1 + (index % 2)}`;
    yield taskEvent(id);
    if (index < 35) {
      yield taskEvent(id, { state: "succeeded", timestamp: at(1), hit: true, duration_s: 0.5 });
      yield cacheEvent({ hit: true, source: "store", duration_s: 0.5, compute_s: 30.5 });
      continue;
    }
    const failed = index >= 48;
    const end = { timestamp: at(index), worker_id, duration_s: index, cpu_s: 2, peak_memory_bytes: index * 2 ** 20 };
    yield taskEvent(id, { state: "running", timestamp: at(1), worker_id });
    if (failed) yield failureEvent(id, { worker_id, message: `scenario ${index} is out of range` });
    yield taskEvent(id, { state: failed ? "failed" : "succeeded", ...end });
    yield cacheEvent({ reason: index < 45 ? "absent" : "expired", stored: !failed, ...(failed && { failed }) });
  }
  yield workerEvent("w2", { state: "lost", timestamp: at(50), reason: "signal SIGKILL" });
}

/** Starts a run, records `events`, and leaves it open. */
export function startRun(runsDir: string, events: Iterable<ScalableEvent>, start: Partial<RunStart> = {}): RunRecorder {
  const recorder = RunRecorder.start({ runsDir, project: "energy-demand", target: "local", ...start });
  for (const event of events) recorder.record(event);
  recorder.flush();
  return recorder;
}

/** A whole run; answers its folder. */
export function recordRun(runsDir: string, events: Iterable<ScalableEvent>, start: Partial<RunStart> = {}): string {
  const recorder = startRun(runsDir, events, start);
  recorder.close({ status: "succeeded" });
  return recorder.folder;
}
