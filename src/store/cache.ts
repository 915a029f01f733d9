import fs from "node:fs";
import path from "node:path";
import { messageOf, ScalableError } from "../errors.ts";
import { parseLocation } from "../remote-location.ts";
import { cacheDir, cacheRemote, cacheSizeLimit, parseBytes, parseDuration } from "../settings.ts";
import { encodeValue } from "./codec.ts";
import { LocalStore } from "./local/local-store.ts";
import { clearEntries, entriesOf, infoOf, pruneEntries, statsOf } from "./local/queries.ts";
import type { Entry } from "./local/row.ts";
import { verifyStore } from "./local/verify.ts";
import { Remote } from "./remote/remote.ts";
import { judgeStorable } from "./storable.ts";
import type { EntryFilter, EntryInfo, PruneOptions, PruneReport, StoreStats, VerifyReport } from "./store.ts";

export interface CacheOptions {
  /**
   * Bound on values and captured files together: bytes, or text such as `10GB`. Least recently used entries are evicted
   * beyond it. Default: `SCALABLE_CACHE_SIZE_LIMIT`, and no bound where that is not set.
   */
  readonly sizeLimit?: number | string;
  /** How long entries are used after they were stored: milliseconds, or text such as `30d`. Default: for ever. */
  readonly maxAge?: number | string;
  /**
   * The cache that is shared with other machines: `s3://bucket/prefix`, `gs://bucket/prefix` or `file:///folder`, with
   * options in the query; `false` for none. What is not here is looked for there, and what is stored here goes there.
   * Default: `SCALABLE_CACHE_REMOTE`, and none where that is not set.
   */
  readonly remote?: string | false;
}

const MAX_KEY_LENGTH = 512;

/** Caches that this thread has open: what they hold back is written when it ends. */
const open = new Set<LocalStore>();
process.once("exit", () => {
  for (const store of open) store.close();
});

/** Writes what the caches of this thread hold back, such as what explains the results that they stored. */
export function writeHeldBack(): void {
  for (const store of open) store.writeHeldBack();
}

/**
 * A folder with results of calls: a SQLite index and files. Any number of threads and processes of one machine may use
 * the same folder at the same time.
 *
 * Cacheables use one by themselves; make one of your own to keep results elsewhere, to store values under names of your
 * own, or to look after a folder.
 */
export class Cache {
  /** The folder, absolute. It is made when something is stored. */
  readonly dir: string;
  readonly #sizeLimit: number | undefined;
  readonly #maxAgeMs: number | undefined;
  readonly #remote: string | false | undefined;
  readonly #remotes = new Map<string, Remote>();
  #store: LocalStore | undefined;

  /**
   * @param dir - the folder. Default: `SCALABLE_CACHE_DIR`, or `./cache`.
   * @throws ScalableError with `E_SETTING` where an option cannot be understood.
   */
  constructor(dir: string = cacheDir(), options: CacheOptions = {}) {
    this.dir = path.resolve(dir);
    this.#sizeLimit = options.sizeLimit === undefined ? cacheSizeLimit() : parseBytes(options.sizeLimit, "sizeLimit");
    this.#maxAgeMs = options.maxAge === undefined ? undefined : parseDuration(options.maxAge, "maxAge");
    if (typeof options.remote === "string") parseLocation(options.remote, "remote");
    this.#remote = options.remote;
  }

  /** Whether there is a cache in `dir`. Creates nothing. */
  static exists(dir: string = cacheDir()): boolean {
    return fs.existsSync(path.join(path.resolve(dir), "cache.db"));
  }

  /** @internal The store behind this cache; opened again where it was closed. */
  get store(): LocalStore {
    if (this.#store === undefined) {
      this.#store = new LocalStore(this.dir, { sizeLimit: this.#sizeLimit, maxAgeMs: this.#maxAgeMs });
      open.add(this.#store);
    }
    return this.#store;
  }

  /**
   * @internal The cache that is shared with other machines, as the environment and the options say now.
   *
   * @throws ScalableError with `E_SETTING` where that cannot be understood.
   */
  get remote(): Remote | undefined {
    const text = this.#remote ?? cacheRemote();
    if (text === undefined || text === false) return undefined;
    // Mostly one: a session sets the variables while it is open.
    const id = `${text}\0${process.env["SCALABLE_CACHE_REMOTE_MODE"] ?? ""}`;
    let remote = this.#remotes.get(id);
    if (remote === undefined) {
      const setting = this.#remote === undefined ? "SCALABLE_CACHE_REMOTE" : "remote";
      remote = new Remote(text, setting, () => this.store);
      this.#remotes.set(id, remote);
    }
    return remote;
  }

  /** The value stored under `key`; undefined where there is none (see {@link has} for values that are undefined). */
  async get(key: string): Promise<unknown> {
    return (await this.#find(checkKey(key)))?.value;
  }

  /**
   * The values stored under several keys, by their keys; those without one are left out. What has to be fetched from the
   * shared cache is fetched at once.
   */
  async getMany(keys: Iterable<string>): Promise<Map<string, unknown>> {
    const asked = [...new Set(keys)].map(checkKey);
    const found = await Promise.all(asked.map((key) => this.#find(key)));
    return new Map(
      asked.flatMap((key, place) => {
        const value = found[place];
        return value === undefined ? [] : [[key, value.value]];
      }),
    );
  }

  async #find(key: string): Promise<{ readonly value: unknown } | undefined> {
    const store = await this.#ready();
    const read = async (found: Entry): Promise<{ readonly value: unknown } | undefined> => {
      try {
        const value = await store.value(found);
        store.used(key);
        return { value };
      } catch {
        return undefined; // What was damaged was removed.
      }
    };
    const found = store.lookup(key);
    const here = typeof found === "string" || store.isExpired(found) ? undefined : await read(found);
    const { remote } = this;
    if (here !== undefined || remote === undefined) return here;
    const fetched = await remote.fetch({ key, functionName: "", maxAgeMs: this.#maxAgeMs });
    if (fetched.state === "unkept") return read(fetched.entry);
    const now = fetched.state === "kept" ? store.lookup(key) : "absent";
    return typeof now === "string" ? undefined : read(now);
  }

  /**
   * Stores a value under a name, in place of any that was there. Typed arrays in it must not change until that is done.
   *
   * @param key - 1 to 512 characters. Calls are stored under their keys of 32 hexadecimal digits.
   * @throws ScalableError with `E_CACHE` where the value would come back different from what it is, or cannot be written.
   */
  async set(key: string, value: unknown): Promise<void> {
    checkKey(key);
    // The value as it is now: the caller may go on to change it.
    const verdict = judgeStorable(value);
    if (!verdict.storable) {
      throw new ScalableError("E_CACHE", `The value for "${key}" cannot be stored: ${verdict.reason}.`);
    }
    try {
      const encoded = encodeValue(value);
      const store = await this.#ready();
      await store.publish(
        {
          key,
          functionName: "",
          value: encoded,
          bare: verdict.bare,
          captured: [],
          durationMs: 0,
          call: undefined,
        },
        undefined,
      );
      this.remote?.stored({ key, functionName: "", computeMs: 0 });
    } catch (error) {
      if (error instanceof ScalableError && error.code === "E_SETTING") throw error;
      throw new ScalableError("E_CACHE", `The value for "${key}" was not stored: ${messageOf(error)}`, {}, error);
    }
  }

  /** Whether there is an entry for `key`, here or in the shared cache. Does not count as a use of it. */
  async has(key: string): Promise<boolean> {
    const store = await this.#ready();
    const found = store.lookup(checkKey(key));
    if (typeof found === "object" && !store.isExpired(found)) return true;
    return (await this.remote?.find({ key, functionName: "", maxAgeMs: this.#maxAgeMs })) !== undefined;
  }

  /**
   * Removes an entry, here and in the shared cache. Returns whether there was one here. An entry that is being read at this
   * moment stays.
   */
  async delete(key: string): Promise<boolean> {
    await this.remote?.remove({ key: checkKey(key), functionName: "" });
    return this.deleteLocally(key);
  }

  /** @internal The same, in this cache alone. */
  async deleteLocally(key: string): Promise<boolean> {
    if (!Cache.exists(this.dir)) return false;
    return (await clearEntries(await this.#ready(), { key: checkKey(key) })).entries > 0;
  }

  /** Removes all entries, or those of the functions that `functionName` names (`*` stands for any characters). */
  async clear(options: { readonly functionName?: string } = {}): Promise<PruneReport> {
    if (!Cache.exists(this.dir)) return { entries: 0, bytes: 0 };
    return clearEntries(await this.#ready(), options);
  }

  /** What is known of the entries that `filter` lets through, in no particular order. */
  async *entries(filter: EntryFilter = {}): AsyncGenerator<EntryInfo, void, undefined> {
    if (Cache.exists(this.dir)) yield* entriesOf(await this.#ready(), filter);
  }

  /** What is known of one entry. Does not count as a use of it. */
  async info(key: string): Promise<EntryInfo | undefined> {
    return Cache.exists(this.dir) ? infoOf(await this.#ready(), checkKey(key)) : undefined;
  }

  /** How much is in the cache, and what it was good for. */
  async stats(): Promise<StoreStats> {
    const limit = this.#sizeLimit === undefined ? {} : { sizeLimit: this.#sizeLimit };
    if (!Cache.exists(this.dir)) {
      return { dir: this.dir, entries: 0, bytes: 0, hits: 0, timeSavedMs: 0, functions: [], ...limit };
    }
    return { ...(await statsOf(await this.#ready())), ...limit };
  }

  /** Removes what is too old, too much, or nobody refers to. Without options: what this cache's own bounds ask for. */
  async prune(options: PruneOptions = {}): Promise<PruneReport> {
    if (!Cache.exists(this.dir)) return { entries: 0, bytes: 0 };
    const bounds: PruneOptions = {
      ...(this.#sizeLimit === undefined ? {} : { maxBytes: this.#sizeLimit }),
      ...(this.#maxAgeMs === undefined ? {} : { maxAgeMs: this.#maxAgeMs }),
    };
    return pruneEntries(await this.#ready(), Object.keys(options).length === 0 ? bounds : options);
  }

  /** Reads everything in the cache and checks it. With `repair`, removes what is damaged and what a killed process left. */
  async verify(options: { readonly repair?: boolean } = {}): Promise<VerifyReport> {
    if (!Cache.exists(this.dir))
      return { entries: 0, blobs: 0, bytes: 0, problems: [], leftovers: { files: 0, bytes: 0 } };
    return verifyStore(await this.#ready(), options.repair === true ? "repair" : "report");
  }

  /**
   * Waits for uploads, writes what is held back and closes the files. The cache can be used again afterwards; it is then
   * opened again.
   */
  async close(): Promise<void> {
    for (const remote of this.#remotes.values()) {
      await remote.flush();
      remote.close();
    }
    this.#remotes.clear();
    if (this.#store === undefined) return;
    open.delete(this.#store);
    this.#store.close();
    this.#store = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #ready(): Promise<LocalStore> {
    await LocalStore.ready();
    const { store } = this;
    // Another process may be making the index at this moment.
    await store.connection.patiently(() => store.connection.probe());
    return store;
  }
}

function checkKey(key: string): string {
  // SQLite's text is UTF-8: two lone surrogates would be one and the same replacement character there.
  const isText = typeof key === "string" && key.length > 0 && key.length <= MAX_KEY_LENGTH && key.isWellFormed();
  if (isText) return key;
  throw new ScalableError("E_CACHE", `A key must be well-formed text of 1 to ${MAX_KEY_LENGTH} characters.`);
}
