import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import pLimit from "p-limit";
import { digestContent, sameDigest } from "../../identify/content.ts";
import { toHex } from "../../identify/hasher.ts";
import { DamagedBlob } from "../local/blobs.ts";
import { writeParts } from "../local/call-text.ts";
import type { LocalStore } from "../local/local-store.ts";
import { blobsOf, type Entry } from "../local/row.ts";
import { type StoredEntry, storedEntry } from "../local/stored-entry.ts";
import type { Access } from "./access.ts";
import type { BlobTransfer } from "./blob-transfer.ts";
import { recordName } from "./names.ts";
import { encodeRecord, type RecordBlob, type RecordHeader } from "./record.ts";
import type { Signer } from "./trust.ts";
import { thisWriter } from "./writer.ts";

/** Content that goes into the record itself: of each blob, and of all. */
const INLINE_BYTES = 64 * 1024;
const INLINE_TOTAL = 256 * 1024;
const INLINE_DETAIL = 1024;
const BLOBS_AT_ONCE = 8;

export interface UploadContext {
  readonly local: LocalStore;
  readonly access: Access;
  readonly blobs: BlobTransfer;
  readonly signer: Signer | undefined;
}

/** What an upload came to. */
export interface Uploaded {
  readonly functionName: string;
  /** Bytes that were sent. */
  readonly bytes: number;
}

/**
 * Copies an entry of the local store into the shared one: its blobs, and then, when all of them are there, its record.
 *
 * @param how - `again`: what is there already turned out to be damaged, and is replaced.
 * @returns undefined where the local store has no such entry (any more).
 * @throws RemoteError, LeftAlone; DamagedBlob where the local entry is damaged.
 */
export async function uploadEntry(
  { local, access, blobs, signer }: UploadContext,
  key: string,
  how: "missing" | "again",
): Promise<Uploaded | undefined> {
  const stored = storedEntry(local, key);
  if (stored === undefined) return undefined;
  const { entry, functionName } = stored;
  return local.whileReading(key, async () => {
    const packed = await pack(stored, { local, blobs, how });
    const record = await encodeRecord(packed, signer);
    const name = recordName(functionName, entry.key);
    await access.write("upload", (objects, operation) => objects.put(name, record, { operation }));
    // Whoever clears up may have removed, before the record was there, what seemed to be there already.
    for (const blob of packed.found) {
      if (await blobs.isThere(blob)) continue;
      blobs.forget(blob);
      await blobs.upload(Buffer.from(blob.digest, "hex"), blob.bytes, "again");
    }
    return { functionName, bytes: packed.sent + record.length };
  });
}

interface Packed {
  readonly header: RecordHeader;
  readonly inline: ReadonlyMap<number, Uint8Array>;
  readonly sent: number;
  /** Blobs that were there already. */
  readonly found: readonly RecordBlob[];
}

interface PackContext {
  readonly local: LocalStore;
  readonly blobs: BlobTransfer;
  readonly how: "missing" | "again";
}

async function pack({ entry, functionName, call }: StoredEntry, context: PackContext): Promise<Packed> {
  const list: RecordBlob[] = [];
  const inline = new Map<number, Uint8Array>();
  const found: RecordBlob[] = [];
  let [room, sent] = [INLINE_TOTAL, 0];
  const takeInline = (content: Uint8Array, digest: string): void => {
    const sha256 = createHash("sha256").update(content).digest("hex");
    inline.set(list.push({ sha256, digest, bytes: content.length, stored: "inline" }) - 1, content);
    room -= content.length;
  };
  const { value, extra } = entry;
  if ("inline" in value) takeInline(value.inline, toHex(digestContent(value.inline)));
  const large: { readonly digest: Uint8Array; readonly bytes: number; readonly place: number }[] = [];
  for (const { digest, bytes } of blobsOf(entry)) {
    if (bytes <= INLINE_BYTES && bytes <= room) takeInline(await readSmall(context.local, digest), toHex(digest));
    else large.push({ digest, bytes, place: list.push(PENDING) - 1 });
  }
  const limit = pLimit(BLOBS_AT_ONCE);
  await Promise.all(
    large.map(({ digest, bytes, place }) =>
      limit(async () => {
        const uploaded = await context.blobs.upload(digest, bytes, context.how);
        list[place] = uploaded.blob;
        sent += uploaded.sent;
        if (uploaded.sent === 0) found.push(uploaded.blob);
      }),
    ),
  );
  const details: NonNullable<RecordHeader["details"]> = [];
  for (const { digest, text } of call?.details ?? []) {
    if (text.length <= INLINE_DETAIL) details.push({ digest, text });
    else {
      const uploaded = await context.blobs.uploadContent(Buffer.from(text, "utf8"), digest, context.how);
      details.push({ digest, blob: list.push(uploaded.blob) - 1 });
      sent += uploaded.sent;
    }
  }
  const header: RecordHeader = {
    ...headOf(entry, functionName),
    blobs: list,
    value:
      "inline" in value ? { blob: 0 } : { blob: placeOf(list, value.blob), layout: [...(extra.blob?.layout ?? [])] },
    ...(call === undefined ? {} : { call: writeParts(call.parts), details }),
  };
  return { header, inline, sent, found };
}

/** Stands for a blob that is being uploaded. */
const PENDING: RecordBlob = { sha256: "", digest: "", bytes: 0, stored: "raw" };

function headOf(
  { key, createdAt, durationMs, extra }: Entry,
  functionName: string,
): Omit<RecordHeader, "blobs" | "value"> {
  const { form, bare, captured } = extra;
  return {
    key,
    function: functionName,
    created_at: createdAt,
    duration_ms: durationMs,
    writer: thisWriter(),
    ...(form === undefined ? {} : { form }),
    ...(bare === undefined ? {} : { bare: bare.map((at) => [...at]) }),
    ...(captured === undefined ? {} : { captured }),
  };
}

function placeOf(list: readonly RecordBlob[], digest: Uint8Array): number {
  const hex = toHex(digest);
  return list.findIndex((blob) => blob.digest === hex);
}

async function readSmall({ blobs }: LocalStore, digest: Uint8Array): Promise<Uint8Array> {
  const file = blobs.pathOf(digest);
  const content = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ENOENT" ? new DamagedBlob("blob-missing", file) : error;
  });
  if (!sameDigest(digestContent(content), digest)) throw new DamagedBlob("blob-damaged", file);
  return content;
}
