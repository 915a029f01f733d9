import fs from "node:fs";
import path from "node:path";
import type { Detail } from "../../identify/detail.ts";
import { observeFile } from "../../identify/file.ts";
import { observeFolder } from "../../identify/folder.ts";
import { toHex } from "../../identify/hasher.ts";
import type { KeyPart } from "../../identify/key.ts";
import { type Leaf, shortDigest } from "../../identify/leaves.ts";
import type { EntryInfo } from "../../store/store.ts";
import type { AskedFiles } from "./asked-files.ts";
import { codePart } from "./cached-code.ts";

/** A file or folder that is part of the key of an entry. */
export interface DataPart {
  /** As it was given to the call. */
  readonly path: string;
  readonly what: "argument" | "input";
  /** Of the argument, with the place in it: `options.weather`. */
  readonly name: string;
  /** Of its content, as the entry has it. */
  readonly digest: string;
}

/** An entry with what of its key was asked for. */
export interface DataEntry {
  readonly key: string;
  readonly functionName: string;
  /** Digest of the detail that says what its code is. */
  readonly code: string | undefined;
  readonly durationMs: number;
  readonly usedAt: number;
  readonly parts: readonly DataPart[];
}

/** A leaf that is the path of a file: `file "data/weather.csv" #Wm3x0Fqz`. */
const FILE_LEAF = /^file ("(?:[^"\\]|\\.)*")(?: (#\S+))?$/;

/** What of an entry's key is one of the files, or a folder with one of them; undefined where nothing is. */
export function dataEntry(
  entry: EntryInfo,
  asked: AskedFiles,
  detailOf: (digest: string) => Detail | undefined,
): DataEntry | undefined {
  const parts = (entry.call?.parts ?? [])
    .flatMap((part) => pathsIn(part, detailOf))
    .filter((part) => isAsked(part, asked));
  if (parts.length === 0) return undefined;
  const { key, functionName, createdAt, lastUsedAt } = entry;
  const durationMs = Math.max(0, entry.durationMs) || 0;
  return {
    key,
    functionName,
    code: codePart(entry)?.detail,
    durationMs,
    usedAt: Math.max(createdAt, lastUsedAt),
    parts,
  };
}

function pathsIn(part: KeyPart, detailOf: (digest: string) => Detail | undefined): DataPart[] {
  const { kind, name, type, digest, preview = "" } = part;
  if (kind === "input") return textIn(preview).map((given) => ({ path: given, what: kind, name: "", digest }));
  if (kind !== "argument") return [];
  if (type === "FileType" || type === "DirType") {
    return textIn(preview).map((given) => ({ path: given, what: kind, name, digest }));
  }
  return leavesOf(part, detailOf).flatMap(([place, text]) => {
    const [, quoted = "", found = ""] = FILE_LEAF.exec(text) ?? [];
    return textIn(quoted).map((given): DataPart => ({ path: given, what: kind, name: name + place, digest: found }));
  });
}

function leavesOf({ leaves, detail }: KeyPart, detailOf: (digest: string) => Detail | undefined): readonly Leaf[] {
  if (leaves !== undefined) return leaves;
  const found = detail === undefined ? undefined : detailOf(detail);
  return found?.kind === "value" ? found.leaves : [];
}

function textIn(quoted: string): string[] {
  try {
    const text: unknown = JSON.parse(quoted);
    return typeof text === "string" ? [text] : [];
  } catch {
    return []; // It is not shown, for one.
  }
}

function isAsked(part: DataPart, asked: AskedFiles): boolean {
  const absolute = path.resolve(part.path);
  // Of a long path only the beginning is kept: rather one entry too many than one too few.
  if (part.path.endsWith("…")) return asked.hasSomeBeginning(absolute.slice(0, -1));
  return asked.covers(absolute) || asked.hasSomeIn(absolute);
}

/** The digest that a file or folder has now, in the form that the part has; undefined where it cannot be read. */
export async function digestNow({ path: given, digest }: DataPart): Promise<string | undefined> {
  try {
    const observe = fs.statSync(given).isDirectory() ? observeFolder : observeFile;
    const now = (await observe(given, undefined)).digest;
    return digest.startsWith("#") ? shortDigest(now) : toHex(now);
  } catch {
    return undefined;
  }
}
