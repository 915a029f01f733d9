import type { RemoteEvent } from "./event.ts";

/** What a run had from a shared cache, and gave to it. */
export interface RemoteSummary {
  /** Where it is; of several, the one that was told of last. Absent where nothing but hits was told of. */
  readonly url?: string;
  /** Calls that were answered from there. */
  readonly hits: number;
  readonly uploads: number;
  readonly uploaded_bytes: number;
  /** Results that could not be uploaded. They are in the local cache. */
  readonly uploads_failed: number;
  /** Requests that failed, by a word for the kind of trouble. */
  readonly failures: Readonly<Record<string, number>>;
  /** How often it was left alone after failures. */
  readonly pauses: number;
  /** What was said by the failure that was told of last. */
  readonly last_failure?: string;
}

/**
 * Adds events up. Undefined where no shared cache had a part in the run.
 *
 * @param hits - calls that were answered from there.
 */
export function tallyRemote(hits: number, events: Iterable<RemoteEvent>): RemoteSummary | undefined {
  let [uploads, bytes, failed, pauses] = [0, 0, 0, 0];
  let url: string | undefined;
  let lastFailure: string | undefined;
  const failures = new Map<string, number>();
  for (const event of events) {
    url = event.remote;
    if (event.what === "upload" && event.ok) {
      uploads += 1;
      bytes += event.bytes ?? 0;
    } else if (event.what === "upload") failed += 1;
    else if (event.what === "failure") {
      const { trouble = "other" } = event;
      failures.set(trouble, (failures.get(trouble) ?? 0) + 1);
      lastFailure = event.message ?? lastFailure;
    } else if (event.what === "paused" || event.what === "off") pauses += 1;
  }
  if (url === undefined && hits === 0) return undefined;
  return {
    ...(url === undefined ? {} : { url }),
    hits,
    uploads,
    uploaded_bytes: bytes,
    uploads_failed: failed,
    failures: Object.fromEntries([...failures].sort(([, a], [, b]) => b - a)),
    pauses,
    ...(lastFailure === undefined ? {} : { last_failure: lastFailure }),
  };
}
