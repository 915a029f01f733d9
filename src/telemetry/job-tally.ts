import type { JobEvent, JobState } from "./event.ts";

/** What tries in jobs of a cluster came to. */
export interface JobSummary {
  readonly tries: number;
  /** Nodes on which they ran. */
  readonly nodes: number;
  /** How many ended in which way, in the cluster's words; the most frequent first. */
  readonly by_state: Readonly<Record<string, number>>;
  /** Seconds from the submission to the start; absent where nothing started. */
  readonly waited_s?: { readonly median: number; readonly most: number };
  /** Cores times hours that tries took; absent where nobody told. */
  readonly core_hours?: number;
}

const HOUR_S = 3600;

/** Adds up the tries. Undefined where there were none. */
export function tallyJobs(events: Iterable<JobEvent>): JobSummary | undefined {
  let [tries, coreHours] = [0, 0];
  let told = false;
  const nodes = new Set<string>();
  const states = new Map<string, number>();
  const waits: number[] = [];
  for (const event of events) {
    tries += 1;
    states.set(event.state, (states.get(event.state) ?? 0) + 1);
    if (event.node !== undefined) nodes.add(event.node);
    if (event.waited_s !== undefined) waits.push(event.waited_s);
    const seconds = secondsOf(event);
    if (seconds === undefined || event.cpus === undefined) continue;
    told = true;
    coreHours += (seconds * event.cpus) / HOUR_S;
  }
  if (tries === 0) return undefined;
  waits.sort((a, b) => a - b);
  const most = waits.at(-1);
  return {
    tries,
    nodes: nodes.size,
    by_state: Object.fromEntries([...states].sort(([, a], [, b]) => b - a)),
    ...(most !== undefined && { waited_s: { median: waits[Math.floor((waits.length - 1) / 2)] ?? most, most } }),
    ...(told && { core_hours: coreHours }),
  };
}

/** Of these it is not known when they ended. */
const LONG_GONE: ReadonlySet<JobState> = new Set(["LOST", "REQUEUED"]);

/** What a try took; of a job that was ended without a word, until that was seen. */
function secondsOf({ state, duration_s, timestamp, submitted_at, waited_s }: JobEvent): number | undefined {
  if (duration_s !== undefined) return duration_s;
  if (waited_s === undefined || LONG_GONE.has(state)) return undefined;
  const seconds = (Date.parse(timestamp) - Date.parse(submitted_at)) / 1000 - waited_s;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}
