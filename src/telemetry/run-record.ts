import { renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { readSmallFile } from "./regular-file.ts";
import type { RunCounts } from "./run-counts.ts";
import { RUN_FILE } from "./run-files.ts";
import type { ProcessIdentity } from "./run-process.ts";

/** How a run ended. `detached`: its calls went on in jobs. */
export type RunEnd = "succeeded" | "failed" | "cancelled" | "detached";

/** What `run.json` holds. */
export interface RunRecord extends ProcessIdentity {
  readonly run_id: string;
  readonly project: string;
  readonly target: string;
  readonly status: "running" | RunEnd;
  /** ISO 8601, as the other times. */
  readonly started_at: string;
  readonly finished_at?: string;
  /** Seconds from the start of the run to its end. */
  readonly duration_s?: number;
  /** As the session gave it. */
  readonly manifest_lock?: unknown;
  readonly scalable_version: string;
  readonly node_version: string;
  readonly error?: { readonly class: string; readonly message: string };
  /** Written at the end of the run. */
  readonly counts?: RunCounts;
  /** Events that could not be written, where there are any. */
  readonly events_lost?: number;
}

const LARGEST = 16 * 1024 * 1024;

/** Replaces `run.json` at once: a reader finds the one before or this one. */
export function writeRunRecord(folder: string, record: RunRecord): void {
  const temporary = path.join(folder, `.${RUN_FILE}.${process.pid}.tmp`);
  try {
    writeFileSync(temporary, `${JSON.stringify(record, null, 2)}\n`, { flush: true });
    renameSync(temporary, path.join(folder, RUN_FILE));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** @throws Error where there is none, or none that can be understood; the message says which. */
export function readRunRecord(folder: string): RunRecord {
  const value: unknown = JSON.parse(readSmallFile(path.join(folder, RUN_FILE), LARGEST));
  if (!isObject(value)) throw new Error(`${RUN_FILE} holds no object.`);
  const missing = REQUIRED.filter(([name, kind]) => typeof value[name] !== kind).map(([name]) => name);
  if (missing.length > 0) throw new Error(`${RUN_FILE} lacks ${missing.join(", ")}.`);
  if (!STATUSES.has(value["status"])) throw new Error(`${RUN_FILE} has a status that is not known.`);
  if (Number.isNaN(Date.parse(String(value["started_at"])))) throw new Error(`${RUN_FILE} has no time as started_at.`);
  if (!Number.isInteger(value["pid"]) || Number(value["pid"]) <= 0)
    throw new Error(`${RUN_FILE} has no number as pid.`);
  const record = { ...value };
  for (const [name, isValid] of OPTIONAL) if (!isValid(record[name])) delete record[name];
  return record as unknown as RunRecord;
}

const REQUIRED = [
  ["run_id", "string"],
  ["project", "string"],
  ["target", "string"],
  ["status", "string"],
  ["started_at", "string"],
  ["pid", "number"],
  ["host", "string"],
  ["scalable_version", "string"],
  ["node_version", "string"],
] as const;

const STATUSES: ReadonlySet<unknown> = new Set(["running", "succeeded", "failed", "cancelled", "detached"]);

const COUNTS = ["tasks", "succeeded", "failed", "cancelled", "calls", "hits", "time_saved_s"] as const;

/** Of these, a damaged one is as good as none. */
const OPTIONAL: readonly (readonly [name: string, isValid: (value: unknown) => boolean])[] = [
  ["finished_at", (value) => typeof value === "string" && !Number.isNaN(Date.parse(value))],
  ["duration_s", (value) => typeof value === "number"],
  ["process_started", (value) => typeof value === "string"],
  ["error", (value) => isObject(value) && typeof value["class"] === "string" && typeof value["message"] === "string"],
  ["counts", (value) => isObject(value) && COUNTS.every((name) => typeof value[name] === "number")],
  ["events_lost", (value) => typeof value === "number"],
];

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
