import { matchesAny } from "../../settings.ts";
import type { ObjectInfo } from "./backends/object-store.ts";
import { listAll } from "./list-all.ts";
import { readMarks, writeMarks } from "./marks.ts";
import { BLOBS, ENTRIES, functionOfFolder, parseBlobName, parseRecordName } from "./names.ts";
import { timeOfPlace } from "./place-time.ts";
import { BadRecord, LONGEST_RECORD, openRecord } from "./record.ts";
import { RemoteError } from "./remote-error.ts";
import { removeAll } from "./remove-all.ts";
import type { SharedStore } from "./shared-store.ts";

/*
 * Records go at once: who reads one a moment later misses. Blobs go only when no record refers to them, and nothing has
 * referred to them for a while either: they are marked, and removed by a later run that finds them still unused. Whoever
 * writes a record in between, because the blob was there, keeps the blob by it. What is lost to a race all the same is
 * a miss, as a blob that is missing always is.
 */

export interface RemotePruneOptions {
  /** Remove records stored longer ago than this, in milliseconds. */
  readonly maxAgeMs?: number | undefined;
  /** Remove the oldest records until all that is left takes at most this many bytes. */
  readonly maxBytes?: number | undefined;
  /** Only records of functions of this name; `*` stands for any characters. */
  readonly functionName?: string | undefined;
  /** How long a blob stays that no record refers to, in milliseconds. */
  readonly graceMs: number;
}

export interface RemotePruneReport {
  /** Records that were removed. */
  readonly entries: number;
  /** Blobs that were removed. */
  readonly blobs: number;
  /** Bytes of both. */
  readonly bytes: number;
  /** Blobs that nothing refers to, and that a later run removes. */
  readonly marked: { readonly blobs: number; readonly bytes: number; readonly removableAt?: number };
}

interface RemoteRecord {
  readonly name: string;
  readonly bytes: number;
  readonly modifiedAt: number;
  /** Digests of the blobs that it refers to. */
  readonly refs: readonly string[];
}

/** @throws RemoteError */
export async function pruneRemote(shared: SharedStore, options: RemotePruneOptions): Promise<RemotePruneReport> {
  await shared.access.ready();
  const { graceMs } = options;
  // Ages are those of the place where the objects are: a clock here that is ahead would make everything too old.
  const now = await timeOfPlace(shared.access);
  const blobs = new Map<string, ObjectInfo>();
  for await (const blob of listAll(shared.access, BLOBS)) blobs.set(blob.name, blob);
  // After the blobs: what is not referred to by a record of this list was not when the blobs were listed.
  const records = await readRecords(shared, new Map());
  const chosen = chooseRecords(records, blobs, { ...options, now });
  const marks = await readMarks(shared.access);
  // Reading all records takes a while. One that was stored meanwhile, in place of a chosen one or because its blobs were
  // there, stays, and keeps them.
  const newer = await readRecords(shared, new Map(records.map((record) => [record.name, record])));
  const replaced = new Set(newer.map(({ name }) => name));
  const doomed = [...chosen].filter(({ name }) => !replaced.has(name));
  await removeAll(
    shared.access,
    doomed.map(({ name }) => name),
  );
  const kept = [...records.filter((record) => !chosen.has(record)), ...newer];
  const refs = new Set(kept.flatMap((record) => record.refs));
  const unused = [...blobs.values()].filter(({ name }) => isUnused(name, refs));
  const removed = unused.filter(({ name, modifiedAt }) => {
    const marked = marks.since.get(name);
    return graceMs === 0 || (marked !== undefined && now - Math.max(marked, modifiedAt) >= graceMs);
  });
  await removeAll(
    shared.access,
    removed.map(({ name }) => name),
  );
  const gone = new Set(removed);
  const left = unused.filter((blob) => !gone.has(blob));
  const first = await writeMarks(shared.access, left, { former: marks, now });
  const removableAt = first === undefined ? {} : { removableAt: Date.now() + first + graceMs - now };
  return {
    entries: doomed.length,
    blobs: removed.length,
    bytes: bytesOf(doomed) + bytesOf(removed),
    marked: { blobs: left.length, bytes: bytesOf(left), ...removableAt },
  };
}

function isUnused(blob: string, refs: ReadonlySet<string>): boolean {
  const digest = parseBlobName(blob);
  return digest !== undefined && !refs.has(digest);
}

function bytesOf(objects: Iterable<{ readonly bytes: number }>): number {
  return [...objects].reduce((total, { bytes }) => total + bytes, 0);
}

/** All records, but for those that are as they were before. */
async function readRecords(
  shared: SharedStore,
  before: ReadonlyMap<string, { readonly modifiedAt: number }>,
): Promise<RemoteRecord[]> {
  const reading: Promise<RemoteRecord | undefined>[] = [];
  for await (const { name, bytes, modifiedAt } of listAll(shared.access, ENTRIES)) {
    if (parseRecordName(name) === undefined || before.get(name)?.modifiedAt === modifiedAt) continue;
    const read = refsOf(shared, name).then((refs) => refs && { name, bytes, modifiedAt, refs });
    // It may fail before all are listed, and is waited for only then.
    read.catch(() => undefined);
    reading.push(read);
  }
  return (await Promise.all(reading)).filter((record) => record !== undefined);
}

/** Undefined where the record is gone. A damaged one refers to nothing, and is removed when its time comes. */
async function refsOf(shared: SharedStore, name: string): Promise<string[] | undefined> {
  try {
    const bytes = await shared.access.read("look-up", (store, operation) => store.get(name, LONGEST_RECORD, operation));
    if (bytes === undefined) return undefined;
    const { header } = await openRecord(bytes);
    return header.blobs.flatMap(({ stored, sha256 }) => (stored === "inline" ? [] : [sha256]));
  } catch (error) {
    if (error instanceof BadRecord || (error instanceof RemoteError && error.trouble === "damaged")) return [];
    throw error;
  }
}

/** The records that are too old, and then the oldest ones, until what is left is not too much. */
function chooseRecords(
  records: readonly RemoteRecord[],
  blobs: ReadonlyMap<string, ObjectInfo>,
  { now, maxAgeMs, maxBytes, functionName }: RemotePruneOptions & { readonly now: number },
): Set<RemoteRecord> {
  const lets = functionName === undefined ? () => true : matchesAny([functionName]);
  const chosen = new Set<RemoteRecord>();
  const candidates = records
    .filter(({ name }) => {
      const named = functionOfFolder(parseRecordName(name)?.folder ?? "");
      return functionName === undefined || (named !== undefined && lets(named));
    })
    .sort((a, b) => a.modifiedAt - b.modifiedAt);
  if (maxAgeMs !== undefined)
    for (const record of candidates) if (now - record.modifiedAt > maxAgeMs) chosen.add(record);
  if (maxBytes === undefined) return chosen;
  const sizes = sizesByDigest(blobs);
  const users = new Map<string, number>();
  let total = 0;
  const counted = functionName === undefined ? records : candidates;
  for (const record of counted) {
    if (chosen.has(record)) continue;
    total += record.bytes;
    for (const digest of new Set(record.refs)) {
      const count = users.get(digest) ?? 0;
      if (count === 0) total += sizes.get(digest) ?? 0;
      users.set(digest, count + 1);
    }
  }
  for (const record of candidates) {
    if (total <= maxBytes) break;
    if (chosen.has(record)) continue;
    chosen.add(record);
    total -= record.bytes;
    for (const digest of new Set(record.refs)) {
      const count = (users.get(digest) ?? 1) - 1;
      users.set(digest, count);
      if (count === 0) total -= sizes.get(digest) ?? 0;
    }
  }
  return chosen;
}

function sizesByDigest(blobs: ReadonlyMap<string, ObjectInfo>): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { name, bytes } of blobs.values()) {
    const digest = parseBlobName(name);
    if (digest !== undefined) sizes.set(digest, (sizes.get(digest) ?? 0) + bytes);
  }
  return sizes;
}
