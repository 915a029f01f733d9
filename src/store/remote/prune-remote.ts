import { randomBytes } from "node:crypto";
import * as z from "zod";
import { matchesAny } from "../../settings.ts";
import type { ObjectInfo } from "./backends/object-store.ts";
import { listAll } from "./list-all.ts";
import { BLOBS, ENTRIES, functionOfFolder, MARKS, parseBlobName, parseRecordName } from "./names.ts";
import { BadRecord, LONGEST_RECORD, openRecord } from "./record.ts";
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

const markSchema = z.object({ at: z.number(), blobs: z.array(z.string()) });
const BATCH = 1_000;

/** @throws RemoteError */
export async function pruneRemote(shared: SharedStore, options: RemotePruneOptions): Promise<RemotePruneReport> {
  await shared.access.ready();
  const now = Date.now();
  const blobs = new Map<string, ObjectInfo>();
  for await (const blob of listAll(shared.access, BLOBS)) blobs.set(blob.name, blob);
  // After the blobs: what is not referred to by a record of this list was not when the blobs were listed.
  const records = await readRecords(shared);
  const doomed = chooseRecords(records, blobs, { ...options, now });
  await removeAll(
    shared,
    [...doomed].map(({ name }) => name),
  );
  const refs = new Set(records.filter((record) => !doomed.has(record)).flatMap((record) => record.refs));
  const unused = [...blobs.values()].filter(({ name }) => {
    const digest = parseBlobName(name);
    return digest !== undefined && !refs.has(digest);
  });
  const marks = await readMarks(shared);
  const ripe = unused.filter(({ name, modifiedAt }) => {
    const marked = marks.since.get(name);
    return marked !== undefined && now - Math.max(marked, modifiedAt) >= options.graceMs;
  });
  const removed = options.graceMs === 0 ? unused : ripe;
  await removeAll(
    shared,
    removed.map(({ name }) => name),
  );
  const gone = new Set(removed);
  const left = unused.filter((blob) => !gone.has(blob));
  const since = await writeMarks(shared, left, marks);
  const sum = (objects: Iterable<{ readonly bytes: number }>): number =>
    [...objects].reduce((total, { bytes }) => total + bytes, 0);
  const removableAt = left.length === 0 ? {} : { removableAt: Math.min(...since) + options.graceMs };
  return {
    entries: doomed.size,
    blobs: removed.length,
    bytes: sum(doomed) + sum(removed),
    marked: { blobs: left.length, bytes: sum(left), ...removableAt },
  };
}

async function readRecords(shared: SharedStore): Promise<RemoteRecord[]> {
  const reading: Promise<RemoteRecord | undefined>[] = [];
  for await (const { name, bytes, modifiedAt } of listAll(shared.access, ENTRIES)) {
    if (parseRecordName(name) === undefined) continue;
    reading.push(refsOf(shared, name).then((refs) => refs && { name, bytes, modifiedAt, refs }));
  }
  return (await Promise.all(reading)).filter((record) => record !== undefined);
}

/** Undefined where the record is gone. A damaged one refers to nothing, and is removed when its time comes. */
async function refsOf(shared: SharedStore, name: string): Promise<string[] | undefined> {
  const bytes = await shared.access.read("look-up", (store, operation) => store.get(name, LONGEST_RECORD, operation));
  if (bytes === undefined) return undefined;
  try {
    const { header } = await openRecord(bytes);
    return header.blobs.flatMap(({ stored, sha256 }) => (stored === "inline" ? [] : [sha256]));
  } catch (error) {
    if (error instanceof BadRecord) return [];
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

async function removeAll(shared: SharedStore, names: readonly string[]): Promise<void> {
  for (let at = 0; at < names.length; at += BATCH) {
    const batch = names.slice(at, at + BATCH);
    await shared.access.write("delete", (store, operation) => store.delete(batch, operation));
  }
}

interface Marks {
  /** Blobs that were found unused, with when for the first time. */
  readonly since: ReadonlyMap<string, number>;
  readonly names: readonly string[];
}

async function readMarks(shared: SharedStore): Promise<Marks> {
  const since = new Map<string, number>();
  const names: string[] = [];
  for await (const { name } of listAll(shared.access, MARKS)) {
    names.push(name);
    const bytes = await shared.access.read("look-up", (store, operation) => store.get(name, LONGEST_RECORD, operation));
    const mark = bytes === undefined ? undefined : parseMark(bytes);
    if (mark === undefined) continue;
    for (const blob of mark.blobs) since.set(blob, Math.min(mark.at, since.get(blob) ?? mark.at));
  }
  return { since, names };
}

function parseMark(bytes: Uint8Array): z.infer<typeof markSchema> | undefined {
  try {
    return markSchema.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
  } catch {
    return undefined; // Whoever wrote it did not keep to the format: nothing is removed for it.
  }
}

/** Replaces all marks by those of the blobs that are still unused, each with when that was first found. */
async function writeMarks(shared: SharedStore, unused: readonly ObjectInfo[], former: Marks): Promise<number[]> {
  const now = Date.now();
  const times = new Map<number, string[]>();
  for (const { name, modifiedAt } of unused) {
    const since = former.since.get(name);
    // One that was written since then is another one.
    const at = since === undefined || modifiedAt > since ? now : since;
    times.set(at, [...(times.get(at) ?? []), name]);
  }
  for (const [at, blobs] of times) {
    const content = Buffer.from(JSON.stringify({ at, blobs }));
    const name = `${MARKS}${at}-${randomBytes(4).toString("hex")}`;
    await shared.access.write("upload", (store, operation) => store.put(name, content, { operation }));
  }
  await removeAll(shared, former.names);
  return [...times.keys()];
}
