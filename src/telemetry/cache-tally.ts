import type { CacheCallEvent } from "./event.ts";
import { type MissGroup, MissGroups, UNKNOWN } from "./miss-groups.ts";
import { type VerificationSummary, VerificationTally } from "./verification-tally.ts";

/** What the calls of a run had from the cache. */
export interface RunCacheSummary {
  readonly calls: number;
  readonly hits: number;
  /** Hits that came from a shared cache. */
  readonly remote_hits: number;
  readonly misses: number;
  /** From 0 to 1; 0 where there were no calls. */
  readonly hit_rate: number;
  /** Seconds of computation that hits made unnecessary, less what the hits themselves took. Never negative. */
  readonly time_saved_s: number;
  /** How many misses had which reason, the most frequent first. */
  readonly misses_by_reason: Readonly<Record<string, number>>;
  /** The same by function, with in what the calls differed; the largest group first. */
  readonly miss_groups: readonly MissGroup[];
  /** What came of hits that were checked by computing them again; absent where none was. */
  readonly verified?: VerificationSummary;
}

/** Adds up the calls of cacheables. */
export function tallyCache(events: Iterable<CacheCallEvent>): RunCacheSummary {
  const reasons = new Map<string, number>();
  const groups = new MissGroups();
  let [hits, remoteHits, misses, saved] = [0, 0, 0, 0];
  const verification = new VerificationTally();
  for (const event of events) {
    const { hit, compute_s, duration_s, reason = UNKNOWN } = event;
    verification.add(event);
    if (hit) {
      hits += 1;
      if (event.source === "remote") remoteHits += 1;
      saved += Math.max(0, compute_s - duration_s);
    } else {
      misses += 1;
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      groups.add(event);
    }
  }
  const calls = hits + misses;
  const verified = verification.summary();
  return {
    calls,
    hits,
    remote_hits: remoteHits,
    misses,
    hit_rate: calls === 0 ? 0 : hits / calls,
    time_saved_s: saved,
    misses_by_reason: Object.fromEntries([...reasons].sort(([, a], [, b]) => b - a)),
    miss_groups: groups.groups(),
    ...(verified === undefined ? {} : { verified }),
  };
}
