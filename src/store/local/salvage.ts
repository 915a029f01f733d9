import type { DatabaseSync, StatementSync } from "node:sqlite";
import { sqlite } from "../sqlite.ts";
import { entryId, GREATEST_ID } from "./entry-id.ts";
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

/** How often reading may fail before what is left is given up. */
const MOST_FAILURES = 2_000;
/** Ranges of ids that are not halved further: in an index of a million entries, they hold one or none. */
const FINEST = 2 ** 32;

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
      `INSERT OR IGNORE INTO entries (id, ${COLUMNS.join(", ")}) VALUES (?, ${COLUMNS.map(() => "?").join(", ")})`,
    );
    const insertRef = into.prepare("INSERT OR IGNORE INTO refs (digest, key, bytes) VALUES (?, ?, ?)");
    for (const row of readableRows(from)) {
      const entry = readRecord(String(row["key"]), row["record"]);
      if (entry === undefined || !isComplete(row)) continue;
      // Whoever uses the new index already may have stored the entry anew.
      if (insert.run(entryId(entry.key), ...COLUMNS.map((column) => row[column] ?? null)).changes === 0) continue;
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

/**
 * All rows that can be read. Where a page is damaged, no statement gets past it: what is left is then read from its end
 * down to the damage, and between the two, half by half.
 */
function* readableRows(db: DatabaseSync): Generator<Row> {
  const columns = COLUMNS.join(", ");
  const select = (order: "" | "DESC"): StatementSync =>
    db.prepare(`SELECT id, ${columns} FROM entries WHERE id > ? AND id < ? ORDER BY id ${order} LIMIT 1`);
  let next: StatementSync;
  let previous: StatementSync;
  try {
    next = select("");
    previous = select("DESC");
  } catch {
    return; // The table itself cannot be found.
  }
  const ranges: (readonly [above: number, below: number])[] = [[-1, GREATEST_ID + 1]];
  let failures = 0;
  // Wide ranges first: there is the most to be found in them.
  for (let range = ranges.shift(); range !== undefined && failures < MOST_FAILURES; range = ranges.shift()) {
    let [above, below] = range;
    try {
      for (let row = next.get(above, below); row !== undefined; row = next.get(above, below)) {
        above = idWithin(row, above, below);
        yield row;
      }
      continue;
    } catch {
      failures += 1;
    }
    try {
      for (let row = previous.get(above, below); row !== undefined; row = previous.get(above, below)) {
        below = idWithin(row, above, below);
        yield row;
      }
    } catch {
      const middle = Math.floor((above + below) / 2);
      if (middle - above > FINEST) ranges.push([above, middle], [middle - 1, below]);
    }
  }
}

/** Damage can lead backwards, or in circles. */
function idWithin(row: Row, above: number, below: number): number {
  const id = Number(row["id"]);
  if (id > above && id < below) return id;
  throw new RangeError("The index leads to a row that is elsewhere.");
}
