import { contentHasher } from "../../identify/content.ts";
import { DIGEST_BYTES, toHex } from "../../identify/hasher.ts";
import { Writer } from "../../identify/writer.ts";
import type { Captured } from "../capture.ts";
import type { Layout } from "../codec.ts";
import type { Quarantine } from "../store.ts";

/*
 * The record of an entry: all that a hit needs, in one column, as docs/formats/store.md describes it. One column is one
 * crossing between SQLite and JavaScript, and what is read together is checked together.
 */

/** What an entry needs besides its value to be read back. Kept as JSON where there is anything of it. */
export interface Extra {
  /** Length of the blob and of the parts in it, where the value is in a blob. */
  readonly blob?: { readonly bytes: number; readonly layout: Layout };
  /** Objects without a prototype in the value. */
  readonly bare?: readonly (readonly (string | number)[])[];
  /** The conversions that made the value out of the result; absent where there were none. */
  readonly form?: string;
  /** Files and folders that belong to the result. */
  readonly captured?: readonly Captured[];
  /** Why it answers no call any more. */
  readonly quarantine?: Quarantine;
}

/** An entry as it was read. */
export interface Entry {
  readonly key: string;
  /** Over key and everything else; tells this entry from one that replaces it. */
  readonly digest: Uint8Array;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly durationMs: number;
  /** The value, or the digest of the blob that holds it. */
  readonly value: { readonly inline: Uint8Array } | { readonly blob: Uint8Array };
  readonly extra: Extra;
}

const FORM = { inline: 1, blob: 2 } as const;
const HEAD_BYTES = DIGEST_BYTES + 1 + 8 + 8 + 4;
const NO_EXTRA: Extra = {};
const JOINED_BYTES = 1024;

const writer = new Writer(() => {
  throw new Error("A key is longer than a key can be.");
});

/** Binds a record to its key, so that a row that the index leads to by mistake is not taken for the answer. */
function digestOf(key: string, record: Uint8Array): Uint8Array {
  const hasher = contentHasher();
  hasher.init();
  writer.length = 0;
  writer.str(key);
  const content = new Uint8Array(record.buffer, record.byteOffset + DIGEST_BYTES, record.length - DIGEST_BYTES);
  // Short records are joined to the key: each crossing into WebAssembly costs more than copying them.
  if (content.length <= JOINED_BYTES) writer.raw(content);
  hasher.update(writer.written());
  if (content.length > JOINED_BYTES) hasher.update(content);
  return hasher.digest("binary");
}

export function writeRecord({ key, createdAt, durationMs, value, extra }: Omit<Entry, "digest">): Uint8Array {
  const content = "inline" in value ? value.inline : value.blob;
  const json = Object.keys(extra).length === 0 ? Buffer.alloc(0) : Buffer.from(JSON.stringify(extra), "utf8");
  const record = Buffer.allocUnsafe(HEAD_BYTES + json.length + content.length);
  record.writeUInt8("inline" in value ? FORM.inline : FORM.blob, DIGEST_BYTES);
  record.writeDoubleLE(createdAt, DIGEST_BYTES + 1);
  record.writeDoubleLE(durationMs, DIGEST_BYTES + 9);
  record.writeUInt32LE(json.length, DIGEST_BYTES + 17);
  record.set(json, HEAD_BYTES);
  record.set(content, HEAD_BYTES + json.length);
  record.set(digestOf(key, record), 0);
  return record;
}

/** The entry that a record holds; undefined where it is damaged or belongs to another key. */
export function readRecord(key: string, record: unknown): Entry | undefined {
  if (!(record instanceof Uint8Array) || record.length < HEAD_BYTES) return undefined;
  const digest = digestOf(key, record);
  for (let place = 0; place < DIGEST_BYTES; place += 1) if (record[place] !== digest[place]) return undefined;
  try {
    return new RecordedEntry(key, digest, record);
  } catch {
    return undefined; // Whoever wrote it did not keep to the format.
  }
}

/** Reads a record's fields when they are asked for: a hit asks for few. */
class RecordedEntry implements Entry {
  readonly key: string;
  readonly digest: Uint8Array;
  readonly value: Entry["value"];
  readonly extra: Extra;
  readonly #record: Uint8Array;

  constructor(key: string, digest: Uint8Array, record: Uint8Array) {
    this.key = key;
    this.digest = digest;
    this.#record = record;
    const at = DIGEST_BYTES + 17;
    const [a = 0, b = 0, c = 0, d = 0] = [record[at], record[at + 1], record[at + 2], record[at + 3]];
    const start = HEAD_BYTES + ((a | (b << 8) | (c << 16) | (d << 24)) >>> 0);
    this.extra = start === HEAD_BYTES ? NO_EXTRA : parseExtra(record.subarray(HEAD_BYTES, start));
    const content = new Uint8Array(record.buffer, record.byteOffset + start, record.length - start);
    this.value = record[DIGEST_BYTES] === FORM.inline ? { inline: content } : { blob: content };
  }

  get createdAt(): number {
    return this.#view().getFloat64(DIGEST_BYTES + 1, true);
  }

  get durationMs(): number {
    return this.#view().getFloat64(DIGEST_BYTES + 9, true);
  }

  #view(): DataView {
    return new DataView(this.#record.buffer, this.#record.byteOffset, this.#record.byteLength);
  }
}

function parseExtra(json: Uint8Array): Extra {
  return JSON.parse(Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString("utf8")) as Extra;
}

/** The digest that a record begins with, whether or not it is right. */
export function claimedDigest(record: unknown): Uint8Array {
  return record instanceof Uint8Array ? record.slice(0, DIGEST_BYTES) : new Uint8Array(0);
}

/** An entry's blobs: its value, where that is long, and the files captured with it. */
export function blobsOf({
  value,
  extra,
}: Pick<Entry, "value" | "extra">): { readonly digest: Uint8Array; readonly bytes: number }[] {
  if (extra === NO_EXTRA) return [];
  const blobs = new Map<string, { digest: Uint8Array; bytes: number }>();
  if ("blob" in value) blobs.set(toHex(value.blob), { digest: value.blob, bytes: extra.blob?.bytes ?? 0 });
  for (const { members } of extra.captured ?? []) {
    for (const member of members) {
      if (member.kind !== "file") continue;
      blobs.set(member.digest, { digest: Buffer.from(member.digest, "hex"), bytes: member.bytes });
    }
  }
  return [...blobs.values()];
}
