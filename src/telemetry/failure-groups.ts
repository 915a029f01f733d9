import type { FailureEvent } from "./event.ts";

/** The failed tries that ended in one class of error. */
export interface FailureGroup {
  readonly error_class: string;
  readonly count: number;
  /** How many of them were tried again. */
  readonly retried: number;
  /** Of the first one. */
  readonly message: string;
  readonly task_name: string;
  readonly task_id: string;
}

/** The most frequent class first. */
export function groupFailures(events: Iterable<FailureEvent>): readonly FailureGroup[] {
  const groups = new Map<string, FailureGroup>();
  for (const { error_class, message, task_name, task_id, retried } of events) {
    const known = groups.get(error_class) ?? { error_class, count: 0, retried: 0, message, task_name, task_id };
    groups.set(error_class, { ...known, count: known.count + 1, retried: known.retried + (retried ? 1 : 0) });
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}
