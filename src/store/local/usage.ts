import type { Connection } from "./connection.ts";

const FLUSH_MS = 1_000;
const FLUSH_ENTRIES = 10_000;

/** When and how often entries were read: collected in memory and written once in a second, so that a hit writes nothing. */
export class Usage {
  readonly #connection: Connection;
  #hits = new Map<string, { count: number; at: number }>();
  #timer: NodeJS.Timeout | undefined;

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
    try {
      this.#connection.write((index) => {
        const update = index.statement(
          "UPDATE entries SET hits = hits + ?2, used_at = max(used_at, ?3) WHERE key = ?1",
        );
        for (const [key, { count, at }] of hits) update.run(key, count, at);
      });
    } catch {
      if (this.#hits.size + hits.size < FLUSH_ENTRIES) this.#hits = new Map([...hits, ...this.#hits]);
    }
  }
}
