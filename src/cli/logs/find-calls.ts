import { readEvents } from "../../telemetry/read-events.ts";
import { listRuns, type Run } from "../../telemetry/runs.ts";
import { type CallOfRun, callsOfRun } from "./calls-of-run.ts";

/** Calls of a run that are meant by an ID or a name. */
export interface FoundCalls {
  readonly run: Run;
  /** In the order of their submission. */
  readonly calls: readonly CallOfRun[];
}

/**
 * The calls of a run that `subject` means: the one with this ID; else those of this task or function that failed, or all of
 * them where none did. Those that were answered from the cache are only meant where there are no others.
 */
export function callsMeant(run: Run, subject: string): readonly CallOfRun[] {
  const all = callsOfRun(run);
  const one = all.get(subject);
  if (one !== undefined) return [one];
  const named = [...all.values()].filter(({ task_name, function_name }) =>
    [task_name, function_name].includes(subject),
  );
  const failed = named.filter(({ state }) => state === "failed");
  if (failed.length > 0) return failed;
  const computed = named.filter(({ hit }) => hit !== true);
  return computed.length > 0 ? computed : named;
}

const CALL_ID = /^([0-9a-f]+)-\d+$/;

/** Finds a call by its ID, in whichever run it was. */
export function findInRuns(runsDir: string, id: string): FoundCalls | undefined {
  const prefix = CALL_ID.exec(id)?.[1];
  if (prefix === undefined) return undefined;
  for (const run of listRuns(runsDir).runs) {
    // All calls of a run begin in the same way: of others, one line is read.
    const [first] = readEvents(run.folder, "task");
    if (first === undefined || CALL_ID.exec(first.task_id)?.[1] !== prefix) continue;
    const call = callsOfRun(run).get(id);
    if (call !== undefined) return { run, calls: [call] };
  }
  return undefined;
}

/** Names that could have been meant. */
export function taskNamesOf(run: Run): string[] {
  return [...new Set([...callsOfRun(run).values()].map(({ task_name }) => task_name))];
}
