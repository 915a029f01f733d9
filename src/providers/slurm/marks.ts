import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { deserialize, serialize } from "node:v8";
import type { ScalableEvent } from "../../telemetry/event.ts";
import type { Parcel, Usage } from "../provider.ts";
import { MARKS_FOLDER } from "./array-record.ts";
import { writeFirst, writeWhole } from "./write-whole.ts";

/** Where and when a job began a call. */
export interface StartMark {
  /** As Slurm names the job, such as `4711_12`. */
  readonly job_id: string;
  readonly node: string;
  /** Wall-clock time, ISO 8601. */
  readonly at: string;
}

/** How a call ended in its job. */
export interface EndMark extends StartMark {
  readonly started_at: string;
  readonly key: string | undefined;
  /** What is to be told of it. */
  readonly events: readonly ScalableEvent[];
  readonly outcome: JobOutcome;
}

/**
 * - `stored`: the result is in the shared cache.
 * - `value`: here it is. `unshared`: it belongs into the cache, and could not be put there.
 * - `error`: what was thrown, as `writeThrown` wrote it.
 * - `timeout`: the call ran longer than it may.
 * - `exited`: the process ended while it made the call.
 */
export type JobOutcome =
  | { readonly end: "stored"; readonly usage: Usage }
  | { readonly end: "value"; readonly value: Parcel; readonly unshared: boolean; readonly usage: Usage }
  | { readonly end: "error"; readonly error: Uint8Array; readonly usage: Usage }
  | { readonly end: "timeout" }
  | { readonly end: "exited"; readonly code: number };

/** What jobs have noted of the calls of an array. */
export interface Marks {
  /** For each call that was begun, how often. */
  readonly starts: ReadonlyMap<number, number>;
  readonly ended: ReadonlySet<number>;
}

const NAME = /^(\d+)\.(?:start\.(\d+)|end)$/;

/** Notes that a call begins. @param restart - how often its job was started before. */
export function markStart(folder: string, call: number, restart: number, mark: StartMark): void {
  writeWhole(path.join(folder, MARKS_FOLDER, `${call}.start.${restart}`), JSON.stringify(mark), "quick");
}

/** Notes how a call ended, unless that is noted already. */
export function markEnd(folder: string, call: number, mark: EndMark): void {
  const content = serialize(mark);
  writeFirst(endFile(folder, call), Buffer.concat([digestOf(content), content]));
}

/** Notes that a session has got a result that is nowhere else. */
export function markDelivered(folder: string, call: number): void {
  writeWhole(path.join(folder, MARKS_FOLDER, `${call}.delivered`), "", "quick");
}

export function wasDelivered(folder: string, call: number): boolean {
  return existsSync(path.join(folder, MARKS_FOLDER, `${call}.delivered`));
}

/** What is noted, by the names of the files alone. */
export async function listMarks(folder: string): Promise<Marks> {
  const starts = new Map<number, number>();
  const ended = new Set<number>();
  for (const name of await readdir(path.join(folder, MARKS_FOLDER))) {
    const [, call, restart] = NAME.exec(name) ?? [];
    if (call === undefined) continue;
    const place = Number(call);
    if (restart === undefined) ended.add(place);
    else starts.set(place, Math.max(starts.get(place) ?? 0, Number(restart) + 1));
  }
  return { starts, ended };
}

/** How a call ended, where that is noted; opening a file sees what a listing may not show yet. */
export function readEnd(folder: string, call: number): EndMark | undefined {
  try {
    return endIn(readFileSync(endFile(folder, call)));
  } catch {
    return undefined;
  }
}

/** The same, beside others that are read. */
export async function loadEnd(folder: string, call: number): Promise<EndMark | undefined> {
  try {
    return endIn(await readFile(endFile(folder, call)));
  } catch {
    return undefined;
  }
}

const DIGEST_BYTES = 32;

/** There may be a result in it, which is not believed without its digest. */
function endIn(bytes: Buffer): EndMark | undefined {
  const content = bytes.subarray(DIGEST_BYTES);
  const isWhole = bytes.length > DIGEST_BYTES && digestOf(content).equals(bytes.subarray(0, DIGEST_BYTES));
  return isWhole ? (deserialize(content) as EndMark) : undefined;
}

function digestOf(content: Uint8Array): Buffer {
  return createHash("sha256").update(content).digest();
}

function endFile(folder: string, call: number): string {
  return path.join(folder, MARKS_FOLDER, `${call}.end`);
}

export function readStart(folder: string, call: number, restart: number): StartMark | undefined {
  try {
    return JSON.parse(readFileSync(path.join(folder, MARKS_FOLDER, `${call}.start.${restart}`), "utf8")) as StartMark;
  } catch {
    return undefined;
  }
}
