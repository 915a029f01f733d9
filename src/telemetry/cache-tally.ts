import type { CacheCallEvent } from "./event.ts";

/** What the calls of a run had from the cache. */
export interface RunCacheSummary {
  readonly calls: number;
  readonly hits: number;
  readonly misses: number;
  /** From 0 to 1; 0 where there were no calls. */
  readonly hit_rate: number;
  /** Seconds of computation that hits made unnecessary, less what the hits themselves took. Never negative. */
  readonly time_saved_s: number;
  /** How many misses had which reason, the most frequent first. */
  readonly misses_by_reason: Readonly<Record<string, number>>;
}

/** Adds up the calls of cacheables. */
export function tallyCache(events: Iterable<CacheCallEvent>): RunCacheSummary {
  const reasons = new Map<string, number>();
  let [hits, misses, saved] = [0, 0, 0];
  for (const { hit, compute_s, duration_s, reason = "unknown" } of events) {
    if (hit) {
      hits += 1;
      saved += Math.max(0, compute_s - duration_s);
    } else {
      misses += 1;
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
  }
  const calls = hits + misses;
  return {
    calls,
    hits,
    misses,
    hit_rate: calls === 0 ? 0 : hits / calls,
    time_saved_s: saved,
    misses_by_reason: Object.fromEntries([...reasons].sort(([, a], [, b]) => b - a)),
  };
}
