import { fileURLToPath } from "node:url";
import { observeFile } from "../file.ts";
import { observeFolder } from "../folder.ts";
import type { Observed } from "../observed.ts";
import { notCoercible } from "./constructors.ts";
import type { DeclaredType, Identification, ValueType } from "./type.ts";

/** Type of a path whose content counts: `FileType` or `DirType`. */
export interface PathType extends DeclaredType {
  readonly path: "file" | "folder";
}

function pathType(
  path: "file" | "folder",
  observe: (path: string, memo: Identification["memo"]) => Promise<Observed>,
): PathType & ValueType {
  const tag = path === "file" ? "FileType" : "DirType";
  return {
    path,
    tag,
    coerce(value, site) {
      if (isPath(value)) return value;
      const named = pathOfUrl(value);
      if (isPath(named)) return named;
      throw notCoercible(value, `the path of a ${path} (text, or a file: URL)`, site);
    },
    async identify(value, { memo, observed }, label) {
      const file = await observe(String(value), memo);
      observed.push({ what: `${label} (${String(value)})`, place: label, file });
      return file.digest;
    },
    accepts: isPath,
    result: { form: path },
  };
}

function isPath(value: unknown): value is string {
  return typeof value === "string" && value !== "" && !value.includes("\0");
}

function pathOfUrl(value: unknown): string | undefined {
  try {
    return value instanceof URL && value.protocol === "file:" ? fileURLToPath(value) : undefined;
  } catch {
    return undefined; // a file: URL of another host, say
  }
}

/**
 * Type of a parameter that is the path of a file: its base name and its content count, its place and times do not. As
 * `returnType`, the file that the result names is stored with the result, and a hit restores it.
 */
export const FileType: PathType = pathType("file", observeFile);

/**
 * Type of a parameter that is the path of a folder: the relative paths, kinds, executable bits and contents of all that
 * is in it count. As `returnType`, the folder is stored with the result, and a hit restores it.
 */
export const DirType: PathType = pathType("folder", observeFolder);

/** Type of `Ignore`. */
export interface IgnoreType extends DeclaredType {
  readonly ignored: true;
}

/** Type of a parameter that does not influence the result: it is passed on, and is no part of the key. */
export const Ignore: IgnoreType = {
  tag: "Ignore",
  ignored: true,
  coerce: (value) => value,
  identify: () => new Uint8Array(0),
  accepts: () => true,
  result: { form: "plain" },
} satisfies ValueType as IgnoreType;
