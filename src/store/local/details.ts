import { digestContent } from "../../identify/content.ts";
import { type Detail, type DetailText, LONGEST_DETAIL, readDetail } from "../../identify/detail.ts";
import { toHex } from "../../identify/hasher.ts";
import { detailsIn } from "./call-text.ts";
import type { Connection } from "./connection.ts";
import type { Deferred } from "./deferred.ts";

const KNOWN = 10_000;
/** A younger one may belong to an entry that is just being stored. */
const LEFTOVER_AGE_MS = 3_600_000;
const PAGE = 1_000;

const INSERT = "INSERT OR IGNORE INTO details (digest, text, at) VALUES (?, ?, ?)";
const SELECT = "SELECT text FROM details WHERE digest = ?";

/**
 * What the parts of keys consist of, where that is long or shared by many entries: texts under their digests. Entries
 * refer to them, and lose no more than an explanation where one is gone.
 */
export class Details {
  readonly #connection: Connection;
  readonly #deferred: Deferred;
  readonly #written = new Set<string>();
  /** What waits to be written. */
  readonly #pending = new Map<string, string>();
  #index: unknown;

  constructor(connection: Connection, deferred: Deferred) {
    this.#connection = connection;
    this.#deferred = deferred;
  }

  /** Keeps what is not kept yet, as far as this thread knows. */
  keep(details: readonly DetailText[]): void {
    if (details.length === 0) return;
    const index = this.#connection.current;
    // Another index knows nothing of what was written into the one before.
    if (index !== this.#index || this.#written.size > KNOWN) {
      this.#written.clear();
      this.#pending.clear();
    }
    this.#index = index;
    for (const { digest, text } of details) {
      if (this.#written.has(digest)) continue;
      this.#written.add(digest);
      this.#pending.set(digest, text);
      this.#deferred.later((opened) => {
        this.#pending.delete(digest);
        opened.statement(INSERT).run(Buffer.from(digest, "hex"), text, Date.now());
      });
    }
  }

  /** Reads details, those of a call that is not stored yet among them. */
  readerWith(own: readonly DetailText[]): (digest: string) => Detail | undefined {
    const read = new Map<string, Detail | undefined>();
    return (digest) => {
      if (!read.has(digest)) {
        const text = own.find((detail) => detail.digest === digest)?.text;
        read.set(digest, text === undefined ? this.read(digest) : readDetail(text));
      }
      return read.get(digest);
    };
  }

  /** What is kept under a digest; undefined where there is nothing, or something else. */
  read(digest: string): Detail | undefined {
    const text = this.textOf(digest);
    return text === undefined ? undefined : readDetail(text);
  }

  /** The same as text. */
  textOf(digest: string): string | undefined {
    const pending = this.#pending.get(digest);
    if (pending !== undefined) return pending;
    try {
      const row = this.#connection.read((index) => index.statement(SELECT).get(Buffer.from(digest, "hex")));
      const text: unknown = row?.["text"];
      if (typeof text !== "string" || text.length > LONGEST_DETAIL) return undefined;
      return toHex(digestContent(Buffer.from(text))) === digest ? text : undefined;
    } catch {
      return undefined;
    }
  }

  /** Removes those that no entry refers to. Reads all entries. */
  async removeUnreferenced(): Promise<void> {
    this.#deferred.flush();
    const oldest = Date.now() - LEFTOVER_AGE_MS;
    const rows = this.#connection.read((index) =>
      index.statement("SELECT digest FROM details WHERE at < ?").all(oldest),
    );
    const unreferenced = new Set(rows.map((row) => toHex(row["digest"] as Uint8Array)));
    for (const call of this.#calls()) {
      if (unreferenced.size === 0) return;
      for (const digest of detailsIn(call)) unreferenced.delete(digest);
    }
    this.#written.clear();
    const digests = [...unreferenced];
    for (let at = 0; at < digests.length; at += PAGE) {
      const page = digests.slice(at, at + PAGE);
      await this.#connection.patiently(() =>
        this.#connection.write((index) => {
          const remove = index.statement("DELETE FROM details WHERE digest = ?");
          for (const digest of page) remove.run(Buffer.from(digest, "hex"));
        }),
      );
    }
  }

  *#calls(): Generator<string> {
    const sql = `SELECT id, call FROM entries WHERE id > ? ORDER BY id LIMIT ${PAGE}`;
    for (let above = -1; ; ) {
      const rows = this.#connection.read((index) => index.statement(sql).all(above));
      for (const { call } of rows) if (typeof call === "string") yield call;
      const last = Number(rows.at(-1)?.["id"] ?? above);
      // A damaged index can lead in circles.
      if (!(last > above)) return;
      above = last;
    }
  }
}
