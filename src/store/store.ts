import type { CallRecord } from "../identify/key.ts";
import type { Captured } from "./capture.ts";

/** What a store keeps of one computed call besides its value. Sizes are in bytes, times in milliseconds. */
export interface EntryInfo {
  /** The call's key (32 hexadecimal digits), or the key given to `Cache.set`. */
  readonly key: string;
  /** Name of the cached function; empty for what `Cache.set` stored. */
  readonly functionName: string;
  /** When the value was stored: milliseconds since 1970. */
  readonly createdAt: number;
  /** When the value was last stored or read: milliseconds since 1970. */
  readonly lastUsedAt: number;
  /** How often the value was read. Counted in memory and written in batches: a killed process loses its last second. */
  readonly hits: number;
  /** How long the computation took. */
  readonly durationMs: number;
  /** Length of the stored value and of the files that were captured with it. */
  readonly bytes: number;
  /** The parts that the key was made of, where they were recorded. */
  readonly call?: CallRecord;
  /** Files and folders that a hit restores. Only where a single entry was asked for. */
  readonly captured?: readonly Captured[];
  /**
   * Why it answers no call any more, of an entry whose key begins with `quarantined:`. Only where a single entry was asked
   * for.
   */
  readonly quarantine?: Quarantine;
}

/** Why an entry was put in quarantine. */
export interface Quarantine {
  /** When: milliseconds since 1970. */
  readonly at: number;
  /** In what the result that was computed again differs, such as `result.demand[3].mw: 3.1 → 3.2`. */
  readonly difference: string;
}

/**
 * What became of a key without an entry: its entry was evicted (size limit), pruned, cleared, forgotten (a single key,
 * by `forget` or `delete`), damaged or put in quarantine; or the result could not be stored.
 */
export type FateKind = "evicted" | "pruned" | "cleared" | "forgotten" | "damaged" | "quarantined" | "not-stored";

export interface Fate {
  readonly key: string;
  readonly functionName: string;
  readonly what: FateKind;
  /** When: milliseconds since 1970. */
  readonly at: number;
  /** Why a result was not stored. */
  readonly why?: string;
}

export interface EntryFilter {
  /** Name of the function; `*` stands for any characters. */
  readonly functionName?: string;
  /** Only entries stored at least this long ago, in milliseconds. */
  readonly olderThanMs?: number;
  /** Only entries stored at most this long ago, in milliseconds. */
  readonly newerThanMs?: number;
  readonly minBytes?: number;
  readonly maxBytes?: number;
  /** Only entries that are in quarantine (`true`), or only others. */
  readonly quarantined?: boolean;
}

export interface FunctionStats {
  readonly functionName: string;
  readonly entries: number;
  readonly bytes: number;
  readonly hits: number;
  /** Sum over the entries of hits × duration of the computation, in milliseconds. */
  readonly timeSavedMs: number;
}

export interface StoreStats {
  /** The cache folder, absolute. */
  readonly dir: string;
  readonly entries: number;
  /** Values and captured files, each content counted once. */
  readonly bytes: number;
  readonly hits: number;
  readonly timeSavedMs: number;
  /** The bound on `bytes`, where there is one. */
  readonly sizeLimit?: number;
  readonly functions: readonly FunctionStats[];
}

export type ProblemKind =
  | "index-damaged"
  | "entry-damaged"
  | "blob-missing"
  | "blob-damaged"
  | "foreign-index"
  | "future-layout";

export interface Problem {
  readonly kind: ProblemKind;
  /** Key of the entry concerned, where there is one. */
  readonly key?: string;
  readonly functionName?: string;
  /** File concerned, relative to the cache folder. */
  readonly path?: string;
  readonly message: string;
  /** What was done about it, when repair was asked for. */
  readonly repaired: boolean;
}

export interface VerifyReport {
  readonly entries: number;
  readonly blobs: number;
  readonly bytes: number;
  readonly problems: readonly Problem[];
  /** Files that nothing refers to: what a killed process leaves. Harmless; `repair` removes those an hour old. */
  readonly leftovers: { readonly files: number; readonly bytes: number };
}

export interface PruneOptions {
  /**
   * Remove least recently used entries until values and captured files take at most this many bytes: all of them, or
   * those of `functionName`.
   */
  readonly maxBytes?: number;
  /** Remove entries stored longer ago than this, in milliseconds. */
  readonly maxAgeMs?: number;
  /** Restrict to functions of this name; `*` stands for any characters. */
  readonly functionName?: string;
}

export interface PruneReport {
  readonly entries: number;
  readonly bytes: number;
}
