import fs, { type Dirent } from "node:fs";
import { setImmediate as yieldToOthers } from "node:timers/promises";
import { describeKind, kindError } from "./observed.ts";
import { StampList } from "./stamps.ts";

/** A path within a folder; a `Buffer` where a name on it is not UTF-8. */
export type RelativePath = string | Buffer;

/** One member of a folder, at any depth. Members come in the order of docs/formats/key.md. */
export type Member =
  | {
      readonly kind: "file";
      readonly path: RelativePath;
      /** Its place among the files of the listing, and so among their stamps. */
      readonly place: number;
    }
  | { readonly kind: "folder"; readonly path: RelativePath }
  | { readonly kind: "link"; readonly path: RelativePath; readonly target: Buffer };

export type FileMember = Extract<Member, { kind: "file" }>;

export interface Listing {
  readonly members: readonly Member[];
  /** The metadata of the files, in their order. */
  readonly stamps: StampList;
}

const SYNC_ENTRIES = 4_000;

/**
 * Lists what is in a folder. Lets other work of the thread in between, every few thousand entries.
 *
 * @param onFile - told of each file as soon as it is known. It is then for whoever asked to look at the file: the listing
 * does not, and its `stamps` say nothing yet.
 * @throws ScalableError with `E_FILE_KIND` for a FIFO, socket or device; the system's error for what cannot be read.
 */
export async function listFolder(
  root: string,
  onFile?: (file: FileMember, stamps: StampList) => void,
): Promise<Listing> {
  const members: Member[] = [];
  const stamps = new StampList();
  const open: { prefix: RelativePath; entries: readonly Dirent<string | Buffer>[]; at: number }[] = [];
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
    const path = joinPath(top.prefix, entry.name);
    if (entry.isFile()) {
      const file = { kind: "file", path, place: stamps.add() } as const;
      members.push(file);
      if (onFile === undefined) stamps.set(file.place, fs.lstatSync(joinPath(root, path), { bigint: true }));
      else onFile(file, stamps);
    } else if (entry.isDirectory()) {
      members.push({ kind: "folder", path });
      open.push({ prefix: path, entries: readNames(root, path), at: 0 });
    } else if (entry.isSymbolicLink()) {
      members.push({ kind: "link", path, target: fs.readlinkSync(joinPath(root, path), { encoding: "buffer" }) });
    } else throw kindError(String(joinPath(root, path)), describeKind(entry));
  }
  return { members, stamps };
}

/** Entries of one folder, sorted by the bytes of their names. */
function readNames(root: string, relative: RelativePath): readonly Dirent<string | Buffer>[] {
  const folder = relative.length === 0 ? root : joinPath(root, relative);
  const entries = fs.readdirSync(folder, { withFileTypes: true });
  // What is not UTF-8 is decoded with replacement characters, which do not lead back to the file.
  if (Buffer.isBuffer(relative) || entries.some((entry) => entry.name.includes("\ufffd"))) {
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
