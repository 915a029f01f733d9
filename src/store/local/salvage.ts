import type { DatabaseSync } from "node:sqlite";
import { sqlite } from "../sqlite.ts";
import { blobsOf, readRecord } from "./row.ts";

const COLUMNS = [
  "key",
  "function",
  "created_at",
  "used_at",
  "hits",
  "duration_ms",
  "bytes",
  "inline_bytes",
  "record",
  "call",
] as const;

/** Unreadable stretches after which the rest is read from its end. */
const MAX_GAPS = 1_000;

/**
 * Copies what is good from a damaged index into a new one: each row whose digest is right.
 *
 * @returns how many entries were saved.
 */
export function salvage(damaged: string, into: DatabaseSync): number {
  // Newer versions of Node would otherwise ignore the pragma below.
  const options = { readOnly: true, defensive: false };
  let from: DatabaseSync;
  try {
    from = new (sqlite().DatabaseSync)(damaged, options);
    // With this, SQLite also opens what is shorter than it should be, and what has a damaged definition of one table.
    from.exec("PRAGMA writable_schema = ON");
  } catch {
    return 0;
  }
  let saved = 0;
  try {
    into.exec("BEGIN IMMEDIATE");
    const insert = into.prepare(
      `INSERT OR IGNORE INTO entries (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map(() => "?").join(", ")})`,
    );
    const insertRef = into.prepare("INSERT OR IGNORE INTO refs (digest, key, bytes) VALUES (?, ?, ?)");
    for (const row of readableRows(from)) {
      const entry = readRecord(String(row["key"]), row["record"]);
      if (entry === undefined || !isComplete(row)) continue;
      // Whoever uses the new index already may have stored the entry anew.
      if (insert.run(...COLUMNS.map((column) => row[column] ?? null)).changes === 0) continue;
      saved += 1;
      for (const blob of blobsOf(entry)) insertRef.run(blob.digest, entry.key, blob.bytes);
    }
    into.exec("COMMIT");
  } catch {
    if (into.isTransaction) into.exec("ROLLBACK");
    return 0;
  } finally {
    from.close();
  }
  return saved;
}

/** Whether what the digest does not cover is of its type: a row that the new index refuses would end all of it. */
function isComplete(row: Row): boolean {
  const numbers = ["created_at", "used_at", "hits", "duration_ms", "bytes", "inline_bytes"];
  return typeof row["function"] === "string" && numbers.every((column) => typeof row[column] === "number");
}

type Row = Record<string, null | number | bigint | string | Uint8Array>;

/** Rows from the beginning up to what cannot be read, and from the end down to it. */
function* readableRows(db: DatabaseSync): Generator<Row> {
  const columns = `id, ${COLUMNS.join(", ")}`;
  let lowest = -1;
  try {
    const next = db.prepare(`SELECT ${columns} FROM entries WHERE id > ? ORDER BY id LIMIT 1`);
    for (let gaps = 0; gaps < MAX_GAPS; ) {
      let row: Row | undefined;
      try {
        row = next.get(lowest) as Row | undefined;
      } catch {
        gaps += 1;
        lowest += 1;
        continue;
      }
      if (row === undefined) return;
      // Damage can lead backwards.
      const id = Number(row["id"]);
      if (!(id > lowest)) gaps += 1;
      lowest = Math.max(lowest + 1, id);
      yield row;
    }
    const previous = db.prepare(`SELECT ${columns} FROM entries WHERE id < ? ORDER BY id DESC LIMIT 1`);
    for (let highest = Number.MAX_SAFE_INTEGER; highest > lowest; ) {
      const row = previous.get(highest) as Row | undefined;
      if (row === undefined || !(Number(row["id"]) < highest)) return;
      highest = Number(row["id"]);
      yield row;
    }
  } catch {
    // Nothing more can be read.
  }
}
