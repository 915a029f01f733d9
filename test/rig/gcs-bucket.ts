import { createHash } from "node:crypto";

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

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

/** CRC-32C, big-endian, in base64: not by the code that is tested. */
export function crc32c(content: Uint8Array): string {
  let crc = 0xffffffff;
  for (const byte of content) crc = (TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE((crc ^ 0xffffffff) >>> 0);
  return bytes.toString("base64");
}
