import type { WorkerEvent } from "./event.ts";

/** The workers of one component. */
export interface WorkerGroup {
  readonly component: string;
  readonly started: number;
  readonly stopped: number;
  readonly lost: number;
}

/** Components in the order in which they got their first worker. */
export function groupWorkers(events: Iterable<WorkerEvent>): readonly WorkerGroup[] {
  const groups = new Map<string, WorkerGroup>();
  for (const { component, state } of events) {
    const known = groups.get(component) ?? { component, started: 0, stopped: 0, lost: 0 };
    groups.set(component, { ...known, [state]: known[state] + 1 });
  }
  return [...groups.values()];
}
