import type { Quarantine } from "../store.ts";
import type { Connection } from "./connection.ts";
import { entryId } from "./entry-id.ts";
import { Evictor } from "./evict.ts";
import type { LocalStore } from "./local-store.ts";
import { type Entry, writeRecord } from "./row.ts";

/*
 * An entry that turned out to be wrong answers no call any more, and is kept for looking at. It is an entry like any
 * other, under a name that is no call's key: so it can be listed, read, checked, evicted and cleared, its blobs are
 * counted, and there is nothing that could take it for an answer. Each call has one such name, so there is at most one for
 * each call.
 */

const PREFIX = "quarantined:";

/** The name under which an entry of a call is kept in quarantine. */
export function quarantineKey(key: string): string {
  return PREFIX + key;
}

/** The key of the call that an entry in quarantine once answered; undefined for the key of any other entry. */
export function quarantinedCall(key: string): string | undefined {
  return key.startsWith(PREFIX) ? key.slice(PREFIX.length) : undefined;
}

/** Whether an entry of a call is kept in quarantine. It only explains. */
export function isQuarantined({ connection }: LocalStore, key: string): boolean {
  const sql = "SELECT 1 FROM entries WHERE id = ? AND key = ?";
  const name = quarantineKey(key);
  try {
    return connection.read((index) => index.statement(sql).get(entryId(name), name)) !== undefined;
  } catch {
    return false;
  }
}

/**
 * Puts an entry in quarantine, in place of an earlier one of the same call.
 *
 * @returns whether that was done: not where somebody has replaced or removed the entry since it was read.
 * @throws StoreUnavailable, or SQLite's error where the index cannot be written.
 */
export async function quarantine(store: LocalStore, entry: Entry, why: Quarantine): Promise<boolean> {
  const { connection } = store;
  // Hits that are not added yet would not find it under its new name.
  store.flush();
  let replaced: readonly Uint8Array[] = [];
  const functionName = await connection.patiently(() =>
    connection.write((index) => {
      const found = functionOf(index, entry);
      if (found !== undefined) replaced = rename(index, entry, why);
      return found;
    }),
  );
  if (functionName === undefined) return false;
  store.fates.note("quarantined", [{ key: entry.key, functionName, why: why.difference }]);
  const evictor = new Evictor(store);
  await connection.patiently(() => evictor.removeUnreferenced(replaced));
  return true;
}

/** The function of an entry, where its row is still the one that was read. */
function functionOf(index: Connection, { key, digest }: Entry): string | undefined {
  const sql = "SELECT function FROM entries WHERE id = ? AND key = ? AND substr(record, 1, 16) IS ?";
  const row = index.statement(sql).get(entryId(key), key, digest);
  return row === undefined ? undefined : String(row["function"]);
}

/** Returns the blobs of what was in quarantine before. */
function rename(index: Connection, entry: Entry, why: Quarantine): readonly Uint8Array[] {
  const [from, to] = [entry.key, quarantineKey(entry.key)];
  // Mostly there is nothing, or the earlier one of this call; very rarely another entry with the same id.
  const inTheWay = String(index.statement("SELECT key FROM entries WHERE id = ?").get(entryId(to))?.["key"] ?? to);
  const refs = index.statement("SELECT digest FROM refs WHERE key IN (?, ?)").all(to, inTheWay);
  index.statement("DELETE FROM refs WHERE key IN (?, ?)").run(to, inTheWay);
  index.statement("DELETE FROM entries WHERE id = ?").run(entryId(to));
  const { createdAt, durationMs, value, extra } = entry;
  // A record is bound to its key, so it is written anew.
  const record = writeRecord({ key: to, createdAt, durationMs, value, extra: { ...extra, quarantine: why } });
  index
    .statement("UPDATE entries SET id = ?, key = ?, record = ? WHERE id = ? AND key = ?")
    .run(entryId(to), to, record, entryId(from), from);
  index.statement("UPDATE refs SET key = ? WHERE key = ?").run(to, from);
  return refs.map((ref) => ref["digest"] as Uint8Array);
}
