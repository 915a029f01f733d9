/** Why a call was not answered from the cache. */
export type MissReason =
  | "absent"
  | "recompute"
  | "expired"
  | "damaged"
  | "type-mismatch"
  | "check-output"
  | "unreadable";

/**
 * One call of a cacheable, at its end. Field names are those of the run folder's `cache.jsonl`, so that scripts
 * written for it read these events as they are.
 */
export interface CacheCallEvent {
  readonly type: "cache";
  /** Wall-clock time of the call's end, ISO 8601. */
  readonly timestamp: string;
  readonly function_name: string;
  /** The call's key: 32 hexadecimal digits. */
  readonly key_digest: string;
  /** Whether the result came from the cache, or from a computation of the same call that was already running. */
  readonly hit: boolean;
  /** Where the result came from: a stored entry, a computation in flight that this call joined, or its own body. */
  readonly source: "store" | "joined" | "computed";
  /** Seconds that this call took, look-up and storing included. */
  readonly duration_s: number;
  /** Seconds that the computation itself took, when it was run (now, or when the entry was stored). */
  readonly compute_s: number;
  /** For a miss: why. */
  readonly reason?: MissReason;
  /** For a miss: whether the result was stored. */
  readonly stored?: boolean;
  /** For a call whose body threw. */
  readonly failed?: boolean;
}

/** Everything that can be observed. Each view (terminal, files, report) reads these and nothing else. */
export type ScalableEvent = CacheCallEvent;

export type EventListener = (event: ScalableEvent) => void;

const listeners = new Set<EventListener>();

/**
 * Calls `listener` at the end of each call of a cacheable in this thread.
 *
 * @returns a function that ends the subscription.
 */
export function onEvent(listener: EventListener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Whether anybody listens: building an event costs more than a hit does. */
export function observed(): boolean {
  return listeners.size > 0;
}

/** An error that a listener throws is the listener's: it must not fail the call that it was told of. */
export function emit(event: ScalableEvent): void {
  for (const listener of listeners) {
    try {
      listener(event);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
