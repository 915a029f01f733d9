import { defaultCache } from "../cacheable/default-cache.ts";
import { recentEntriesOf } from "../store/local/queries.ts";
import { onEvent } from "../telemetry/event.ts";

/** So many of the last calls are looked at. */
const LAST = 20;

const known = new Map<string, number | undefined>();

/** Seconds that calls of a function took, by those that were stored last; undefined where none was. */
export function secondsOf(functionName: string): number | undefined {
  if (!known.has(functionName)) known.set(functionName, storedSeconds(functionName));
  return known.get(functionName);
}

function storedSeconds(functionName: string): number | undefined {
  try {
    const last = recentEntriesOf(defaultCache().store, functionName, { limit: LAST });
    return last.length === 0
      ? undefined
      : last.reduce((sum, { durationMs }) => sum + durationMs, 0) / last.length / 1000;
  } catch {
    return undefined; // Who uses the cache is told why.
  }
}

/** From now on, what calls of the run take is known as well, until the returned function is called. */
export function learnDurations(): () => void {
  return onEvent((event) => {
    if (event.type !== "cache" || event.source !== "computed" || event.failed === true) return;
    const before = known.get(event.function_name);
    known.set(event.function_name, before === undefined ? event.compute_s : (before + event.compute_s) / 2);
  });
}
