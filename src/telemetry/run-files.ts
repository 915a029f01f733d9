import { randomBytes } from "node:crypto";
import path from "node:path";
import type { ScalableEvent } from "./event.ts";

export type EventType = ScalableEvent["type"];

export type EventOf<T extends EventType> = Extract<ScalableEvent, { readonly type: T }>;

/** The file of a run's folder that each type of event is appended to. */
export const EVENT_FILES = {
  task: "tasks.jsonl",
  worker: "workers.jsonl",
  job: "jobs.jsonl",
  resource: "resources.jsonl",
  cache: "cache.jsonl",
  failure: "failures.jsonl",
  artifact: "artifacts.jsonl",
  remote: "remote.jsonl",
} as const satisfies Readonly<Record<EventType, string>>;

export const EVENT_TYPES: readonly EventType[] = [
  "task",
  "worker",
  "job",
  "resource",
  "cache",
  "failure",
  "artifact",
  "remote",
];

/** What a call of a run has printed, where it has printed anything. */
export function outputFile(folder: string, taskId: string): string {
  return path.join(folder, "output", `${taskId}.log`);
}

export const RUN_FILE = "run.json";
export const MANIFEST_FILE = "manifest.yaml";
export const PLAN_FILE = "plan.json";

/** The name of a run's folder: when it started (UTC), the project, and six digits that no other run has. */
const RUN_ID = /^run-(\d{8}T\d{6}Z)-[A-Za-z0-9][A-Za-z0-9._-]*-[0-9a-f]{6}$/;

const LONGEST_PROJECT = 60;

/** A new name for a run's folder, such as `run-20261120T140355Z-energy-demand-3fa90c`. */
export function newRunId(project: string, startedAt: Date): string {
  const time = startedAt.toISOString().replace(/\.\d+Z$/, "Z");
  return `run-${time.replace(/[-:]/g, "")}-${safeName(project)}-${randomBytes(3).toString("hex")}`;
}

/** The second in which a run started, as its name has it (it sorts as text); undefined for other names. */
export function startOf(runId: string): string | undefined {
  return RUN_ID.exec(runId)?.[1];
}

function safeName(project: string): string {
  const safe = project
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, LONGEST_PROJECT)
    .replace(/[^A-Za-z0-9]+$/, "");
  return safe === "" ? "project" : safe;
}
