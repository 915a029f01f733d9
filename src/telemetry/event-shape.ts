import type { EventType } from "./run-files.ts";

type Kind = "string" | "number" | "boolean";
type Field = readonly [name: string, kind: Kind];
interface Shape {
  readonly required: readonly Field[];
  readonly optional: readonly Field[];
}

/** Spelled out as short text, as these are checked for each line of files that may have millions. */
function shape(required: Readonly<Record<string, Kind>>, optional: Readonly<Record<string, Kind>> = {}): Shape {
  return { required: Object.entries(required), optional: Object.entries(optional) };
}

const TASK = {
  timestamp: "string",
  task_id: "string",
  task_name: "string",
} as const;

const CALL = { ...TASK, function_name: "string", component: "string", attempt: "number" } as const;

const SHAPES: Readonly<Record<EventType, Shape>> = {
  cache: shape(
    {
      timestamp: "string",
      function_name: "string",
      key_digest: "string",
      hit: "boolean",
      source: "string",
      duration_s: "number",
      compute_s: "number",
    },
    {
      reason: "string",
      because: "string",
      stored: "boolean",
      failed: "boolean",
      verified: "string",
      differs_at: "string",
    },
  ),
  task: shape(
    { ...CALL, state: "string" },
    {
      worker_id: "string",
      hit: "boolean",
      key_digest: "string",
      duration_s: "number",
      cpu_s: "number",
      peak_memory_bytes: "number",
    },
  ),
  worker: shape(
    { timestamp: "string", worker_id: "string", component: "string", state: "string" },
    { pid: "number", reason: "string" },
  ),
  job: shape(
    { ...CALL, restart: "number", job_id: "string", state: "string", submitted_at: "string" },
    {
      node: "string",
      cpus: "number",
      key_digest: "string",
      waited_s: "number",
      duration_s: "number",
      cpu_s: "number",
      peak_memory_bytes: "number",
    },
  ),
  resource: shape({
    timestamp: "string",
    cpu: "number",
    memory_bytes: "number",
    workers: "number",
    tasks_running: "number",
    tasks_waiting: "number",
  }),
  failure: shape(
    { ...CALL, error_class: "string", message: "string", retried: "boolean" },
    { worker_id: "string", stack: "string" },
  ),
  artifact: shape({ ...TASK, kind: "string", path: "string", bytes: "number" }),
  remote: shape(
    { timestamp: "string", remote: "string", what: "string", ok: "boolean" },
    {
      function_name: "string",
      key_digest: "string",
      bytes: "number",
      duration_s: "number",
      trouble: "string",
      message: "string",
    },
  ),
};

const STATES: Readonly<Partial<Record<EventType, ReadonlySet<unknown>>>> = {
  task: new Set(["submitted", "running", "retrying", "succeeded", "failed", "cancelled"]),
  worker: new Set(["started", "stopped", "lost"]),
};

/**
 * Whether a line's value has what an event of this type has. Fields that are not known stay: a later version may have
 * added them.
 */
export function hasShapeOf(type: EventType, value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const fields = value as Record<string, unknown>;
  const { required, optional } = SHAPES[type];
  for (const [name, kind] of required) if (typeof fields[name] !== kind) return false;
  for (const [name, kind] of optional) if (fields[name] !== undefined && typeof fields[name] !== kind) return false;
  const states = STATES[type];
  return states === undefined || states.has(fields["state"]);
}
