import { matchesAny } from "../../settings.ts";
import type { EntryFilter, EntryInfo, FunctionStats, PruneOptions, PruneReport, StoreStats } from "../store.ts";
import { readParts } from "./call-text.ts";
import { entryId } from "./entry-id.ts";
import { Evictor, type Removal } from "./evict.ts";
import { listFiles, removeLeftovers } from "./leftovers.ts";
import type { LocalStore } from "./local-store.ts";
import { quarantinedCall } from "./quarantine.ts";
import { readRecord } from "./row.ts";

const COLUMNS = "id, key, function, created_at, used_at, hits, duration_ms, bytes, call";
const PAGE = 500;

interface InfoRow {
  readonly id: number;
  readonly key: string;
  readonly function: string;
  readonly created_at: number;
  readonly used_at: number;
  readonly hits: number;
  readonly duration_ms: number;
  readonly bytes: number;
  readonly call: string | null;
}

/** Entries, in no order that matters; read page by page, so that the index is never held open. */
export function* entriesOf(store: LocalStore, filter: EntryFilter = {}): Generator<EntryInfo> {
  store.flush();
  const lets = predicateOf(filter);
  const sql = `SELECT ${COLUMNS} FROM entries WHERE id > ? ORDER BY id LIMIT ${PAGE}`;
  for (let above = -1; ; ) {
    const rows = store.connection.read((index) => index.statement(sql).all(above)) as unknown as readonly InfoRow[];
    for (const row of rows) {
      const info = infoOfRow(row);
      if (lets(info)) yield info;
    }
    const last = rows.at(-1);
    // A damaged index can lead in circles.
    if (last === undefined || !(last.id > above)) return;
    above = last.id;
  }
}

/**
 * The entries of one function that were stored last; with `before`, those that were stored before that (milliseconds
 * since 1970). All rows are passed over for it, so of each only what comes first in it is read.
 */
export function recentEntriesOf(
  store: LocalStore,
  functionName: string,
  { limit, before = Number.POSITIVE_INFINITY }: { readonly limit: number; readonly before?: number },
): EntryInfo[] {
  store.flush();
  const latest = "SELECT id FROM entries WHERE function = ? AND created_at < ? ORDER BY created_at DESC LIMIT ?";
  const sql = `SELECT ${COLUMNS} FROM entries WHERE id IN (${latest}) ORDER BY created_at DESC`;
  const rows = store.connection.read((index) => index.statement(sql).all(functionName, before, limit));
  return (rows as unknown as readonly InfoRow[]).map(infoOfRow);
}

export function infoOf(store: LocalStore, key: string): EntryInfo | undefined {
  store.flush();
  const sql = `SELECT ${COLUMNS}, record FROM entries WHERE id = ? AND key = ?`;
  const row = store.connection.read((index) => index.statement(sql).get(entryId(key), key)) as unknown as
    | (InfoRow & { readonly record: unknown })
    | undefined;
  if (row === undefined) return undefined;
  const { captured, quarantine } = readRecord(key, row.record)?.extra ?? {};
  return {
    ...infoOfRow(row),
    ...(captured === undefined ? {} : { captured }),
    ...(quarantine === undefined ? {} : { quarantine }),
  };
}

function infoOfRow(row: InfoRow): EntryInfo {
  const parts = row.call === null ? undefined : readParts(row.function, row.call);
  return {
    key: row.key,
    functionName: row.function,
    createdAt: row.created_at,
    lastUsedAt: row.used_at,
    hits: row.hits,
    durationMs: row.duration_ms,
    bytes: row.bytes,
    ...(parts === undefined ? {} : { call: { functionName: row.function, parts } }),
  };
}

function predicateOf(filter: EntryFilter): (info: EntryInfo) => boolean {
  const now = Date.now();
  const named = filter.functionName === undefined ? () => true : matchesAny([filter.functionName]);
  const {
    olderThanMs = Number.NEGATIVE_INFINITY,
    newerThanMs = Number.POSITIVE_INFINITY,
    minBytes = 0,
    maxBytes = Number.POSITIVE_INFINITY,
    quarantined,
  } = filter;
  return (info) =>
    named(info.functionName) &&
    (quarantined === undefined || (quarantinedCall(info.key) !== undefined) === quarantined) &&
    now - info.createdAt >= olderThanMs &&
    now - info.createdAt <= newerThanMs &&
    info.bytes >= minBytes &&
    info.bytes <= maxBytes;
}

export function statsOf(store: LocalStore): StoreStats {
  store.flush();
  const functions = store.connection.read((index) =>
    index
      .statement(
        `SELECT function, count(*) AS entries, sum(bytes) AS bytes, sum(hits) AS hits,
          sum(hits * duration_ms) AS saved FROM entries GROUP BY function ORDER BY bytes DESC`,
      )
      .all(),
  );
  const stats = functions.map(
    (row): FunctionStats => ({
      functionName: String(row["function"]),
      entries: Number(row["entries"]),
      bytes: Number(row["bytes"]),
      hits: Number(row["hits"]),
      timeSavedMs: Number(row["saved"]),
    }),
  );
  const sum = (of: (row: FunctionStats) => number): number => stats.reduce((total, row) => total + of(row), 0);
  return {
    dir: store.dir,
    entries: sum((row) => row.entries),
    bytes: evictorOf(store).totalBytes(),
    hits: sum((row) => row.hits),
    timeSavedMs: sum((row) => row.timeSavedMs),
    functions: stats,
  };
}

export async function pruneEntries(store: LocalStore, options: PruneOptions): Promise<PruneReport> {
  store.flush();
  const evictor = evictorOf(store);
  const before = evictor.totalBytes();
  let entries = 0;
  if (options.maxAgeMs !== undefined) {
    const old = [...entriesOf(store, { olderThanMs: options.maxAgeMs, ...named(options) })];
    entries += await evictor.remove(
      old.map((info) => info.key),
      { what: "pruned", why: "for its age" },
    );
  }
  if (options.maxBytes !== undefined) {
    const removal: Removal = { what: "pruned", why: "to make room" };
    entries += (await evictor.evictDownTo(options.maxBytes, removal, options.functionName)).entries;
  }
  if (options.maxAgeMs === undefined && options.maxBytes === undefined && options.functionName !== undefined) {
    return clearEntries(store, named(options));
  }
  if (options.functionName === undefined) {
    await removeLeftovers(store, listFiles(store));
    await store.details.removeUnreferenced();
  }
  return { entries, bytes: Math.max(0, before - evictor.totalBytes()) };
}

/** Removes the entries of a key or of functions, or all; and their leases' failures and blobs with them. */
export async function clearEntries(
  store: LocalStore,
  which: { readonly key?: string; readonly functionName?: string },
): Promise<PruneReport> {
  store.flush();
  const evictor = evictorOf(store);
  const before = evictor.totalBytes();
  const keys = which.key === undefined ? [...entriesOf(store, named(which))].map((info) => info.key) : [which.key];
  const entries = await evictor.remove(keys, { what: which.key === undefined ? "cleared" : "forgotten" });
  return { entries, bytes: Math.max(0, before - evictor.totalBytes()) };
}

function named({ functionName }: { readonly functionName?: string | undefined }): { functionName?: string } {
  return functionName === undefined ? {} : { functionName };
}

function evictorOf(store: LocalStore): Evictor {
  return new Evictor(store);
}
