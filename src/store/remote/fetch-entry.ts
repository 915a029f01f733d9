import { setImmediate } from "node:timers/promises";
import { digestContent, sameDigest } from "../../identify/content.ts";
import { LONGEST_DETAIL } from "../../identify/detail.ts";
import { debug } from "../../log.ts";
import type { ArrivedValue } from "../arrived-value.ts";
import { layoutBytes } from "../codec.ts";
import { readParts } from "../local/call-text.ts";
import { type Adoption, ATTEMPTS, type LocalStore } from "../local/local-store.ts";
import { blobsOf, type Entry, type Extra, readRecord, writeRecord } from "../local/row.ts";
import type { Access } from "./access.ts";
import type { BlobTransfer } from "./blob-transfer.ts";
import { recordName } from "./names.ts";
import { BadRecord, decodeRecord, LONGEST_RECORD, type Record, type RecordHeader } from "./record.ts";
import { RemoteError } from "./remote-error.ts";
import type { PublicKey } from "./trust.ts";

/** Longest value in the local index; what is longer there was not written by us. */
const LONGEST_INLINE = 1024 * 1024;

export interface FetchContext {
  readonly local: LocalStore;
  readonly access: Access;
  readonly blobs: BlobTransfer;
  readonly trusted: readonly PublicKey[] | undefined;
}

export interface FetchRequest {
  readonly key: string;
  readonly functionName: string;
  /** Entries that were computed longer ago are no answer. */
  readonly maxAgeMs: number | undefined;
}

/** What fetching an entry came to. */
export type Fetched =
  /** It is in the local store now. */
  | { readonly state: "kept"; readonly computeMs: number; readonly arrived?: ArrivedValue }
  /** It could not be put into the local store, and is here. */
  | { readonly state: "unkept"; readonly entry: Entry }
  | { readonly state: "absent" }
  | { readonly state: "expired" };

/**
 * Brings an entry of the shared store into the local one.
 *
 * @throws RemoteError, LeftAlone; BadRecord, and RemoteError with `damaged`, for what is not to be believed. The local
 *   store's errors where it cannot be written.
 */
export async function fetchEntry(context: FetchContext, request: FetchRequest): Promise<Fetched> {
  const { key, functionName, maxAgeMs } = request;
  const name = recordName(functionName, key);
  const bytes = await context.access.read("look-up", (objects, operation) =>
    objects.get(name, LONGEST_RECORD, operation),
  );
  if (bytes === undefined) return { state: "absent" };
  const record = await decodeRecord(bytes, { key, functionName, trusted: context.trusted });
  if (isTooOld(record.header, maxAgeMs) || isTooOld(record.header, context.local.maxAgeMs)) return { state: "expired" };
  return keepRecord(context, record);
}

/**
 * Whether a record is older than it may be. One that is from the future by as much says nothing of its age: it was written
 * by a machine whose clock is wrong, and would stay for as long.
 */
export function isTooOld({ created_at }: RecordHeader, maxAgeMs: number | undefined): boolean {
  return maxAgeMs !== undefined && Math.abs(Date.now() - created_at) > maxAgeMs;
}

/** Brings the entry of a record that is to be believed into the local store. Throws as `fetchEntry` does. */
export function keepRecord(context: FetchContext, record: Record): Promise<Fetched> {
  const keeping = keep(context, record);
  // Whoever waits for it begins to read it before the next turn of the event loop, and until then nobody evicts it: not
  // even where it alone is more than the local store may hold.
  const untilRead = keeping.then(setImmediate, setImmediate);
  void context.local.whileReading(record.header.key, () => untilRead);
  return keeping;
}

async function keep(context: FetchContext, record: Record): Promise<Fetched> {
  const adoption = adoptionOf(record);
  let arrived: ArrivedValue | undefined;
  try {
    for (let attempt = 1; ; attempt += 1) {
      arrived = await placeBlobs(context, record, adoption);
      if (await context.local.adopt(adoption)) break;
      if (attempt === ATTEMPTS) throw new Error("its content was evicted again and again while it was fetched");
    }
  } catch (error) {
    if (error instanceof RemoteError || error instanceof BadRecord || blobsOf(adoption).length > 0) throw error;
    // A full disk is no reason to compute what is here already.
    const entry = readRecord(adoption.key, writeRecord(adoption));
    if (entry === undefined) throw error;
    debug(() => `A fetched entry could not be kept in ${context.local.dir}: ${String(error)}`);
    return { state: "unkept", entry };
  }
  // Behind the call: what explains later misses is nothing to wait for.
  void fetchDetails(context, record.header);
  return { state: "kept", computeMs: adoption.durationMs, ...(arrived === undefined ? {} : { arrived }) };
}

/** The entry as the local store has it. */
function adoptionOf({ header, inline }: Record): Adoption {
  const { key, duration_ms: durationMs, form, bare, captured } = header;
  // The clock of whoever wrote it may be ahead.
  const createdAt = Math.min(header.created_at, Date.now());
  const { blob: place, layout } = header.value;
  const blob = header.blobs[place];
  const content = inline.get(place);
  if (blob === undefined) throw new BadRecord("damaged", "it has no value");
  if (layout === undefined && (content === undefined || content.length > LONGEST_INLINE)) {
    throw new BadRecord("damaged", "its value is not where it should be");
  }
  if (layout !== undefined && layoutBytes(layout) !== blob.bytes) {
    throw new BadRecord("damaged", "its value is not as long as its parts are");
  }
  const extra: Extra = {
    ...(layout === undefined ? {} : { blob: { bytes: blob.bytes, layout } }),
    ...(bare === undefined ? {} : { bare }),
    ...(form === undefined ? {} : { form }),
    ...(captured === undefined ? {} : { captured }),
  };
  const value =
    layout === undefined ? { inline: Uint8Array.from(content ?? []) } : { blob: Buffer.from(blob.digest, "hex") };
  return { key, functionName: header.function, createdAt, durationMs, value, extra, call: callOf(header) };
}

function callOf({ function: functionName, call, details }: RecordHeader): Adoption["call"] {
  const parts = call === undefined ? undefined : readParts(functionName, call);
  if (parts === undefined) return undefined;
  return { functionName, parts, details: (details ?? []).flatMap(({ digest, text }) => checkedDetail(digest, text)) };
}

/** A detail whose text has its digest; none where it has not. */
function checkedDetail(digest: string, text: string | undefined): { digest: string; text: string }[] {
  if (text === undefined || text.length > LONGEST_DETAIL) return [];
  return sameDigest(digestContent(Buffer.from(text, "utf8")), Buffer.from(digest, "hex")) ? [{ digest, text }] : [];
}

/** Puts the content that an entry refers to into the local store. @returns its value, where that has been in memory. */
async function placeBlobs(
  { local, blobs }: FetchContext,
  record: Record,
  adoption: Adoption,
): Promise<ArrivedValue | undefined> {
  const { blobs: list, value } = record.header;
  let arrived: ArrivedValue | undefined;
  const places = new Map(list.map(({ digest }, place) => [digest, place]));
  await Promise.all(
    blobsOf(adoption).map(async ({ digest, bytes }) => {
      const place = places.get(Buffer.from(digest).toString("hex"));
      const blob = place === undefined ? undefined : list[place];
      if (place === undefined || blob === undefined || blob.bytes !== bytes) {
        throw new BadRecord("damaged", "it names content that it does not have");
      }
      const content = record.inline.get(place);
      if (content === undefined) {
        const isValue = place === value.blob && value.layout !== undefined;
        const fetched = await blobs.fetch(blob, isValue ? value.layout : undefined);
        if (isValue) arrived = fetched;
      } else if (!sameDigest(digestContent(content), digest)) {
        throw new BadRecord("damaged", "content in it does not have the digest that it says");
      } else await local.blobs.put([content], bytes);
    }),
  );
  return arrived;
}

const detailsUnderWay = new Set<string>();

/** Brings what the parts of a record's key refer to, where it is not here yet. Nothing fails by it. */
export async function fetchDetails(
  { local, access, blobs }: Omit<FetchContext, "trusted">,
  header: RecordHeader,
): Promise<void> {
  const missing = (header.details ?? []).flatMap(({ digest, blob }) => {
    const found = blob === undefined ? undefined : header.blobs[blob];
    return found === undefined || detailsUnderWay.has(digest) || local.details.textOf(digest) !== undefined
      ? []
      : [{ digest, blob: found }];
  });
  for (const { digest, blob } of missing) {
    detailsUnderWay.add(digest);
    try {
      const text = await blobs.readText(blob, LONGEST_DETAIL * 4);
      if (text !== undefined) local.details.keep(checkedDetail(digest, text));
    } catch (error) {
      debug(() => `What explains a call was not fetched from ${access.objects.url}: ${String(error)}`);
    } finally {
      detailsUnderWay.delete(digest);
    }
  }
}
