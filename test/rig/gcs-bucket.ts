import { createHash } from "node:crypto";
import { createCRC32 } from "hash-wasm";

export interface StoredObject {
  readonly name: string;
  readonly content: Buffer;
  readonly generation: string;
  readonly md5Hash: string;
  readonly crc32c: string;
  readonly updated: string;
  readonly contentType: string;
  readonly cacheControl?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface Listing {
  readonly items: readonly StoredObject[];
  readonly prefixes: readonly string[];
  readonly nextPageToken: string | undefined;
}

export interface ListQuery {
  readonly prefix: string;
  readonly delimiter: string;
  readonly startOffset: string;
  readonly maxResults: number;
  readonly pageToken: string | undefined;
}

/** The objects of a bucket. Nothing here waits, so that each operation is one step to all others. */
export class GcsBucket {
  readonly #objects = new Map<string, StoredObject>();
  #sorted: readonly string[] | undefined = [];
  #generation = Date.now() * 1_000;

  get(name: string): StoredObject | undefined {
    return this.#objects.get(name);
  }

  put(
    name: string,
    content: Buffer,
    more: Pick<StoredObject, "contentType" | "cacheControl" | "metadata">,
  ): StoredObject {
    this.#generation += 1;
    const stored = {
      ...more,
      name,
      content,
      generation: String(this.#generation),
      md5Hash: createHash("md5").update(content).digest("base64"),
      crc32c: crc32c(content),
      updated: new Date().toISOString(),
    };
    if (!this.#objects.has(name)) this.#sorted = undefined;
    this.#objects.set(name, stored);
    return stored;
  }

  delete(name: string): void {
    if (this.#objects.delete(name)) this.#sorted = undefined;
  }

  /** `startOffset` is inclusive; a page token is the first name of the page. */
  list({ prefix, delimiter, startOffset, maxResults, pageToken }: ListQuery): Listing {
    const items: StoredObject[] = [];
    const prefixes = new Set<string>();
    this.#sorted ??= [...this.#objects.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    for (const name of this.#sorted) {
      if (!name.startsWith(prefix) || isBefore(name, startOffset)) continue;
      if (pageToken !== undefined && isBefore(name, pageToken)) continue;
      const cut = delimiter === "" ? -1 : name.indexOf(delimiter, prefix.length);
      const folder = cut === -1 ? undefined : name.slice(0, cut + delimiter.length);
      if (folder !== undefined && prefixes.has(folder)) continue;
      if (items.length + prefixes.size === maxResults) return { items, prefixes: [...prefixes], nextPageToken: name };
      const found = this.#objects.get(name);
      if (folder !== undefined) prefixes.add(folder);
      else if (found !== undefined) items.push(found);
    }
    return { items, prefixes: [...prefixes], nextPageToken: undefined };
  }
}

function isBefore(name: string, other: string): boolean {
  return Buffer.compare(Buffer.from(name), Buffer.from(other)) < 0;
}

const crc = await createCRC32(0x82f63b78);

/** CRC-32C, big-endian, in base64. */
function crc32c(content: Uint8Array): string {
  return Buffer.from(crc.init().update(content).digest("binary")).toString("base64");
}
