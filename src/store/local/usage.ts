import type { Connection } from "./connection.ts";
import { entryId } from "./entry-id.ts";

const FLUSH_MS = 1_000;
const FLUSH_ENTRIES = 10_000;
/** After how many flushes a thread settles by itself what others may never ask for. */
const SETTLE_FLUSHES = 300;

/** Key, how often, and when last (milliseconds since 1970). */
type Hits = readonly (readonly [key: string, count: number, at: number])[];

/**
 * When and how often entries were read. A hit writes nothing: hits are collected in memory, and once a second they are
 * written as one row, wherever the entries lie. They are added to the entries when somebody asks for them.
 */
export class Usage {
  readonly #connection: Connection;
  #hits = new Map<string, { count: number; at: number }>();
  #timer: NodeJS.Timeout | undefined;
  #flushes = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  hit(key: string): void {
    const known = this.#hits.get(key);
    if (known !== undefined) {
      known.count += 1;
      known.at = Date.now();
      return;
    }
    this.#hits.set(key, { count: 1, at: Date.now() });
    if (this.#hits.size >= FLUSH_ENTRIES) this.flush();
    else if (this.#timer === undefined) {
      this.#timer = setTimeout(() => this.flush(), FLUSH_MS);
      this.#timer.unref();
    }
  }

  /** Writes what was collected; keeps it for the next time where the index cannot be written now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const hits = this.#hits;
    if (hits.size === 0 || !this.#connection.writable) return;
    this.#hits = new Map();
    const log: Hits = [...hits].map(([key, { count, at }]) => [key, count, at]);
    try {
      this.#connection.run("INSERT INTO usage (hits) VALUES (?)", JSON.stringify(log));
      this.#flushes += 1;
    } catch {
      if (this.#hits.size + hits.size < FLUSH_ENTRIES) this.#hits = new Map([...hits, ...this.#hits]);
    }
    if (this.#flushes >= SETTLE_FLUSHES) this.settle();
  }

  /** Adds all hits that were written, by whomever, to their entries. Does nothing where the index cannot be written now. */
  settle(): void {
    if (this.#hits.size > 0) this.flush();
    this.#flushes = 0;
    if (!this.#connection.writable) return;
    try {
      const waiting = this.#connection.read((index) => index.statement("SELECT 1 FROM usage LIMIT 1").get());
      if (waiting !== undefined) this.#connection.write(addToEntries);
    } catch {
      // They stay where they are, for the next time.
    }
  }
}

function addToEntries(index: Connection): void {
  const total = new Map<string, { count: number; at: number }>();
  for (const row of index.statement("SELECT hits FROM usage").all()) {
    for (const [key, count, at] of readHits(row["hits"])) {
      const known = total.get(key);
      total.set(key, { count: count + (known?.count ?? 0), at: Math.max(at, known?.at ?? 0) });
    }
  }
  const update = index.statement(
    "UPDATE entries SET hits = hits + ?2, used_at = max(used_at, ?3) WHERE id = ?1 AND key = ?4",
  );
  for (const [key, { count, at }] of total) update.run(entryId(key), count, at, key);
  index.statement("DELETE FROM usage").run();
}

/** What cannot be read only counts for less. */
function readHits(text: unknown): Hits {
  try {
    const hits: unknown = JSON.parse(String(text));
    return Array.isArray(hits) ? (hits as Hits).filter(isHit) : [];
  } catch {
    return [];
  }
}

function isHit(hit: unknown): boolean {
  if (!Array.isArray(hit)) return false;
  const [key, count, at] = hit as readonly unknown[];
  return typeof key === "string" && Number.isSafeInteger(count) && Number.isFinite(at);
}
