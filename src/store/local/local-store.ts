import path from "node:path";
import { loadContentHasher, sameDigest } from "../../identify/content.ts";
import type { DetailText } from "../../identify/detail.ts";
import type { CallRecord } from "../../identify/key.ts";
import type { DigestMemo } from "../../identify/memo.ts";
import { info } from "../../log.ts";
import type { ArrivedValue } from "../arrived-value.ts";
import type { Captured } from "../capture.ts";
import { decodeInline, type EncodedValue } from "../codec.ts";
import { restoreBare } from "../storable.ts";
import { Blobs, DamagedBlob } from "./blobs.ts";
import { writeParts } from "./call-text.ts";
import { Connection, isBusy, type SqlValue } from "./connection.ts";
import { Deferred } from "./deferred.ts";
import { Details } from "./details.ts";
import { entryId } from "./entry-id.ts";
import { Evictor } from "./evict.ts";
import { Fates } from "./fates.ts";
import { layoutOf } from "./layout.ts";
import { type Lease, Leases } from "./leases.ts";
import { IndexMemo } from "./memo.ts";
import { RecentCalls } from "./recent-calls.ts";
import { blobsOf, claimedDigest, type Entry, type Extra, readRecord, writeRecord } from "./row.ts";
import { Usage } from "./usage.ts";

/** Values up to this length are kept in the index itself. */
const INLINE_BYTES = 32 * 1024;

export interface LocalStoreOptions {
  /** Bound on values and captured files together, in bytes. */
  readonly sizeLimit?: number | undefined;
  /** Entries stored longer ago than this many milliseconds are not used any more. */
  readonly maxAgeMs?: number | undefined;
}

/** The entry went away while it was being read, as if it had not been there. */
export class EntryGone extends Error {}

/** What is to be stored for a call. */
export interface Publication {
  readonly key: string;
  readonly functionName: string;
  readonly value: EncodedValue;
  readonly bare: Extra["bare"];
  /** The conversions that made the value, as text; empty where there were none. */
  readonly form?: string;
  readonly captured: readonly Captured[];
  readonly durationMs: number;
  readonly call: (CallRecord & { readonly details?: readonly DetailText[] }) | undefined;
}

/** An entry that was computed elsewhere. */
export interface Adoption extends Omit<Entry, "digest"> {
  readonly functionName: string;
  readonly call: Publication["call"];
}

/** How often content is stored again that others evict before an entry refers to it. */
export const ATTEMPTS = 5;

/** Captured files shared their content with entries that were evicted before the new entry was there. */
export class BlobsGone extends Error {
  constructor() {
    super("its content was evicted, again and again, before it was stored; the size limit is too small for it");
  }
}

const SELECT = "SELECT record FROM entries WHERE id = ?";
const SELECT_KEY = "SELECT 1 FROM entries WHERE id = ? AND key = ?";
const INSERT = `INSERT INTO entries
  (id, key, function, created_at, used_at, hits, duration_ms, bytes, inline_bytes, record, call)
  VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`;

/**
 * The store on this machine's disk. Safe for any number of threads and processes: each has its own connection, and all
 * that must be decided once is decided in a transaction of the index.
 *
 * Invariants, which hold after a crash at any point: a row is complete or absent; a row's blobs were complete and in
 * their places before the row was there; nobody removes a blob that a row refers to.
 */
export class LocalStore {
  readonly dir: string;
  readonly connection: Connection;
  readonly leases: Leases;
  readonly memo: DigestMemo;
  readonly blobs: Blobs;
  readonly usage: Usage;
  readonly details: Details;
  readonly fates: Fates;
  readonly recent: RecentCalls;
  readonly #deferred: Deferred;
  readonly #evictor: Evictor;
  readonly maxAgeMs: number | undefined;
  /** Entries that this thread is reading, how many times over, and under which name others know of it. */
  readonly #reading = new Map<string, { readers: number; readonly owner: string | undefined }>();

  constructor(dir: string, options: LocalStoreOptions = {}) {
    this.dir = path.resolve(dir);
    const layout = layoutOf(this.dir);
    this.connection = new Connection(layout);
    this.leases = new Leases(this.connection);
    this.memo = new IndexMemo(this.connection);
    this.blobs = new Blobs(layout, () => this.leases.owner.id);
    this.usage = new Usage(this.connection);
    this.#deferred = new Deferred(this.connection);
    this.details = new Details(this.connection, this.#deferred);
    this.fates = new Fates(this.connection, this.#deferred);
    this.recent = new RecentCalls(this.connection, this.#deferred);
    this.#evictor = new Evictor(this, options.sizeLimit);
    this.maxAgeMs = options.maxAgeMs;
  }

  /** To be awaited once in a thread before anything else. */
  static ready(): Promise<void> | undefined {
    return loadContentHasher();
  }

  /**
   * The entry of a key. A damaged one is removed and counts as absent.
   *
   * @throws StoreUnavailable where the index cannot be used.
   */
  lookup(key: string): Entry | "absent" | "damaged" {
    const id = entryId(key);
    const row = this.connection.read((index) => index.statement(SELECT).get(id));
    if (row === undefined) return "absent";
    const entry = readRecord(key, row["record"]);
    if (entry !== undefined) return entry;
    // A record is bound to its key: this one is damaged, or that of another key with the same number.
    if (this.connection.read((index) => index.statement(SELECT_KEY).get(id, key)) === undefined) return "absent";
    this.drop(key, claimedDigest(row["record"]));
    return "damaged";
  }

  /** Whether an entry is older than this store's entries may be. */
  isExpired(entry: Entry): boolean {
    return this.maxAgeMs !== undefined && Date.now() - entry.createdAt > this.maxAgeMs;
  }

  /**
   * The value of an entry.
   *
   * @throws DamagedBlob where its content is missing or not what it should be; the entry is removed then. EntryGone
   *   where it was evicted in the meantime.
   * @param arrived - a value that was just stored, and need not be read where it is this one.
   */
  value(entry: Entry, arrived?: ArrivedValue): unknown {
    const { value, extra } = entry;
    if ("blob" in value) {
      const taken = arrived !== undefined && sameDigest(arrived.digest, value.blob) ? arrived.take() : undefined;
      return taken === undefined ? this.#blobValue(entry, value.blob) : restoreBare(taken.value, extra.bare ?? []);
    }
    const decoded = decodeInline(value.inline);
    return extra.bare === undefined ? decoded : restoreBare(decoded, extra.bare);
  }

  async #blobValue({ key, digest, extra }: Entry, blob: Uint8Array): Promise<unknown> {
    const { bytes = 0, layout = [] } = extra.blob ?? {};
    try {
      const value = await this.whileReading(key, () => this.blobs.readValue(blob, bytes, layout));
      return restoreBare(value, extra.bare ?? []);
    } catch (error) {
      if (!(error instanceof DamagedBlob)) throw error;
      if (error.kind === "blob-missing") {
        // Between the reading of its row and of its blob, the entry may have been replaced or evicted.
        const now = this.lookup(key);
        if (now === "absent") throw new EntryGone("it was evicted while it was being read");
        if (now !== "damaged" && !sameDigest(now.digest, digest)) return this.value(now);
      }
      this.drop(key, digest, { damagedBlob: error.kind === "blob-damaged" ? blob : undefined });
      throw error;
    }
  }

  /** Keeps an entry from being evicted while its files are read. */
  async whileReading<T>(key: string, read: () => Promise<T>): Promise<T> {
    // Where nothing can be written, nothing is evicted either.
    if (!this.connection.writable) return read();
    const reading = this.#reading.get(key) ?? { readers: 0, owner: this.#pin(key) };
    reading.readers += 1;
    this.#reading.set(key, reading);
    try {
      return await read();
    } finally {
      reading.readers -= 1;
      if (reading.readers === 0) await this.#unpin(key, reading.owner);
    }
  }

  /** Says that this thread reads an entry. Returns the name under which it does; undefined where it could not. */
  #pin(key: string): string | undefined {
    try {
      const owner = this.leases.owner.id;
      this.connection.run("INSERT OR IGNORE INTO pins (key, owner) VALUES (?, ?)", key, owner);
      return owner;
    } catch {
      return undefined; // Should the entry be evicted meanwhile, it is a miss.
    }
  }

  async #unpin(key: string, owner: string | undefined): Promise<void> {
    const unpin = (): void => {
      // Somebody began to read it again while the index was busy.
      if (this.#reading.get(key)?.readers !== 0) return;
      if (owner !== undefined) this.connection.run("DELETE FROM pins WHERE key = ? AND owner = ?", key, owner);
      this.#reading.delete(key);
    };
    await this.connection.patiently(unpin).catch(() => undefined);
  }

  /**
   * Removes an entry, if its row is still the one with this digest, and a blob that turned out to be damaged. Returns
   * whether that could be done. `id` is where the row is, should that not be where its key belongs.
   */
  drop(
    key: string,
    digest: Uint8Array,
    { damagedBlob, id = entryId(key) }: { damagedBlob?: Uint8Array | undefined; id?: number } = {},
  ): boolean {
    try {
      const removed = this.connection.write((index) => {
        // What is not even binary any more has no digest to be compared.
        const same = "(substr(record, 1, 16) IS ?2 OR typeof(record) <> 'blob')";
        const row = index.statement(`DELETE FROM entries WHERE id = ?1 AND ${same} RETURNING function`).get(id, digest);
        index
          .statement(
            "DELETE FROM refs WHERE key = ?2 AND NOT EXISTS (SELECT 1 FROM entries WHERE id = ?1 AND key = ?2)",
          )
          .run(entryId(key), key);
        if (damagedBlob !== undefined) this.blobs.remove(damagedBlob);
        return row;
      });
      if (removed !== undefined) this.fates.note("damaged", [{ key, functionName: String(removed["function"]) }]);
      return true;
    } catch (error) {
      info(`A damaged entry of ${this.dir} could not be removed: ${String(error)}`);
      return false;
    }
  }

  /** Takes note that an entry was used. */
  used(key: string): void {
    this.usage.hit(key);
  }

  /**
   * Stores an entry in place of any with the same key, and gives the lease back in the same step.
   *
   * @throws StoreUnavailable, or the system's error where the disk is full.
   */
  publish(publication: Publication, lease: Lease | undefined): Promise<void> | undefined {
    const { value, captured } = publication;
    const [only] = value.pieces;
    if (value.bytes > INLINE_BYTES || value.pieces.length !== 1 || only === undefined || captured.length > 0) {
      return this.#publishBlobs(publication, lease);
    }
    try {
      this.#insert(publication, lease, only, null);
    } catch (error) {
      if (!isBusy(error)) throw error;
      return this.connection.patiently(() => this.#insert(publication, lease, only, null)).then(() => undefined);
    }
    return this.#evictor.afterStoring(value.bytes);
  }

  async #publishBlobs(publication: Publication, lease: Lease | undefined): Promise<void> {
    const { value, captured } = publication;
    const [only] = value.pieces;
    const inline = value.bytes <= INLINE_BYTES && value.pieces.length === 1 && only !== undefined;
    // A blob that was there may be evicted before the row refers to it; then it is written once more.
    for (let attempt = 1; ; attempt += 1) {
      const blob = inline ? null : await this.blobs.put(value.pieces, value.bytes);
      const complete = await this.connection.patiently(() =>
        this.#insert(publication, lease, inline ? only : null, blob),
      );
      if (complete) break;
      if (attempt >= ATTEMPTS || captured.length > 0) throw new BlobsGone();
    }
    const bytes = captured.flatMap(({ members }) =>
      members.map((member) => (member.kind === "file" ? member.bytes : 0)),
    );
    await this.#evictor.afterStoring(value.bytes + bytes.reduce((sum, size) => sum + size, 0));
  }

  /**
   * Stores an entry that was computed elsewhere, in place of any with the same key. Its blobs are in their places already.
   *
   * @returns whether all of them still were; where not, nothing is stored.
   * @throws as `publish` does.
   */
  async adopt(adoption: Adoption): Promise<boolean> {
    const stored = await this.connection.patiently(() => this.#insertEntry(adoption));
    if (stored) {
      const { value, extra } = adoption;
      const blobs = blobsOf({ value, extra }).reduce((sum, { bytes }) => sum + bytes, 0);
      await this.#evictor.afterStoring(blobs + ("inline" in value ? value.inline.length : 0));
    }
    return stored;
  }

  /** Returns whether all blobs were in their places; where not, nothing is stored. */
  #insert(
    publication: Publication,
    lease: Lease | undefined,
    value: Uint8Array | null,
    blob: Uint8Array | null,
  ): boolean {
    const { key, functionName, captured, bare, form = "", durationMs, call } = publication;
    const extra: Extra = {
      ...(blob === null ? {} : { blob: { bytes: publication.value.bytes, layout: publication.value.layout } }),
      ...(bare === undefined || bare.length === 0 ? {} : { bare }),
      ...(form === "" ? {} : { form }),
      ...(captured.length === 0 ? {} : { captured }),
    };
    const content = value === null ? { blob: blob ?? new Uint8Array(0) } : { inline: value };
    const stored = this.#insertEntry({
      key,
      functionName,
      createdAt: Date.now(),
      durationMs,
      value: content,
      extra,
      call,
    });
    if (stored && lease !== undefined) this.leases.published(lease);
    return stored;
  }

  #insertEntry({ key, functionName, createdAt, durationMs, value, extra, call }: Adoption): boolean {
    const entry = { key, createdAt, durationMs, value, extra };
    const record = writeRecord(entry);
    const blobs = Object.keys(extra).length === 0 ? [] : blobsOf(entry);
    const length = "inline" in value ? value.inline.length : 0;
    const bytes = length + blobs.reduce((sum, { bytes: size }) => sum + size, 0);
    const callText = call === undefined ? null : writeParts(call.parts);
    const now = Date.now();
    const values = [
      entryId(key),
      key,
      functionName,
      createdAt,
      now,
      durationMs,
      bytes,
      length,
      record,
      callText,
    ] as const;
    // Mostly there is neither an old entry nor a blob, and one statement is all: the lease goes with it, by a trigger.
    const fresh = blobs.length === 0 && this.connection.run(INSERT, ...values) === 1;
    if (!fresh && !this.#replace(values, blobs)) return false;
    if (call !== undefined) {
      this.details.keep(call.details ?? []);
      this.recent.add(functionName, { key, at: createdAt, parts: call.parts });
    }
    return true;
  }

  /** Stores an entry with its blobs, in place of one that may be there. Returns whether all blobs were in their places. */
  #replace(values: readonly [number, string, ...SqlValue[]], blobs: ReturnType<typeof blobsOf>): boolean {
    const [id, key] = values;
    let replaced: readonly Uint8Array[] = [];
    const stored = this.connection.write((index) => {
      if (!blobs.every(({ digest, bytes }) => this.blobs.has(digest, bytes))) return false;
      // Mostly of the same key.
      const inTheWay = index.statement("SELECT key FROM entries WHERE id = ?").get(id)?.["key"] ?? key;
      const refs = index.statement("SELECT digest FROM refs WHERE key IN (?, ?)").all(key, inTheWay);
      replaced = refs.map((ref) => ref["digest"] as Uint8Array);
      index.statement("DELETE FROM refs WHERE key IN (?, ?)").run(key, inTheWay);
      index.statement("DELETE FROM entries WHERE id = ?").run(id);
      index.statement(INSERT).run(...values);
      for (const { digest, bytes } of blobs) {
        index.statement("INSERT OR REPLACE INTO refs (digest, key, bytes) VALUES (?, ?, ?)").run(digest, key, bytes);
      }
      return true;
    });
    if (stored && replaced.length > 0) this.#removeUnreferenced(replaced);
    return stored;
  }

  /** The entry is stored by now: blobs that stay where they are cost space and nothing else. */
  #removeUnreferenced(digests: readonly Uint8Array[]): void {
    try {
      this.#evictor.removeUnreferenced(digests);
    } catch (error) {
      info(`Blobs of a replaced entry could not be removed from ${this.dir}: ${String(error)}`);
    }
  }

  /** Writes what is held back. What was used is added to the entries another time. */
  writeHeldBack(): void {
    this.usage.flush();
    this.#deferred.flush();
  }

  /** Writes what is held back, and adds it to the entries. */
  flush(): void {
    this.usage.settle();
    this.#deferred.flush();
  }

  close(): void {
    this.flush();
    this.#reading.clear();
    this.leases.close();
    this.connection.close();
  }
}
