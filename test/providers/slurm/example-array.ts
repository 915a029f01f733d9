import { mkdirSync } from "node:fs";
import { pack } from "../../../src/providers/parcel.ts";
import {
  type ArrayRecord,
  type JobCall,
  noteSubmitted,
  writeArray,
} from "../../../src/providers/slurm/array-record.ts";
import { type JobOutcome, markEnd, markStart } from "../../../src/providers/slurm/marks.ts";
import { arrayFolder, openWorkFolder } from "../../../src/providers/slurm/work-folder.ts";
import { writeThrown } from "../../../src/store/thrown.ts";
import { type ProcessIdentity, thisProcess } from "../../../src/telemetry/run-process.ts";

export const USAGE = { durationS: 3, cpuS: 1, peakMemoryBytes: 2 ** 20 };
export const DONE: JobOutcome = { end: "value", value: pack(1, "result", "simulate"), unshared: false, usage: USAGE };
export const TIMED_OUT: JobOutcome = { end: "timeout" };
export const THREW: JobOutcome = { end: "error", error: writeThrown(new RangeError("bad 1")), usage: USAGE };

export interface ExampleArray {
  readonly id?: string;
  readonly project?: string;
  readonly runId?: string;
  /** Names of the tasks of its calls. */
  readonly tasks: readonly string[];
  /** For each job, the first of its calls. Default: a job for each call. */
  readonly firsts?: readonly number[];
  /** The number that Slurm gave it. */
  readonly jobId?: string;
  readonly driver?: ProcessIdentity;
  readonly createdAt?: string;
}

/** Writes an array down as sessions do. Its calls are named `c0ffee-1` and so on. */
export function makeArray(
  workDir: string,
  example: ExampleArray,
): { readonly folder: string; readonly record: ArrayRecord } {
  const { id = "20261128T120000Z-00000001", tasks, jobId, createdAt = "2026-11-28T12:00:00.000Z" } = example;
  openWorkFolder(workDir);
  const folder = arrayFolder(workDir, id);
  mkdirSync(folder);
  const { record } = writeArray(
    folder,
    {
      id,
      project: example.project ?? "demo",
      component: "model",
      ...(example.runId === undefined ? {} : { run_id: example.runId }),
      created_at: createdAt,
      driver: example.driver ?? thisProcess(),
      resources: { cpus: 2, memory_bytes: 2 ** 30 },
      calls: tasks.map((name, place) => ({
        id: `c0ffee-${place + 1}`,
        name,
        function_name: name,
        key: String(place).padStart(32, "0"),
      })),
      firsts: example.firsts ?? tasks.map((_, place) => place),
    },
    tasks.map((_, place) => jobCall(place)),
  );
  if (jobId !== undefined) noteSubmitted(folder, jobId);
  return { folder, record };
}

/** A job notes that it begins a call. */
export function begin(folder: string, place: number, restart = 0): void {
  markStart(folder, place, restart, { job_id: `7_${place}`, node: "n1", at: "2026-11-28T12:00:10.000Z" });
}

/** A job notes how a call ended. */
export function end(folder: string, place: number, outcome: JobOutcome): void {
  begin(folder, place);
  markEnd(folder, place, {
    job_id: `7_${place}`,
    node: "n1",
    started_at: "2026-11-28T12:00:10.000Z",
    at: "2026-11-28T12:00:13.000Z",
    key: undefined,
    events: [],
    outcome,
  });
}

/** The identity of a process that ended before this one began. */
export function endedProcess(): ProcessIdentity {
  return { ...thisProcess(), process_started: "1" };
}

function jobCall(place: number): JobCall {
  return {
    id: `c0ffee-${place + 1}`,
    fn: { kind: "export", module: "file:///work.js", name: "simulate", text: "" },
    args: pack([place], "args", "simulate"),
    outputs: [],
    cache: "use",
    handOver: "short",
    absent: undefined,
    shared: undefined,
    timeoutMs: undefined,
  };
}
