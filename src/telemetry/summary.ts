import type { ScalableEvent } from "./event.ts";

/** What a number of calls had from the cache. Times are in seconds. */
export interface CacheSummary {
  readonly calls: number;
  readonly hits: number;
  readonly misses: number;
  /** Computation that hits made unnecessary, less what the hits themselves took. Never negative. */
  readonly timeSavedS: number;
}

/** Adds up the cache events among `events`. */
export function summarizeCache(events: Iterable<ScalableEvent>): CacheSummary {
  let hits = 0;
  let misses = 0;
  let saved = 0;
  for (const event of events) {
    if (event.type !== "cache") continue;
    if (event.hit) {
      hits += 1;
      saved += Math.max(0, event.compute_s - event.duration_s);
    } else misses += 1;
  }
  return { calls: hits + misses, hits, misses, timeSavedS: saved };
}
