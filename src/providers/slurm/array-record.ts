import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { deserialize, serialize } from "node:v8";
import type { ProcessIdentity } from "../../telemetry/run-process.ts";
import type { ToWorker } from "../worker/messages.ts";
import { writeWhole } from "./write-whole.ts";

/** What a job is told of one call. */
export interface JobCall extends ToWorker {
  readonly timeoutMs: number | undefined;
}

/** What everybody may know of one call of an array. */
export interface ArrayCall {
  /** As its session calls it. */
  readonly id: string;
  readonly name: string;
  readonly function_name: string;
  /** Its key, where its session knows it. */
  readonly key?: string;
}

/** What the jobs of an array ask for. */
export interface ArrayResources {
  readonly cpus: number;
  /** Bytes for one job; absent: what the partition gives. */
  readonly memory_bytes?: number;
  /** Seconds; absent: what the partition gives. */
  readonly walltime_s?: number;
}

/** A job array: `array.json` in its folder, written once, before it is submitted. */
export interface ArrayRecord {
  readonly version: 1;
  /** Name of its folder. */
  readonly id: string;
  readonly project: string;
  readonly component: string;
  /** The run that submitted it, where that is recorded. */
  readonly run_id?: string;
  readonly created_at: string;
  /** The process that submitted it. */
  readonly driver: ProcessIdentity;
  readonly resources: ArrayResources;
  readonly calls: readonly ArrayCall[];
  /** For each job, the first of its calls; its last one is before the first of the next job. */
  readonly firsts: readonly number[];
  /** For each call, where what its job has to know ends in the file `calls`. */
  readonly ends: readonly number[];
  /** SHA-256 of the file `calls`, as hexadecimal digits. */
  readonly calls_sha256: string;
}

const RECORD_FILE = "array.json";
const CALLS_FILE = "calls";
const SUBMITTED_FILE = "submitted.json";
const CANCELLED_FILE = "cancelled.json";

/** Folders of an array, beside its files. */
export const MARKS_FOLDER = "marks";
export const OUTPUT_FOLDER = "output";

type NewRecord = Omit<ArrayRecord, "version" | "ends" | "calls_sha256">;

/**
 * Writes down what an array is to compute, in a folder that is there.
 *
 * @returns the whole record, and the SHA-256 of `array.json`: jobs are told it, and compute nothing else.
 */
export function writeArray(
  folder: string,
  record: NewRecord,
  calls: readonly JobCall[],
): { readonly record: ArrayRecord; readonly digest: string } {
  mkdirSync(path.join(folder, MARKS_FOLDER), { mode: 0o700 });
  mkdirSync(path.join(folder, OUTPUT_FOLDER), { mode: 0o700 });
  const ends: number[] = [];
  let length = 0;
  const parts = calls.map((call) => {
    const part = serialize(call);
    length += part.length;
    ends.push(length);
    return part;
  });
  const bytes = Buffer.concat(parts);
  writeFileSync(path.join(folder, CALLS_FILE), bytes, { flush: true });
  const whole: ArrayRecord = { version: 1, ...record, ends, calls_sha256: sha256(bytes) };
  const text = JSON.stringify(whole);
  writeWhole(path.join(folder, RECORD_FILE), text);
  return { record: whole, digest: sha256(text) };
}

/** @throws Error where there is none, or none that can be understood. */
export function readArray(folder: string): ArrayRecord {
  return recordFrom(readFileSync(path.join(folder, RECORD_FILE)));
}

/** The same, for a job: only what it was told to compute. */
export function readArrayWith(folder: string, digest: string): ArrayRecord {
  const bytes = readFileSync(path.join(folder, RECORD_FILE));
  if (sha256(bytes) !== digest)
    throw new Error(`${path.join(folder, RECORD_FILE)} was changed after it was submitted.`);
  return recordFrom(bytes);
}

function recordFrom(bytes: Buffer): ArrayRecord {
  const record = JSON.parse(bytes.toString("utf8")) as ArrayRecord;
  if (record.version !== 1 || !Array.isArray(record.calls) || !Array.isArray(record.firsts)) {
    throw new Error(`The job array ${String(record.id)} was written by another version of scalable.`);
  }
  return record;
}

/** What the jobs of an array are to compute, call by call. @throws Error where it is not what was submitted. */
export function readCalls(folder: string, { ends, calls_sha256 }: ArrayRecord): (place: number) => JobCall {
  const bytes = readFileSync(path.join(folder, CALLS_FILE));
  if (sha256(bytes) !== calls_sha256)
    throw new Error(`${path.join(folder, CALLS_FILE)} was changed after it was submitted.`);
  return (place) => deserialize(bytes.subarray(ends[place - 1] ?? 0, ends[place])) as JobCall;
}

/** The calls of a job. */
export function callsOfJob(
  { firsts, calls }: ArrayRecord,
  job: number,
): { readonly from: number; readonly to: number } {
  return { from: firsts[job] ?? calls.length, to: firsts[job + 1] ?? calls.length };
}

/** The job that has a call. */
export function jobOfCall({ firsts }: ArrayRecord, place: number): number {
  let [low, high] = [0, firsts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((firsts[middle] ?? 0) <= place) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Notes the number that Slurm gave to an array. */
export function noteSubmitted(folder: string, jobId: string): void {
  writeWhole(path.join(folder, SUBMITTED_FILE), JSON.stringify({ job_id: jobId, at: new Date().toISOString() }));
}

/** The number that Slurm gave to an array, where that was noted. */
export function submittedAs(folder: string): string | undefined {
  try {
    const { job_id } = JSON.parse(readFileSync(path.join(folder, SUBMITTED_FILE), "utf8")) as { job_id?: unknown };
    return typeof job_id === "string" && /^\d+$/.test(job_id) ? job_id : undefined;
  } catch {
    return undefined;
  }
}

/** Who ended jobs of an array: a session for whose calls nobody waited any more, or the user, by `scalable jobs cancel`. */
export type CancelledBy = "session" | "user";

/** Notes that jobs of an array are ended by scalable itself, before that is done. */
export function noteCancelled(folder: string, by: CancelledBy): void {
  writeWhole(path.join(folder, CANCELLED_FILE), JSON.stringify({ by, at: new Date().toISOString() }));
}

/** Who has ended jobs of an array, where that was noted. */
export function cancelledBy(folder: string): CancelledBy | undefined {
  try {
    const { by } = JSON.parse(readFileSync(path.join(folder, CANCELLED_FILE), "utf8")) as { by?: unknown };
    return by === "user" ? "user" : "session";
  } catch {
    return undefined;
  }
}

function sha256(bytes: string | Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
