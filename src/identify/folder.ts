import fs, { type BigIntStats, type Dirent } from "node:fs";
import path from "node:path";
import { setImmediate as yieldToOthers } from "node:timers/promises";
import { deserialize, serialize } from "node:v8";
import { contentHasher, loadContentHasher, sameDigest } from "./content.ts";
import { readContents } from "./contents.ts";
import { DIGEST_BYTES } from "./hasher.ts";
import { type DigestMemo, isSettled, matchesPacked, packStamps } from "./memo.ts";
import { describeKind, kindError, type Observed, pathError } from "./observed.ts";
import { Writer } from "./writer.ts";

/** A path within the folder; a `Buffer` where a name on it is not UTF-8. */
type RelativePath = string | Buffer;

/** One member of a folder, at any depth. Members come in the order of docs/formats/key.md. */
export type Member =
  | { readonly kind: "file"; readonly path: RelativePath; readonly stat: BigIntStats }
  | { readonly kind: "folder"; readonly path: RelativePath }
  | { readonly kind: "link"; readonly path: RelativePath; readonly target: Buffer };

const SYNC_ENTRIES = 4_000;

/**
 * Lists what is in a folder. Lets other work of the thread in between, every few thousand entries.
 *
 * @throws ScalableError with `E_FILE_KIND` for a FIFO, socket or device; the system's error for what cannot be read.
 */
export async function listFolder(root: string): Promise<Member[]> {
  const members: Member[] = [];
  const open: { readonly prefix: RelativePath; readonly entries: readonly Dirent<string | Buffer>[]; at: number }[] =
    [];
  open.push({ prefix: "", entries: readNames(root, ""), at: 0 });
  let sinceYield = 0;
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const entry = top.entries[top.at];
    if (entry === undefined) {
      open.pop();
      continue;
    }
    top.at += 1;
    sinceYield += 1;
    if (sinceYield >= SYNC_ENTRIES) {
      sinceYield = 0;
      await yieldToOthers();
    }
    const relative = joinPath(top.prefix, entry.name);
    if (entry.isFile()) {
      members.push({ kind: "file", path: relative, stat: fs.lstatSync(joinPath(root, relative), { bigint: true }) });
    } else if (entry.isDirectory()) {
      members.push({ kind: "folder", path: relative });
      open.push({ prefix: relative, entries: readNames(root, relative), at: 0 });
    } else if (entry.isSymbolicLink()) {
      const target = fs.readlinkSync(joinPath(root, relative), { encoding: "buffer" });
      members.push({ kind: "link", path: relative, target });
    } else throw kindError(String(joinPath(root, relative)), describeKind(entry));
  }
  return members;
}

/** Entries of one folder, sorted by the bytes of their names. */
function readNames(root: string, relative: RelativePath): readonly Dirent<string | Buffer>[] {
  const folder = relative.length === 0 ? root : joinPath(root, relative);
  const entries = fs.readdirSync(folder, { withFileTypes: true });
  // What is not UTF-8 is decoded with replacement characters, which do not lead back to the file.
  if (entries.some((entry) => entry.name.includes("\ufffd")) || Buffer.isBuffer(relative)) {
    const raw = fs.readdirSync(folder, { withFileTypes: true, encoding: "buffer" });
    return raw.sort((a, b) => Buffer.compare(a.name, b.name));
  }
  return entries.sort((a, b) => compareNames(a.name, b.name));
}

/** By UTF-8 bytes. UTF-16 code units sort the same way, but for surrogates. */
function compareNames(a: string, b: string): number {
  if (/[\ud800-\uffff]/.test(a) || /[\ud800-\uffff]/.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Joins with `/`, which every supported system takes. */
export function joinPath(folder: RelativePath, name: RelativePath): RelativePath {
  if (folder.length === 0) return name;
  if (typeof folder === "string" && typeof name === "string") return `${folder}/${name}`;
  return Buffer.concat([Buffer.from(folder as string), Buffer.from("/"), Buffer.from(name as string)]);
}

export function isExecutable(stat: BigIntStats): boolean {
  return process.platform !== "win32" && (Number(stat.mode) & 0o100) !== 0;
}

/** Content digests of a folder's files, by path, with the metadata that they belong to. */
interface FolderRecord {
  readonly paths: readonly string[];
  /** As {@link packStamps} makes them. */
  readonly stamps: BigInt64Array;
  readonly digests: Uint8Array;
}

type FileMember = Member & { readonly kind: "file" };

/** A folder as it was read: its digest, and a fingerprint of the metadata of all that is in it. */
interface FolderState {
  readonly digest: Uint8Array;
  readonly fingerprint: Uint8Array;
  /** Whether no file changed while it was read. */
  readonly steady: boolean;
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
  const state = await readFolder(folder, memo);
  return {
    digest: state.digest,
    async isUnchanged() {
      if (!state.steady) return false;
      try {
        const now = await readFolder(folder, memo);
        return now.steady && sameDigest(now.fingerprint, state.fingerprint) && sameDigest(now.digest, state.digest);
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
    const startedAt = Date.now();
    const members = await listFolder(root);
    const fingerprint = fingerprintOf(members);
    const known = memo?.recall(`folder ${root}`);
    if (known?.length === 2 * DIGEST_BYTES && sameDigest(known.subarray(0, DIGEST_BYTES), fingerprint)) {
      return { digest: known.slice(DIGEST_BYTES), fingerprint, steady: true };
    }
    return await readMembers({ root, members, fingerprint, startedAt }, memo);
  } catch (error) {
    throw error instanceof Error && "syscall" in error ? pathError(pathOfError(error) ?? folder, error) : error;
  }
}

interface Listing {
  readonly root: string;
  readonly members: readonly Member[];
  readonly fingerprint: Uint8Array;
  readonly startedAt: number;
}

async function readMembers(listing: Listing, memo: DigestMemo | undefined): Promise<FolderState> {
  const { root, members, fingerprint, startedAt } = listing;
  const files = members.filter((member) => member.kind === "file");
  const known = memo === undefined ? new Map<string, Uint8Array>() : recallFiles(memo, root, files);
  const unknown = files.filter((file) => !known.has(pathKey(file.path)));
  const read = await readContents(unknown.map((file) => ({ path: joinPath(root, file.path), stat: file.stat })));
  let steady = true;
  unknown.forEach((file, place) => {
    const digest = read[place];
    if (digest === undefined) steady = false;
    known.set(pathKey(file.path), digest ?? new Uint8Array(DIGEST_BYTES));
  });
  const digest = folderDigest(members, (file) => known.get(pathKey(file.path)) ?? new Uint8Array(DIGEST_BYTES));
  if (memo !== undefined && steady) {
    // What changed a moment ago must be read again next time, so the folder as a whole is remembered only once all of
    // it is settled; its settled files are remembered before.
    const settled = files.filter((file) => isSettled(file.stat, startedAt));
    if (settled.length === files.length) memo.remember(`folder ${root}`, Buffer.concat([fingerprint, digest]));
    if (settled.length > 0) memo.remember(`files ${root}`, packFiles(settled, known));
  }
  return { digest, fingerprint, steady };
}

function recallFiles(memo: DigestMemo, root: string, files: readonly FileMember[]): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  const packed = memo.recall(`files ${root}`);
  if (packed === undefined) return found;
  const record = deserialize(packed) as FolderRecord;
  const places = new Map(record.paths.map((key, place) => [key, place]));
  for (const file of files) {
    const place = places.get(pathKey(file.path));
    if (place === undefined) continue;
    if (matchesPacked(record.stamps, place, file.stat)) {
      found.set(pathKey(file.path), record.digests.slice(place * DIGEST_BYTES, (place + 1) * DIGEST_BYTES));
    }
  }
  return found;
}

function packFiles(files: readonly FileMember[], digests: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const record = {
    paths: files.map((file) => pathKey(file.path)),
    stamps: packStamps(files.map((file) => file.stat)),
    digests: new Uint8Array(files.length * DIGEST_BYTES),
  } satisfies FolderRecord;
  files.forEach((file, place) => {
    record.digests.set(digests.get(pathKey(file.path)) ?? [], place * DIGEST_BYTES);
  });
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
  writer.bytes(typeof relative === "string" ? Buffer.from(relative, "utf8") : relative);
}

/** See docs/formats/key.md. */
function folderDigest(members: readonly Member[], contentOf: (file: FileMember) => Uint8Array): Uint8Array {
  const hasher = contentHasher();
  hasher.init();
  writer.length = 0;
  writer.ascii("scalable/folder/1");
  for (const member of members) {
    writer.u8(KIND[member.kind]);
    writePath(member.path);
    if (member.kind === "file") {
      writer.u8(isExecutable(member.stat) ? 1 : 0);
      writer.u64(Number(member.stat.size));
      writer.raw(contentOf(member));
    } else if (member.kind === "link") writer.bytes(member.target);
    writer.flushInto(hasher);
  }
  writer.flushInto(hasher, 0);
  return hasher.digest("binary");
}

/** A digest of everything that the system says of the folder's members, contents apart. Never leaves this machine. */
function fingerprintOf(members: readonly Member[]): Uint8Array {
  const hasher = contentHasher();
  hasher.init();
  writer.length = 0;
  for (const member of members) {
    writer.u8(KIND[member.kind]);
    writePath(member.path);
    if (member.kind === "file") {
      const { stat } = member;
      writer.i64(stat.dev);
      writer.i64(stat.ino);
      writer.i64(stat.size);
      writer.i64(stat.mtimeNs);
      writer.i64(stat.ctimeNs);
      writer.u8(isExecutable(stat) ? 1 : 0);
    } else if (member.kind === "link") writer.bytes(member.target);
    writer.flushInto(hasher);
  }
  writer.flushInto(hasher, 0);
  return hasher.digest("binary");
}

function pathOfError(error: Error): string | undefined {
  return "path" in error && typeof error.path === "string" ? error.path : undefined;
}
