import { info } from "../../log.ts";
import { formatBytes } from "../../units.ts";
import type { FateKind, PruneReport } from "../store.ts";
import type { Blobs } from "./blobs.ts";
import type { Connection } from "./connection.ts";
import { entryId } from "./entry-id.ts";
import type { Fates, Noted } from "./fates.ts";
import { isAlive } from "./owner.ts";
import type { Usage } from "./usage.ts";

/** Evicting goes on below the limit by this share of it, so that it is not done again for each entry. */
const SLACK = 0.1;
/** What this thread may store, as a share of the limit, before it looks again how much there is. */
const UNCHECKED = 0.01;
const BATCH = 500;

const TOTAL = `SELECT
  (SELECT coalesce(sum(inline_bytes), 0) FROM entries)
  + (SELECT coalesce(sum(bytes), 0) FROM (SELECT max(bytes) AS bytes FROM refs GROUP BY digest)) AS bytes`;

const DELETE = "DELETE FROM entries WHERE id = ? AND key = ? RETURNING function";

/** What of a store an evictor works with. */
export interface Evictable {
  readonly connection: Connection;
  readonly blobs: Blobs;
  readonly usage: Usage;
  readonly fates: Fates;
}

/** Whose wish it is that entries go. */
export interface Removal {
  readonly what: FateKind;
  readonly why?: string;
}

/** Keeps a store within its size limit, and removes blobs that no entry refers to. */
export class Evictor {
  readonly #connection: Connection;
  readonly #blobs: Blobs;
  readonly #usage: Usage;
  readonly #fates: Fates;
  readonly #sizeLimit: number | undefined;
  /** Bytes in the store when it was last looked at, and those stored by this thread since. */
  #known: number | undefined;
  #since = 0;

  constructor({ connection, blobs, usage, fates }: Evictable, sizeLimit?: number | undefined) {
    this.#connection = connection;
    this.#blobs = blobs;
    this.#usage = usage;
    this.#fates = fates;
    this.#sizeLimit = sizeLimit;
  }

  /** Evicts least recently used entries where the store has grown beyond its limit. */
  afterStoring(bytes: number): Promise<void> | undefined {
    const limit = this.#sizeLimit;
    if (limit === undefined) return undefined;
    this.#since += bytes;
    const room = this.#known === undefined ? 0 : limit - this.#known;
    if (this.#since < Math.min(room, limit * UNCHECKED)) return undefined;
    // The entry is stored; that there is too much now must not make it look as if it were not.
    return this.#enforce(limit).catch((error: unknown) => info(`Evicting failed: ${String(error)}`));
  }

  async #enforce(limit: number): Promise<void> {
    const total = this.totalBytes();
    if (total > limit) {
      const removal: Removal = { what: "evicted", why: `to keep the cache below ${formatBytes(limit)}` };
      const report = await this.evictDownTo(limit * (1 - SLACK), removal);
      info(
        `Evicted ${report.entries} entries (${report.bytes} bytes) to keep the cache below its limit of ${limit} bytes.`,
      );
      this.#known = this.totalBytes();
    } else this.#known = total;
    this.#since = 0;
  }

  /** Length of all values and captured files, each content counted once. */
  totalBytes(): number {
    return this.#connection.read((index) => Number(index.statement(TOTAL).get()?.["bytes"] ?? 0));
  }

  /** Removes least recently used entries, of some functions or of all, until at most `target` bytes of them are left. */
  async evictDownTo(target: number, removal: Removal, functionName?: string): Promise<PruneReport> {
    this.#usage.settle();
    const glob = (functionName ?? "*").replace(/[[?]/g, "[$&]"); // `*` alone means anything, as everywhere else
    const total = this.#bytesOf(functionName === undefined ? undefined : glob);
    let left = total;
    let entries = 0;
    while (left > target) {
      const oldest = this.#connection.read((index) =>
        index
          .statement("SELECT key, bytes FROM entries WHERE function GLOB ? ORDER BY used_at, id LIMIT ?")
          .all(glob, BATCH),
      ) as unknown as readonly { key: string; bytes: number }[];
      const keys: string[] = [];
      let expected = left;
      for (const { key, bytes } of oldest) {
        if (expected <= target) break;
        keys.push(key);
        expected -= bytes;
      }
      const removed = await this.remove(keys, removal);
      if (removed === 0) break;
      entries += removed;
      left = this.#bytesOf(functionName === undefined ? undefined : glob);
    }
    return { entries, bytes: Math.max(0, total - left) };
  }

  #bytesOf(glob: string | undefined): number {
    if (glob === undefined) return this.totalBytes();
    const sum = "SELECT coalesce(sum(bytes), 0) AS bytes FROM entries WHERE function GLOB ?";
    return Number(this.#connection.read((index) => index.statement(sum).get(glob)?.["bytes"] ?? 0));
  }

  /** Removes entries, but for those that somebody is reading, and then the blobs that nothing refers to any more. */
  async remove(keys: readonly string[], { what, why }: Removal): Promise<number> {
    let entries = 0;
    for (let at = 0; at < keys.length; at += BATCH) {
      const batch = keys.slice(at, at + BATCH);
      const blobs: Uint8Array[] = [];
      const gone = await this.#connection.patiently(() => {
        blobs.length = 0;
        return this.#connection.write((index) => {
          const removed: Noted[] = [];
          for (const key of batch) {
            if (this.#isRead(index, key)) continue;
            for (const ref of index.statement("SELECT digest FROM refs WHERE key = ?").all(key)) {
              blobs.push(ref["digest"] as Uint8Array);
            }
            index.statement("DELETE FROM refs WHERE key = ?").run(key);
            const row = index.statement(DELETE).get(entryId(key), key);
            if (row !== undefined) removed.push({ key, functionName: String(row["function"]), why });
          }
          return removed;
        });
      });
      entries += gone.length;
      this.#fates.note(what, gone);
      await this.#connection.patiently(() => this.removeUnreferenced(blobs));
    }
    return entries;
  }

  /**
   * Removes those blobs that no entry refers to. It holds the index meanwhile, as whoever stores an entry looks, holding
   * the index too, whether its blobs are there.
   */
  removeUnreferenced(digests: readonly Uint8Array[]): void {
    if (digests.length === 0) return;
    this.#connection.write((index) => {
      for (const digest of digests) {
        const referred = index.statement("SELECT 1 FROM refs WHERE digest = ? LIMIT 1").get(digest);
        if (referred === undefined) this.#blobs.remove(digest);
      }
    });
  }

  #isRead(index: Connection, key: string): boolean {
    const pins = index.statement("SELECT owner FROM pins WHERE key = ?").all(key);
    let read = false;
    for (const pin of pins) {
      const owner = String(pin["owner"]);
      if (isAlive(this.#connection.layout.staging, owner)) read = true;
      else index.statement("DELETE FROM pins WHERE key = ? AND owner = ?").run(key, owner);
    }
    return read;
  }
}
