import { messageOf, systemCode } from "../../../../errors.ts";
import type { FolderLocation } from "../../../../remote-location.ts";
import { RemoteError, type RemoteTrouble } from "../../remote-error.ts";

type Told = readonly [RemoteTrouble, (folder: string) => string];

const FORBIDDEN: Told = [
  "forbidden",
  (folder) =>
    `${whoWeAre()} may not do this. Where a team writes to it, all of ${folder} should belong to a group of theirs and be ` +
    "writable for it (chgrp -R, chmod -R g+rwXs), and their umask be 002; add ?mode=read where only reading is meant",
];

const SILENT: Told = [
  "unreachable",
  () => "the file system does not answer properly: look at its mount and its server",
];

const TOLD: Readonly<Record<string, Told>> = {
  EACCES: FORBIDDEN,
  EPERM: FORBIDDEN,
  EROFS: [
    "forbidden",
    () => "the file system is mounted read-only: mount it for writing, or add ?mode=read to the URL",
  ],
  ENOSPC: ["other", () => "the file system is full: make room there"],
  EDQUOT: ["other", () => "the quota is used up: make room there, or ask for more"],
  EMFILE: ["other", () => "this process has too many files open: raise its limit (ulimit -n)"],
  ENFILE: ["other", () => "this machine has too many files open"],
  ELOOP: ["damaged", () => "a symbolic link is in the way: objects are plain files in folders of their own"],
  ENAMETOOLONG: ["unsupported", () => "the file system takes no name of that length"],
  ETIMEDOUT: SILENT,
  EIO: SILENT,
  ESTALE: SILENT,
  EHOSTDOWN: SILENT,
  EHOSTUNREACH: SILENT,
  ENOTCONN: SILENT,
  ECONNREFUSED: SILENT,
  ECONNRESET: SILENT,
  ESHUTDOWN: SILENT,
};

/** What a system call on the folder failed with, as an error of the remote. Anything else is passed on. */
export function troubleOf(error: unknown, { url, folder }: FolderLocation): unknown {
  if (!(error instanceof Error && "syscall" in error)) return error;
  const told = TOLD[systemCode(error) ?? ""];
  if (told === undefined)
    return new RemoteError("other", `The shared cache ${url} failed: ${messageOf(error)}.`, error);
  const [trouble, advice] = told;
  return new RemoteError(trouble, `The shared cache ${url} failed (${messageOf(error)}): ${advice(folder)}.`, error);
}

/**
 * The folder itself is not there. It is never made: below a mount point without its file system, that would fill the
 * disk of this machine with what nobody else sees.
 */
export function noFolder(folder: string): RemoteError {
  return new RemoteError(
    "missing",
    `The folder of the shared cache, ${folder}, does not exist: mount the file system that it is on, or create it once ` +
      "(mkdir).",
  );
}

/** Something else has the name of a folder. */
export function notAFolder(place: string): RemoteError {
  return new RemoteError("damaged", `${place} is not a folder, but must be one in a shared cache: remove it.`);
}

function whoWeAre(): string {
  const user = process.geteuid?.();
  return user === undefined ? "this user" : `this user (uid ${user})`;
}
