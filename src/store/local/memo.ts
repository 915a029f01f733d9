import { contentHasher, sameDigest } from "../../identify/content.ts";
import type { DigestMemo } from "../../identify/memo.ts";
import type { Connection } from "./connection.ts";

const IN_MEMORY = 1_000;
/** Longer records are read from the index each time, rather than kept in memory. */
const IN_MEMORY_BYTES = 1_024;

/** The memo of file digests in the index, with what was used last in memory. Failing, it forgets; nothing else. */
export class IndexMemo implements DigestMemo {
  readonly #connection: Connection;
  readonly #recent = new Map<string, Uint8Array>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  recall(name: string): Uint8Array | undefined {
    const known = this.#recent.get(name);
    if (known !== undefined) return known;
    try {
      const row = this.#connection.read((index) =>
        index.statement("SELECT record, digest FROM memo WHERE name = ?").get(name),
      );
      const { record, digest } = row ?? {};
      if (!(record instanceof Uint8Array) || !(digest instanceof Uint8Array)) return undefined;
      if (!sameDigest(digest, recordDigest(name, record))) return undefined;
      this.#keep(name, record);
      return record;
    } catch {
      return undefined;
    }
  }

  remember(name: string, record: Uint8Array): void {
    this.#keep(name, record);
    if (!this.#connection.writable) return;
    try {
      const digest = recordDigest(name, record);
      this.#connection.run("INSERT OR REPLACE INTO memo (name, record, digest) VALUES (?, ?, ?)", name, record, digest);
    } catch {
      // The file will be read again.
    }
  }

  #keep(name: string, record: Uint8Array): void {
    this.#recent.delete(name);
    if (record.length > IN_MEMORY_BYTES) return;
    this.#recent.set(name, record);
    for (const oldest of this.#recent.keys()) {
      if (this.#recent.size <= IN_MEMORY) break;
      this.#recent.delete(oldest);
    }
  }
}

/** Binds a record to its name. */
function recordDigest(name: string, record: Uint8Array): Uint8Array {
  const hasher = contentHasher();
  hasher.init();
  hasher.update(`${name.length} ${name}`);
  hasher.update(record);
  return hasher.digest("binary");
}
