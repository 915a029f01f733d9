import fs from "node:fs";
import path from "node:path";
import { deserialize, serialize } from "node:v8";
import { systemCode } from "../errors.ts";
import { contentHasher, digestContent, loadContentHasher, sameDigest } from "./content.ts";
import { ContentReader } from "./contents.ts";
import { type FileMember, type Listing, listFolder, type RelativePath } from "./folder-listing.ts";
import { type FolderMembers, membersOf } from "./folder-members.ts";
import { DIGEST_BYTES } from "./hasher.ts";
import { type DigestMemo, SETTLED_MS } from "./memo.ts";
import { describeKind, kindError, type Observed, pathError } from "./observed.ts";
import { StampList } from "./stamps.ts";
import { Writer } from "./writer.ts";

/** How often a folder that changes while it is read is read again. */
const ATTEMPTS = 3;

/** What the system says of a path that is no longer there, or no longer what it was. */
const GONE: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ELOOP", "E_FILE_KIND"]);

/** A folder as it was read: its digest, and a fingerprint of the metadata of all that is in it. */
interface FolderState {
  readonly digest: Uint8Array;
  readonly fingerprint: Uint8Array;
  /** Whether no file changed while it was read. */
  readonly steady: boolean;
  readonly members: () => FolderMembers;
}

/**
 * Hashes a folder for a key: paths, kinds, executable bits and contents of what is in it.
 *
 * @param memo - where digests are remembered; without one all files are read each time.
 * @throws ScalableError with `E_FILE_NOT_FOUND`, `E_FILE_UNREADABLE` or `E_FILE_KIND`.
 */
export async function observeFolder(folder: string, memo?: DigestMemo): Promise<Observed> {
  const loading = loadContentHasher();
  if (loading !== undefined) await loading;
  const { digest, fingerprint, steady, members } = await readFolder(folder, memo);
  let listed: (() => FolderMembers) | undefined = members;
  return {
    digest,
    members() {
      const made = listed?.() ?? { members: [], complete: false };
      listed = undefined;
      return made;
    },
    async isUnchanged() {
      if (!steady) return false;
      try {
        const now = await readFolder(folder, memo);
        return now.steady && sameDigest(now.fingerprint, fingerprint) && sameDigest(now.digest, digest);
      } catch {
        return false;
      }
    },
  };
}

async function readFolder(folder: string, memo: DigestMemo | undefined): Promise<FolderState> {
  const root = path.resolve(folder);
  try {
    const stat = fs.statSync(root);
    if (stat.isFile()) throw kindError(folder, "a file, not a folder; declare it as FileType");
    if (!stat.isDirectory()) throw kindError(folder, describeKind(stat));
    for (let attempt = 1; ; attempt += 1) {
      const state = await readOnce(root, memo).catch((error: unknown) => {
        // What was listed and has gone since, as temporary files do, is a change like any other.
        if (attempt < ATTEMPTS && GONE.has(systemCode(error) ?? "")) return undefined;
        throw error;
      });
      if (state !== undefined && (state.steady || attempt >= ATTEMPTS)) return state;
    }
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    const place = "path" in error && typeof error.path === "string" ? error.path : root;
    throw pathError(place === root ? folder : place, error);
  }
}

async function readOnce(root: string, memo: DigestMemo | undefined): Promise<FolderState> {
  const startedAt = Date.now();
  const known = memo?.recall(`folder ${root}`);
  if (known === undefined && memo?.recall(`files ${root}`) === undefined) return readAll(root, memo, startedAt);
  const listing = await listFolder(root);
  const fingerprint = fingerprintOf(listing);
  if (known?.length === 2 * DIGEST_BYTES && sameDigest(known.subarray(0, DIGEST_BYTES), fingerprint)) {
    const members = (): FolderMembers => {
      const files = listing.members.filter((member) => member.kind === "file");
      return membersOf(
        listing,
        new Map(memo === undefined ? [] : recallFiles(memo, root, { files, listing })),
        digestContent,
      );
    };
    return { digest: known.slice(DIGEST_BYTES), fingerprint, steady: true, members };
  }
  return readChanged(listing, { root, memo, startedAt, fingerprint });
}

/** Reads a folder of which nothing is known: its files are read while it is listed. */
async function readAll(root: string, memo: DigestMemo | undefined, startedAt: number): Promise<FolderState> {
  let reader: ContentReader | undefined;
  const listing = await listFolder(root, (file, stamps) => {
    reader ??= new ContentReader(root, stamps, "reading");
    reader.add(file);
  });
  const contents = (await reader?.end()) ?? new Map<number, Uint8Array>();
  return finish(listing, contents, { root, memo, startedAt, fingerprint: fingerprintOf(listing) });
}

interface Reading {
  readonly root: string;
  readonly memo: DigestMemo | undefined;
  readonly startedAt: number;
  readonly fingerprint: Uint8Array;
}

/** Reads the files of a folder that are not remembered as they are. */
async function readChanged(listing: Listing, reading: Reading): Promise<FolderState> {
  const files = listing.members.filter((member) => member.kind === "file");
  const contents = new Map(
    reading.memo === undefined ? [] : recallFiles(reading.memo, reading.root, { files, listing }),
  );
  const reader = new ContentReader(reading.root, listing.stamps, "listing");
  for (const file of files) if (!contents.has(file.place)) reader.add(file);
  for (const [place, digest] of await reader.end()) contents.set(place, digest);
  return finish(listing, contents, reading);
}

function finish(listing: Listing, contents: ReadonlyMap<number, Uint8Array>, reading: Reading): FolderState {
  const { root, memo, startedAt, fingerprint } = reading;
  const digest = folderDigest(listing, contents);
  const steady = contents.size === listing.stamps.length;
  if (memo !== undefined && steady) {
    // What changed a moment ago must be read again next time, so the folder as a whole is remembered only once all of
    // it is settled; its settled files are remembered before.
    const settled = listing.members.filter(
      (member) => member.kind === "file" && listing.stamps.changedAt(member.place) + SETTLED_MS < startedAt,
    ) as FileMember[];
    if (settled.length === contents.size) memo.remember(`folder ${root}`, Buffer.concat([fingerprint, digest]));
    if (settled.length > 0) memo.remember(`files ${root}`, packFiles(settled, listing.stamps, contents));
  }
  return { digest, fingerprint, steady, members: () => membersOf(listing, contents, digestContent) };
}

/** What the memo holds of a folder's files. */
interface FolderRecord {
  /** Paths, as {@link pathKey} writes them. */
  readonly paths: readonly string[];
  readonly stamps: StampList;
  readonly digests: Uint8Array;
}

interface PackedRecord {
  readonly paths: readonly string[];
  readonly fields: BigInt64Array<ArrayBuffer>;
  readonly digests: Uint8Array;
}

function* recallFiles(
  memo: DigestMemo,
  root: string,
  { files, listing }: { readonly files: readonly FileMember[]; readonly listing: Listing },
): Generator<[number, Uint8Array]> {
  const packed = memo.recall(`files ${root}`);
  if (packed === undefined) return;
  const record = readRecord(packed);
  if (record === undefined) return;
  const places = new Map(record.paths.map((key, place) => [key, place]));
  for (const file of files) {
    const place = places.get(pathKey(file.path));
    if (place === undefined || !listing.stamps.same(file.place, record.stamps, place)) continue;
    yield [file.place, record.digests.slice(place * DIGEST_BYTES, (place + 1) * DIGEST_BYTES)];
  }
}

/** A record that another release wrote may have another form. */
function readRecord(packed: Uint8Array): FolderRecord | undefined {
  try {
    const { paths, fields, digests } = deserialize(packed) as Partial<PackedRecord>;
    if (!Array.isArray(paths) || !(fields instanceof BigInt64Array) || !(digests instanceof Uint8Array))
      return undefined;
    const stamps = new StampList(fields);
    const whole = stamps.length === paths.length && digests.length === paths.length * DIGEST_BYTES;
    return whole ? { paths, stamps, digests } : undefined;
  } catch {
    return undefined;
  }
}

function packFiles(
  files: readonly FileMember[],
  stamps: StampList,
  contents: ReadonlyMap<number, Uint8Array>,
): Uint8Array {
  const digests = new Uint8Array(files.length * DIGEST_BYTES);
  const packed = StampList.of(files.length);
  for (const [index, { place }] of files.entries()) {
    digests.set(contents.get(place) ?? [], index * DIGEST_BYTES);
    packed.copy(index, stamps, place);
  }
  const record: PackedRecord = { paths: files.map((file) => pathKey(file.path)), fields: packed.fields(), digests };
  return serialize(record);
}

/** A name for a path in a map, which no other path has. */
function pathKey(relative: RelativePath): string {
  return typeof relative === "string" ? relative : `\0${relative.toString("latin1")}`;
}

const KIND = { file: 1, folder: 2, link: 3 } as const;

const writer = new Writer(() => {
  throw new Error("A path is longer than a path can be.");
});

function writePath(relative: RelativePath): void {
  if (typeof relative === "string") writer.utf8(relative);
  else writer.bytes(relative);
}

/** See docs/formats/key.md. */
function folderDigest({ members, stamps }: Listing, contents: ReadonlyMap<number, Uint8Array>): Uint8Array {
  const missing = new Uint8Array(DIGEST_BYTES);
  const hasher = contentHasher();
  hasher.init();
  writer.length = 0;
  writer.ascii("scalable/folder/1");
  for (const member of members) {
    writer.u8(KIND[member.kind]);
    writePath(member.path);
    if (member.kind === "file") {
      writer.u8(stamps.isExecutableAt(member.place) ? 1 : 0);
      writer.u64(stamps.sizeAt(member.place));
      writer.raw(contents.get(member.place) ?? missing);
    } else if (member.kind === "link") writer.bytes(member.target);
    writer.flushInto(hasher);
  }
  writer.flushInto(hasher, 0);
  return hasher.digest("binary");
}

/** A digest of everything that the system says of the folder's members, contents apart. Never leaves this machine. */
function fingerprintOf({ members, stamps }: Listing): Uint8Array {
  const hasher = contentHasher();
  hasher.init();
  const fields = stamps.fields();
  hasher.update(new Uint8Array(fields.buffer, fields.byteOffset, fields.byteLength));
  writer.length = 0;
  for (const member of members) {
    writer.u8(KIND[member.kind]);
    writePath(member.path);
    if (member.kind === "link") writer.bytes(member.target);
    writer.flushInto(hasher);
  }
  writer.flushInto(hasher, 0);
  return hasher.digest("binary");
}
