import { randomBytes } from "node:crypto";
import fs from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { sameDigest } from "../identify/content.ts";
import { contentOf, readContent } from "../identify/file.ts";
import { listFolder, type Member } from "../identify/folder-listing.ts";
import { toHex } from "../identify/hasher.ts";
import type { DigestMemo } from "../identify/memo.ts";
import { isExecutable } from "../identify/stamps.ts";
import type { ValueType } from "../identify/types/type.ts";
import { warnOnce } from "../log.ts";
import type { Captured, CapturedMember } from "./capture.ts";
import type { Blobs } from "./local/blobs.ts";
import { checkInside, outputBase, relativeInside } from "./output-path.ts";

export type CapturedFiles = readonly Captured[];

interface CaptureContext {
  /** What becomes of a file's content. */
  readonly take: (file: string) => Promise<Content>;
  /** Folder that results must lie in; the working directory where it is undefined. */
  readonly outputDir: string | undefined;
}

interface Content {
  readonly digest: string;
  readonly bytes: number;
}

/**
 * Copies into the store what a result names as `FileType` or `DirType`.
 *
 * @throws Error that says why where it cannot be captured; nothing is stored then.
 */
export function captureResult(
  type: ValueType,
  value: unknown,
  { blobs, outputDir }: { readonly blobs: Blobs; readonly outputDir: string | undefined },
): Promise<Captured[]> {
  return captureAll(type, value, { take: (file) => store(file, blobs), outputDir });
}

/** What would be captured of a result. Stores nothing; throws as `captureResult` does. */
export function describeResult(type: ValueType, value: unknown, outputDir: string | undefined): Promise<Captured[]> {
  return captureAll(type, value, { take: digestOf, outputDir });
}

async function captureAll(type: ValueType, value: unknown, context: CaptureContext): Promise<Captured[]> {
  const captured: Captured[] = [];
  for (const { at, kind, path: named } of pathsIn(type, value, [])) {
    captured.push(await captureOne({ at, kind, named }, context));
  }
  return captured;
}

/** A path that a result names. */
export interface NamedPath {
  readonly at: readonly (string | number)[];
  readonly kind: "file" | "folder";
  readonly path: string;
}

/** The paths that a result names, by its type. */
export function pathsIn({ result }: ValueType, value: unknown, at: readonly (string | number)[] = []): NamedPath[] {
  if (result.form === "file" || result.form === "folder") return [{ at, kind: result.form, path: String(value) }];
  if (result.form === "list" && Array.isArray(value)) {
    return value.flatMap((member: unknown, place) => pathsIn(result.member, member, [...at, place]));
  }
  if (result.form === "parts" && typeof value === "object" && value !== null) {
    const record = value as Readonly<Record<string, unknown>>;
    return [...result.parts].flatMap(([name, part]) => pathsIn(part, record[name], [...at, name]));
  }
  return [];
}

async function captureOne(
  { at, kind, named }: { at: NamedPath["at"]; kind: NamedPath["kind"]; named: string },
  { take, outputDir }: CaptureContext,
): Promise<Captured> {
  const base = outputBase(outputDir);
  const absolute = path.resolve(named);
  const relative = relativeInside(base, absolute);
  checkName(relative);
  const stat = fs.lstatSync(absolute, { bigint: true });
  const members: CapturedMember[] = [];
  if (kind === "file") {
    if (!stat.isFile()) throw new Error(`"${named}" is not a regular file`);
    members.push({ kind: "file", path: "", executable: isExecutable(stat), ...(await take(absolute)) });
  } else {
    if (!stat.isDirectory()) throw new Error(`"${named}" is not a folder`);
    const listing = await listFolder(absolute);
    for (const member of listing.members) {
      const executable = member.kind === "file" && listing.stamps.isExecutableAt(member.place);
      members.push(await captureMember(absolute, { member, executable }, take));
    }
  }
  return { at, kind, path: relative, absolute: path.isAbsolute(named), members };
}

async function captureMember(
  folder: string,
  { member, executable }: { readonly member: Member; readonly executable: boolean },
  take: CaptureContext["take"],
): Promise<CapturedMember> {
  if (typeof member.path !== "string") throw new Error(`"${folder}" holds a name that is not UTF-8`);
  checkName(member.path);
  const file = path.join(folder, member.path);
  if (member.kind === "folder") return { kind: "folder", path: member.path };
  if (member.kind === "file") {
    return { kind: "file", path: member.path, executable, ...(await take(file)) };
  }
  const target = member.target.toString("utf8");
  if (!member.target.equals(Buffer.from(target))) throw new Error(`the target of the link "${file}" is not UTF-8`);
  if (!staysInside(member.path, target)) throw new Error(`the link "${file}" leads out of the folder (to "${target}")`);
  return { kind: "link", path: member.path, target };
}

/** What is refused when it is restored is not captured. */
function checkName(name: string): void {
  if (name.includes("\\")) throw new Error(`there is a backslash in the name of "${name}"`);
}

/**
 * Whether a link within a folder leads to a place within it. `..` may only come first in its text: after a name, which
 * can be that of another link, it would lead to the parent of wherever that leads.
 */
function staysInside(link: string, target: string): boolean {
  if (target === "" || path.isAbsolute(target) || /[\0\\]/.test(target)) return false;
  const parts = target.split("/").filter((part) => part !== "" && part !== ".");
  const up = parts.findIndex((part) => part !== "..");
  const climbs = up < 0 ? parts.length : up;
  return climbs < link.split("/").length && !parts.slice(climbs).includes("..");
}

/** Copies a file into the store. Its digest is that of the copy, whatever happens to the file meanwhile. */
async function store(file: string, blobs: Blobs): Promise<Content> {
  const staged = blobs.stagingFile();
  try {
    await copyContent(file, staged, { executable: false });
    const { digest, stat, steady } = await readContent(staged);
    if (!steady) throw new Error(`"${file}" changed while it was stored`);
    const bytes = Number(stat.size);
    if (blobs.has(digest, bytes)) fs.rmSync(staged);
    else {
      await sync(staged);
      blobs.adopt(staged, digest);
    }
    return { digest: toHex(digest), bytes };
  } catch (error) {
    fs.rmSync(staged, { force: true });
    throw error;
  }
}

async function digestOf(file: string): Promise<Content> {
  const { digest, stat, steady } = await readContent(file);
  if (!steady) throw new Error(`"${file}" changed while it was read`);
  return { digest: toHex(digest), bytes: Number(stat.size) };
}

/** Copies into a new file, which gets the permissions that any new file gets here: those of `from` are not kept. */
async function copyContent(from: string, to: string, { executable }: { readonly executable: boolean }): Promise<void> {
  const file = await open(to, "wx", executable ? 0o777 : 0o666);
  try {
    const { mode } = await file.stat();
    await fs.promises.copyFile(from, to, fs.constants.COPYFILE_FICLONE);
    await file.chmod(mode & 0o777);
  } finally {
    await file.close();
  }
}

async function sync(file: string): Promise<void> {
  const handle = await open(file, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

interface RestoreContext {
  readonly captured: readonly Captured[];
  readonly blobs: Blobs;
  readonly memo: DigestMemo | undefined;
  readonly outputDir: string | undefined;
}

/**
 * Puts captured files and folders back where they are missing or changed, and returns the result with their paths.
 *
 * Nothing is written outside of the output folder, whatever the entry says.
 *
 * @throws Error where the entry names a place outside, or its content is damaged.
 */
export async function restoreCaptured(value: unknown, context: RestoreContext): Promise<unknown> {
  const base = outputBase(context.outputDir);
  let result = value;
  for (const captured of context.captured) {
    const place = checkInside(base, captured.path);
    if (captured.kind === "file") await restoreFile(place, fileOf(captured), context);
    else await restoreFolder(place, captured.members, context);
    result = replaceAt(result, captured.at, (named) => nameOf(place, captured, named));
  }
  return result;
}

/** What the result calls a place: as it did when it was stored, where that still leads there. */
function nameOf(place: string, { absolute }: Captured, named: unknown): string {
  if (typeof named === "string" && path.isAbsolute(named) === absolute) {
    const resolved = path.resolve(named);
    const parent = fs.realpathSync.native(path.dirname(place));
    if (path.basename(resolved) === path.basename(place) && isFolder(path.dirname(resolved), parent)) return named;
  }
  return absolute ? place : path.relative(process.cwd(), place);
}

function isFolder(folder: string, real: string): boolean {
  try {
    return fs.realpathSync.native(folder) === real;
  } catch {
    return false;
  }
}

type FileMember = Extract<CapturedMember, { kind: "file" }>;

function fileOf({ members, path: named }: Captured): FileMember {
  const [file] = members;
  if (file?.kind !== "file") throw new Error(`the entry of "${named}" names no content`);
  return file;
}

/** Writes a file by rename, unless it is there with this content and executable bit already. */
async function restoreFile(place: string, file: FileMember, context: RestoreContext): Promise<void> {
  const stat = fs.lstatSync(place, { throwIfNoEntry: false, bigint: true });
  if (stat?.isDirectory() === true) throw new Error(`"${place}" is a folder now`);
  if (stat?.isFile() === true && Number(stat.size) === file.bytes && isExecutable(stat) === file.executable) {
    if (await hasContent(place, file, context.memo)) return;
  }
  const temporary = temporaryBeside(place);
  try {
    await writeCopy(temporary, file, context.blobs);
    fs.renameSync(temporary, place);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

async function hasContent(place: string, file: FileMember, memo: DigestMemo | undefined): Promise<boolean> {
  try {
    const content = await contentOf(place, place, memo);
    return content.steady && sameDigest(content.digest, Buffer.from(file.digest, "hex"));
  } catch {
    return false; // Deleted in this moment, or not to be read: it is replaced.
  }
}

/** A checked copy of a blob. Never a hard link: whoever changed the file would change the store. */
async function writeCopy(to: string, file: FileMember, blobs: Blobs): Promise<void> {
  const digest = Buffer.from(file.digest, "hex");
  if (!fs.existsSync(blobs.pathOf(digest))) throw new Error("the stored content is missing");
  await copyContent(blobs.pathOf(digest), to, { executable: file.executable });
  const copy = await readContent(to);
  if (!sameDigest(copy.digest, digest)) {
    blobs.remove(digest);
    throw new Error("the stored content is damaged");
  }
}

const TEMPORARY = /(?:^|\/)\.scalable-[0-9a-f]{16}\.tmp$/;
/** Younger ones may be those of another thread or process that restores the same folder. */
const TEMPORARY_AGE_MS = 3_600_000;

/** No longer than any other name can be, and no other thread's. */
function temporaryBeside(place: string): string {
  return path.join(path.dirname(place), `.scalable-${randomBytes(8).toString("hex")}.tmp`);
}

async function restoreFolder(
  place: string,
  members: readonly CapturedMember[],
  context: RestoreContext,
): Promise<void> {
  for (const member of members) {
    checkRelative(member.path);
    if (member.kind === "link" && !staysInside(member.path, member.target)) {
      throw new Error(`the link "${member.path}" leads out of the folder`);
    }
  }
  for (let attempt = 1; ; attempt += 1) {
    try {
      const stat = fs.lstatSync(place, { throwIfNoEntry: false });
      if (stat === undefined) return await writeNewFolder(place, members, context);
      if (!stat.isDirectory()) throw new Error(`"${place}" is not a folder now`);
      await setAsideStrangers(place, members);
      for (const member of members) await writeMember(place, member, context);
      return;
    } catch (error) {
      // Another thread or process restored the folder at the same time, and was first.
      const met = ["ENOENT", "EEXIST", "ENOTEMPTY"].includes((error as NodeJS.ErrnoException).code ?? "");
      if (!met || attempt === ATTEMPTS) throw error;
    }
  }
}

const ATTEMPTS = 20;

/** A folder that is not there yet appears complete or not at all. */
async function writeNewFolder(
  place: string,
  members: readonly CapturedMember[],
  context: RestoreContext,
): Promise<void> {
  const temporary = temporaryBeside(place);
  try {
    fs.mkdirSync(temporary);
    for (const member of members) await writeMember(temporary, member, context);
    fs.renameSync(temporary, place);
  } catch (error) {
    fs.rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
}

function checkRelative(relative: string): void {
  const unsafe = relative === "" || path.isAbsolute(relative) || relative.includes("\0") || relative.includes("\\");
  const parts = relative.split("/");
  if (unsafe || parts.some((part) => part === "" || part === "." || part === "..")) {
    throw new Error(`the entry names a place outside of its folder ("${relative}")`);
  }
}

async function writeMember(folder: string, member: CapturedMember, context: RestoreContext): Promise<void> {
  const place = path.join(folder, ...member.path.split("/"));
  // Members come in the order of a walk, so each parent was written before its members. None may be, or lie behind, a link.
  const parent = path.dirname(place);
  if (fs.realpathSync(parent) !== parent) throw new Error(`the entry writes through a link ("${parent}")`);
  if (member.kind === "folder") {
    if (fs.lstatSync(place, { throwIfNoEntry: false }) === undefined) fs.mkdirSync(place);
  } else if (member.kind === "file") await restoreFile(place, member, context);
  else {
    const existing = fs.lstatSync(place, { throwIfNoEntry: false });
    if (existing?.isSymbolicLink() === true && fs.readlinkSync(place) === member.target) return;
    const temporary = temporaryBeside(place);
    fs.symlinkSync(member.target, temporary);
    fs.renameSync(temporary, place);
  }
}

/** Moves what is not part of the captured folder, or is of another kind there, to a folder beside it: nothing is lost. */
async function setAsideStrangers(place: string, members: readonly CapturedMember[]): Promise<void> {
  const kinds = new Map(members.map((member) => [member.path, member.kind]));
  const strangers: string[] = [];
  for (const member of (await listFolder(place)).members) {
    const name = String(member.path);
    if (TEMPORARY.test(name)) {
      removeIfOld(path.join(place, name));
      continue;
    }
    if (strangers.some((stranger) => name.startsWith(`${stranger}/`))) continue;
    if (kinds.get(name) !== member.kind) strangers.push(name);
  }
  if (strangers.length === 0) return;
  const aside = `${place}.displaced-${new Date().toISOString().replace(/[:.]/g, "-")}`;
  for (const stranger of strangers) {
    fs.mkdirSync(path.dirname(path.join(aside, stranger)), { recursive: true });
    fs.renameSync(path.join(place, stranger), path.join(aside, stranger));
  }
  warnOnce(
    place,
    "displaced",
    `"${place}" held ${strangers.length} files or folders that are not part of the stored result. They are in "${aside}" now.`,
  );
}

/** What a process that was killed while it restored a file has left. */
function removeIfOld(temporary: string): void {
  const stat = fs.lstatSync(temporary, { throwIfNoEntry: false });
  if (stat !== undefined && Date.now() - stat.mtimeMs > TEMPORARY_AGE_MS) fs.rmSync(temporary, { force: true });
}

/** The value with something else at a place in it, which is changed there. */
export function replaceAt(
  value: unknown,
  at: readonly (string | number)[],
  replacement: (former: unknown) => unknown,
): unknown {
  const [first, ...rest] = at;
  if (first === undefined) return replacement(value);
  const container = value as Record<string | number, unknown>;
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, first)) {
    throw new Error(`the entry names a file at "${String(first)}", which is no part of the result`);
  }
  container[first] = replaceAt(container[first], rest, replacement);
  return container;
}
