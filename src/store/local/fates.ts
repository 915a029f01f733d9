import type { Fate, FateKind } from "../store.ts";
import type { Connection } from "./connection.ts";
import type { Deferred } from "./deferred.ts";

/** So many keys are remembered, those of which something was noted last. */
const KEPT = 100_000;
const LONGEST_REASON = 300;
const MOST_FOUND = 20;
const MOST_PENDING = 10_000;

const INSERT = "INSERT OR REPLACE INTO fates (key, function, what, why, at) VALUES (?, ?, ?, ?, ?)";
const TRIM = `DELETE FROM fates WHERE id <= (SELECT max(id) FROM fates) - ${KEPT}`;
const COLUMNS = "key, function, what, why, at FROM fates";

const KINDS: ReadonlySet<unknown> = new Set<FateKind>([
  "evicted",
  "pruned",
  "cleared",
  "forgotten",
  "damaged",
  "quarantined",
  "not-stored",
]);

/** What is noted of a key. */
export interface Noted {
  readonly key: string;
  readonly functionName: string;
  readonly why?: string | undefined;
}

/** What became of entries that are there no more, and of results that were not stored. It only explains. */
export class Fates {
  readonly #connection: Connection;
  readonly #deferred: Deferred;
  /** What this thread noted and may not be written yet. */
  readonly #pending = new Map<string, Fate>();

  constructor(connection: Connection, deferred: Deferred) {
    this.#connection = connection;
    this.#deferred = deferred;
  }

  note(what: FateKind, keys: readonly Noted[]): void {
    const at = Date.now();
    const noted = keys.slice(-KEPT);
    if (noted.length === 0) return;
    if (this.#pending.size > MOST_PENDING) this.#pending.clear();
    for (const { key, functionName, why } of noted.slice(-MOST_PENDING)) {
      this.#pending.set(key, { key, functionName, what, at, ...(why === undefined ? undefined : { why }) });
    }
    this.#deferred.later((index) => {
      for (const { key } of noted) this.#pending.delete(key);
      const insert = index.statement(INSERT);
      for (const { key, functionName, why } of noted) {
        insert.run(key, functionName, what, why === undefined ? null : why.slice(0, LONGEST_REASON), at);
      }
      index.statement(TRIM).run();
    });
  }

  /** What became of a key last, if anything. */
  of(key: string): Fate | undefined {
    return this.#pending.get(key) ?? this.#find(`SELECT ${COLUMNS} WHERE key = ?`, key)[0];
  }

  /** The same of all keys that begin so; no more than a few. */
  beginningWith(prefix: string): Fate[] {
    this.#deferred.flush();
    return this.#find(`SELECT ${COLUMNS} WHERE substr(key, 1, length(?1)) = ?1 LIMIT ${MOST_FOUND}`, prefix);
  }

  #find(sql: string, parameter: string): Fate[] {
    try {
      const rows = this.#connection.read((index) => index.statement(sql).all(parameter));
      return rows.flatMap((row) => fateOf(row) ?? []);
    } catch {
      return [];
    }
  }
}

/** Undefined where the row is not what was written. */
function fateOf(row: Readonly<Record<string, unknown>>): Fate | undefined {
  const { key, function: functionName, what, why, at } = row;
  if (typeof key !== "string" || typeof functionName !== "string" || !isKind(what)) return undefined;
  if (typeof at !== "number") return undefined;
  return { key, functionName, what, at, ...(typeof why === "string" ? { why } : undefined) };
}

function isKind(what: unknown): what is FateKind {
  return KINDS.has(what);
}
