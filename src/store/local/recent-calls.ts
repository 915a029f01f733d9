import type { KeyPart } from "../../identify/key.ts";
import { readParts } from "./call-text.ts";
import type { Connection } from "./connection.ts";
import type { Deferred } from "./deferred.ts";
import { entryId } from "./entry-id.ts";

/** A call whose result was stored. */
export interface StoredCall {
  readonly key: string;
  /** When it was stored: milliseconds since 1970. */
  readonly at: number;
  readonly parts: readonly KeyPart[];
}

/** Key, when it was stored, and what of it is mostly the same for all calls of one run. */
type Row = readonly [key: string, at: number, common: string];

/** So many calls of each function are kept. */
const KEPT = 32;
/** In an index that knows of no recent calls, so many entries are looked through for some. */
const SAMPLED = 2_000;

/**
 * Some of the calls of each function that were stored last, so that a new call can be compared with them at once: to look
 * through all entries would take longer than most calls. They are kept in memory, and written now and then.
 */
export class RecentCalls {
  readonly #connection: Connection;
  readonly #deferred: Deferred;
  readonly #own = new Map<string, StoredCall[]>();
  readonly #others = new Map<string, readonly StoredCall[]>();
  readonly #unwritten = new Set<string>();

  constructor(connection: Connection, deferred: Deferred) {
    this.#connection = connection;
    this.#deferred = deferred;
  }

  add(functionName: string, call: StoredCall): void {
    const own = this.#own.get(functionName);
    if (own === undefined) this.#own.set(functionName, [call]);
    else if (own.push(call) > 2 * KEPT) this.#own.set(functionName, mostTelling(own, commonOf));
    if (this.#unwritten.has(functionName)) return;
    this.#unwritten.add(functionName);
    this.#deferred.later((index) => this.#write(index, functionName));
  }

  /** Those of this thread, and those that were there when this was first asked. In no order. */
  of(functionName: string): readonly StoredCall[] {
    let others = this.#others.get(functionName);
    if (others === undefined) {
      others = this.#read(functionName);
      this.#others.set(functionName, others);
    }
    return [...(this.#own.get(functionName) ?? []), ...others];
  }

  #write(index: Connection, functionName: string): void {
    this.#unwritten.delete(functionName);
    const rows = new Map(rowsOf(index, functionName)?.map((row) => [row[0], row]));
    for (const call of this.#own.get(functionName) ?? []) rows.set(call.key, [call.key, call.at, commonOf(call)]);
    const kept = mostTelling([...rows.values()], ([, , common]) => common);
    index
      .statement("INSERT OR REPLACE INTO recent (function, calls) VALUES (?, ?)")
      .run(functionName, JSON.stringify(kept));
  }

  #read(functionName: string): StoredCall[] {
    const own = new Set(this.#own.get(functionName)?.map(({ key }) => key));
    try {
      return this.#connection.read((index) => {
        const rows = rowsOf(index, functionName);
        if (rows === undefined) return sampleOf(index, functionName);
        const select = index.statement("SELECT key, created_at, call FROM entries WHERE id = ? AND key = ?");
        const others = rows.filter(([key]) => !own.has(key));
        return others.flatMap(([key]) => callOf(functionName, select.get(entryId(key), key)) ?? []);
      });
    } catch {
      return [];
    }
  }
}

/** Undefined where nothing was written yet, or what is there cannot be read. */
function rowsOf(index: Connection, functionName: string): Row[] | undefined {
  const row = index.statement("SELECT calls FROM recent WHERE function = ?").get(functionName);
  try {
    const rows: unknown = JSON.parse(String(row?.["calls"]));
    return Array.isArray(rows) ? rows.filter(isRow).slice(0, 2 * KEPT) : undefined;
  } catch {
    return undefined;
  }
}

function isRow(row: unknown): row is Row {
  if (!Array.isArray(row)) return false;
  const [key, at, common] = row as readonly unknown[];
  return typeof key === "string" && typeof at === "number" && typeof common === "string";
}

/** Ids are digests, so the first entries are as good a sample as any. */
function sampleOf(index: Connection, functionName: string): StoredCall[] {
  const sql = `SELECT key, created_at, call FROM
    (SELECT key, function, created_at, call FROM entries ORDER BY id LIMIT ${SAMPLED}) WHERE function = ? LIMIT ${KEPT}`;
  return index
    .statement(sql)
    .all(functionName)
    .flatMap((row) => callOf(functionName, row) ?? []);
}

function callOf(functionName: string, row: Readonly<Record<string, unknown>> | undefined): StoredCall | undefined {
  const { key, created_at: at, call } = row ?? {};
  if (typeof key !== "string" || typeof at !== "number" || typeof call !== "string") return undefined;
  const parts = readParts(functionName, call);
  return parts === undefined ? undefined : { key, at, parts };
}

function commonOf({ parts }: StoredCall): string {
  const common = parts.filter(({ kind }) => kind !== "argument" && kind !== "function");
  return common.map(({ digest, preview = "" }) => digest.slice(0, 8) + (preview.length < 20 ? preview : "")).join(" ");
}

/**
 * The calls that say most: a run of many calls must not push out all that were made with other code before, as
 * those are what tells that the code is what changed.
 */
function mostTelling<T extends StoredCall | Row>(calls: readonly T[], common: (call: T) => string): T[] {
  const at = (call: T): number => ("at" in call && typeof call.at === "number" ? call.at : (call as Row)[1]);
  const groups = [...Map.groupBy(calls, common).values()].map((group) => group.sort((a, b) => at(a) - at(b)));
  for (let left = calls.length; left > KEPT; left -= 1) {
    const largest = groups.reduce((a, b) => (b.length > a.length ? b : a));
    largest.shift();
  }
  return groups.flat();
}
