import fs from "node:fs";
import path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { sqlite, sqliteTrouble } from "../sqlite.ts";
import type { Layout } from "./layout.ts";
import { lockFile } from "./owner.ts";

/** "SCAL": tells our index from any other SQLite database that is called cache.db. */
const APPLICATION_ID = 0x5343414c;
/** The layout of the whole folder, docs/formats/store.md. */
export const LAYOUT_VERSION = 1;

/** How long a statement waits for a lock before it gives the thread back. Waiting longer is done without blocking it. */
const BUSY_TIMEOUT_MS = 250;
const HEAL_TIMEOUT_MS = 10_000;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS entries (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL,
  function TEXT NOT NULL,
  created_at REAL NOT NULL,
  used_at REAL NOT NULL,
  hits INTEGER NOT NULL,
  duration_ms REAL NOT NULL,
  bytes INTEGER NOT NULL,
  inline_bytes INTEGER NOT NULL,
  record BLOB NOT NULL,
  call TEXT
);
CREATE TABLE IF NOT EXISTS refs (
  digest BLOB NOT NULL, key TEXT NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (digest, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS refs_by_key ON refs (key);
CREATE TABLE IF NOT EXISTS leases (
  key TEXT PRIMARY KEY, id INTEGER NOT NULL, owner TEXT NOT NULL, since REAL NOT NULL, failure BLOB
) WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS published AFTER INSERT ON entries BEGIN
  DELETE FROM leases WHERE key = NEW.key;
END;
CREATE TABLE IF NOT EXISTS pins (
  key TEXT NOT NULL, owner TEXT NOT NULL, PRIMARY KEY (key, owner)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS usage (
  id INTEGER PRIMARY KEY, hits TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS memo (
  name TEXT PRIMARY KEY, record BLOB NOT NULL, digest BLOB NOT NULL
);
`;

/**
 * What only explains. Made wherever it is missing, as in an index of an earlier version: to lose it is no damage.
 */
const EXPLAINING = `
CREATE TABLE IF NOT EXISTS details (
  digest BLOB PRIMARY KEY, text TEXT NOT NULL, at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS fates (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, function TEXT NOT NULL, what TEXT NOT NULL, why TEXT, at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS recent (
  function TEXT PRIMARY KEY, calls TEXT NOT NULL
);
`;
const EXPLAINING_TABLES = 3;

/** What is read and written; names that are not in a damaged schema make its statements fail. */
const COLUMNS = [
  "id, key, function, created_at, used_at, hits, duration_ms, bytes, inline_bytes, record, call FROM entries",
  "digest, key, bytes FROM refs",
  "key, id, owner, since, failure FROM leases",
  "key, owner FROM pins",
  "id, hits FROM usage",
  "name, record, digest FROM memo",
];

/** How an index stands. Each way in which it cannot be used says what a user is told. */
export type OpenedIndex =
  | { readonly state: "open"; readonly db: DatabaseSync; readonly inode: bigint }
  /** Can be read and not written. */
  | { readonly state: "read-only"; readonly db: DatabaseSync; readonly reason: string }
  | { readonly state: "damaged"; readonly reason: string }
  | { readonly state: "foreign" | "future" | "unusable"; readonly reason: string };

/**
 * Opens the index, and makes it where there is none. Never changes a file that is not ours.
 *
 * @throws SQLite's "busy" where another process holds it for long.
 */
export function openIndex(layout: Layout): OpenedIndex {
  let db: DatabaseSync | undefined;
  try {
    fs.mkdirSync(layout.staging, { recursive: true });
    db = new (sqlite().DatabaseSync)(layout.index, { timeout: BUSY_TIMEOUT_MS });
    const refusal = identify(db, layout);
    if (refusal !== undefined) {
      db.close();
      return refusal;
    }
    configure(db);
    tryToWrite(db);
    addExplaining(db);
    return { state: "open", db, inode: fs.statSync(layout.index, { bigint: true }).ino };
  } catch (error) {
    db?.close();
    const trouble = sqliteTrouble(error);
    const reason = error instanceof Error ? error.message : String(error);
    if (trouble === "corrupt" || trouble === "notADatabase") return { state: "damaged", reason };
    if (trouble === "busy") throw error;
    return openReadOnly(layout, reason);
  }
}

function addExplaining(db: DatabaseSync): void {
  const found = db.prepare("SELECT count(*) AS count FROM sqlite_schema WHERE name IN ('details', 'fates', 'recent')");
  if (found.get()?.["count"] !== EXPLAINING_TABLES) withBusyRetry(db, `BEGIN IMMEDIATE; ${EXPLAINING} COMMIT`);
}

/** Even with the schema in place, this fails where the folder or the file cannot be written. */
function tryToWrite(db: DatabaseSync): void {
  try {
    db.exec("BEGIN IMMEDIATE; COMMIT");
  } catch (error) {
    // Whoever may not write is told so before it is told to wait.
    if (sqliteTrouble(error) !== "busy") throw error;
  }
}

/** Why a database is not one that this version may use; makes the schema in an empty one. */
function identify(db: DatabaseSync, layout: Layout): OpenedIndex | undefined {
  // In this order: whoever makes the tables sets both numbers in the same step, so that tables which are there without
  // them are another program's, and not just being made.
  const tables = db.prepare("SELECT count(*) AS count FROM sqlite_schema").get()?.["count"];
  const application = pragma(db, "application_id");
  const version = pragma(db, "user_version");
  if (application === APPLICATION_ID) {
    if (version === LAYOUT_VERSION) return undefined;
    const reason = `its layout has the version ${version}, and this version of scalable knows ${LAYOUT_VERSION}`;
    return { state: "future", reason };
  }
  if (tables !== 0 || application !== 0) {
    return { state: "foreign", reason: `${layout.index} belongs to another program` };
  }
  withBusyRetry(db, "PRAGMA journal_mode = WAL");
  withBusyRetry(
    db,
    `BEGIN IMMEDIATE; ${SCHEMA} ${EXPLAINING} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${LAYOUT_VERSION}; COMMIT`,
  );
  return undefined;
}

function configure(db: DatabaseSync): void {
  // NORMAL: a crash of the process loses nothing, a power cut may lose the last entries, and neither damages the index.
  // A long log spares the many small commits their checkpoints. No memory mapping: truncating a mapped file would end
  // the process.
  db.exec(`PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 8000; PRAGMA journal_size_limit = 67108864;
    PRAGMA cache_size = -16000; PRAGMA mmap_size = 0; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON`);
}

/**
 * Processes that open a new cache at the same moment wait for each other; SQLite's own waiting does not cover a change
 * of the journal mode.
 */
function withBusyRetry(db: DatabaseSync, sql: string): void {
  const deadline = performance.now() + HEAL_TIMEOUT_MS;
  for (;;) {
    try {
      db.exec(sql);
      return;
    } catch (error) {
      if (sqliteTrouble(error) !== "busy" || performance.now() > deadline) throw error;
      if (db.isTransaction) db.exec("ROLLBACK");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5 + Math.random() * 20);
    }
  }
}

function pragma(db: DatabaseSync, name: string): unknown {
  return db.prepare(`PRAGMA ${name}`).get()?.[name];
}

/**
 * A cache on a read-only disk, or of somebody else: what is in it can still be read. Where somebody has it open, their
 * files show what they wrote last; where nobody has, SQLite cannot make these files, and the index is read as if it
 * never changed.
 */
function openReadOnly(layout: Layout, reason: string): OpenedIndex {
  if (!fs.existsSync(layout.index)) return { state: "unusable", reason };
  const shared = fs.existsSync(`${layout.index}-shm`) ? openToRead(layout, reason, { immutable: "0" }) : undefined;
  return shared?.state === "read-only" ? shared : openToRead(layout, reason, { immutable: "1" });
}

function openToRead(layout: Layout, reason: string, { immutable }: { readonly immutable: "0" | "1" }): OpenedIndex {
  let db: DatabaseSync | undefined;
  try {
    const url = pathToFileURL(layout.index);
    url.searchParams.set("mode", "ro");
    url.searchParams.set("immutable", immutable);
    db = new (sqlite().DatabaseSync)(url, { readOnly: true });
    if (pragma(db, "application_id") !== APPLICATION_ID || pragma(db, "user_version") !== LAYOUT_VERSION) {
      db.close();
      return { state: "unusable", reason };
    }
    db.prepare("SELECT count(*) FROM entries WHERE id = 0").get();
    return { state: "read-only", db, reason };
  } catch {
    db?.close();
    return { state: "unusable", reason };
  }
}

/**
 * Moves a damaged index out of the way, one process at a time.
 *
 * @returns where it is now; undefined where another process has already replaced it.
 */
export function setAside(layout: Layout): string | undefined {
  const lock = lockFile(path.join(layout.staging, "heal.lock"), HEAL_TIMEOUT_MS);
  try {
    const now = openIndex(layout);
    if ("db" in now) now.db.close();
    if (now.state !== "damaged" && !(now.state === "open" && hasDamage(layout))) return undefined;
    const aside = `${layout.index}.damaged-${new Date().toISOString().replace(/[:.]/g, "-")}`;
    for (const suffix of ["-wal", "-shm", ""]) {
      if (fs.existsSync(layout.index + suffix)) fs.renameSync(layout.index + suffix, aside + suffix);
    }
    return aside;
  } finally {
    lock.close();
  }
}

/** Whether SQLite finds fault with an index that can be opened. Reads all of it. */
export function hasDamage(layout: Layout): boolean {
  let db: DatabaseSync | undefined;
  try {
    db = new (sqlite().DatabaseSync)(layout.index, { timeout: BUSY_TIMEOUT_MS });
    for (const columns of COLUMNS) db.prepare(`SELECT ${columns}`);
    // Not quick_check: that does not notice keys that lead to no row, or to another one.
    return db.prepare("PRAGMA integrity_check(1)").get()?.["integrity_check"] !== "ok";
  } catch (error) {
    const trouble = sqliteTrouble(error);
    return trouble === "corrupt" || trouble === "notADatabase";
  } finally {
    db?.close();
  }
}
