import { ScalableError, systemCode } from "../errors.ts";
import type { FolderMembers } from "./folder-members.ts";

/** A file or folder as it was when it was hashed. */
export interface Observed {
  /** 16 bytes; see docs/formats/key.md. */
  readonly digest: Uint8Array;
  /** What is in a folder, in short. Can be asked once: it may be much, and is not kept. */
  readonly members?: () => FolderMembers;
  /**
   * Whether it has stayed as it was since: the same content, and not rewritten. A file that was changed while it was
   * hashed has not.
   */
  isUnchanged(): Promise<boolean>;
}

/** A system error about a path that a caller gave, said in the caller's terms. */
export function pathError(path: string, error: unknown): ScalableError {
  const code = systemCode(error);
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new ScalableError("E_FILE_NOT_FOUND", `File does not exist: "${path}"`, { path }, error);
  }
  const reason = code === "EACCES" || code === "EPERM" ? "permission denied" : (code ?? String(error));
  return new ScalableError("E_FILE_UNREADABLE", `File cannot be read: "${path}" (${reason})`, { path }, error);
}

export function kindError(path: string, what: string): ScalableError {
  return new ScalableError("E_FILE_KIND", `"${path}" is ${what}.`, { path });
}

/** What a directory entry or file is called in errors. */
export function describeKind(entry: {
  isFIFO(): boolean;
  isSocket(): boolean;
  isCharacterDevice(): boolean;
  isBlockDevice(): boolean;
  isDirectory(): boolean;
}): string {
  if (entry.isDirectory()) return "a folder";
  if (entry.isFIFO()) return "a FIFO, which has no content of its own";
  if (entry.isSocket()) return "a socket, which has no content of its own";
  if (entry.isCharacterDevice() || entry.isBlockDevice()) return "a device, which has no content of its own";
  return "neither a regular file, a folder nor a link";
}
