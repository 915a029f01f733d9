import { contentHasher, sameDigest } from "../../identify/content.ts";
import { toHex } from "../../identify/hasher.ts";
import { Writer } from "../../identify/writer.ts";
import type { Captured } from "../capture.ts";
import type { Layout } from "../codec.ts";

/** What an entry needs besides its value to be read back. Kept as JSON where there is anything of it. */
export interface Extra {
  /** Length of the blob and of the parts in it, where the value is in a blob. */
  readonly blob?: { readonly bytes: number; readonly layout: Layout };
  /** Objects without a prototype in the value. */
  readonly bare?: readonly (readonly (string | number)[])[];
  /** Files and folders that belong to the result. */
  readonly captured?: readonly Captured[];
}

/** The part of a row that is read on a hit. */
export interface StoredRow {
  readonly key: string;
  readonly created_at: number;
  readonly duration_ms: number;
  readonly digest: Uint8Array;
  readonly value: Uint8Array | null;
  readonly blob: Uint8Array | null;
  readonly extra: string | null;
}

const writer = new Writer(() => {
  throw new Error("Rows hold short content only.");
});

/**
 * The digest that binds a row's content to its key, so that neither a flipped bit nor a row that the index leads to by
 * mistake is taken for the answer.
 */
export function rowDigest(row: Omit<StoredRow, "digest">): Uint8Array {
  const hasher = contentHasher();
  hasher.init();
  writer.length = 0;
  writer.str(row.key);
  writer.f64(row.created_at);
  writer.f64(row.duration_ms);
  writer.u8(row.value === null ? 0 : 1);
  writer.u64(row.value?.length ?? 0);
  writer.u8(row.blob === null ? 0 : 1);
  if (row.blob !== null) writer.bytes(row.blob);
  writer.u8(row.extra === null ? 0 : 1);
  hasher.update(writer.region(0));
  if (row.value !== null) hasher.update(row.value);
  if (row.extra !== null) hasher.update(row.extra);
  return hasher.digest("binary");
}

export function isIntact(row: StoredRow): boolean {
  return row.digest instanceof Uint8Array && sameDigest(row.digest, rowDigest(row));
}

/** A row's blobs: its value, where that is long, and the files captured with it. */
export function blobsOf(
  row: Pick<StoredRow, "blob" | "extra">,
): { readonly digest: Uint8Array; readonly bytes: number }[] {
  const extra = readExtra(row.extra);
  const blobs = new Map<string, { digest: Uint8Array; bytes: number }>();
  if (row.blob !== null) blobs.set(toHex(row.blob), { digest: row.blob, bytes: extra.blob?.bytes ?? 0 });
  for (const { members } of extra.captured ?? []) {
    for (const member of members) {
      if (member.kind !== "file") continue;
      blobs.set(member.digest, { digest: Buffer.from(member.digest, "hex"), bytes: member.bytes });
    }
  }
  return [...blobs.values()];
}

export function readExtra(text: string | null): Extra {
  return text === null ? {} : (JSON.parse(text) as Extra);
}
