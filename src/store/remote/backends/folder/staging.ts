import { randomBytes } from "node:crypto";
import { lstat, open, opendir, unlink } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { ScalableError, systemCode } from "../../../../errors.ts";
import type { Content } from "../object-store.ts";
import { type Folders, isAbsence } from "./folders.ts";
import type { Job } from "./job.ts";
import { STAGING } from "./object-name.ts";
import { SharedFile } from "./shared-file.ts";
import { inBackground } from "./system-calls.ts";

const PIECE_BYTES = 2 * 1024 * 1024;

/**
 * After so many bytes they are brought to the server, and the caller sees progress. Otherwise all of a large file would
 * land in memory at once, and then seem to stand still until the last byte is safe.
 */
const SYNC_BYTES = 64 * 1024 * 1024;

/** What nobody has written to for so long was left by a process that is gone. */
const STALE_MS = 86_400_000;

/** How many files one sweep looks at, so that it costs little. The next one goes on. */
const SWEPT = 256;

const HOST = os
  .hostname()
  .replaceAll(/[^A-Za-z0-9]/g, "-")
  .slice(0, 100);

/** Names of what is staged, and of claims. */
const LEFT = /^(?:[A-Za-z0-9-]+\.\d+\.[0-9a-f]+\.tmp|[0-9a-f]+\.claim(?:\.[0-9a-f]+)?)$/;

/** A complete file that has no name yet. */
export interface Staged {
  readonly file: string;
  readonly inode: bigint;
}

/** Content on its way: written and synced under a temporary name, which tells the host and process that write it. */
export class Staging {
  readonly #folders: Folders;

  constructor(folders: Folders) {
    this.#folders = folders;
  }

  async write(content: Content, job: Job): Promise<Staged> {
    const { file, opened } = await this.#create(job);
    try {
      try {
        await fill(opened, content, job);
        const { ino } = await opened.stat();
        return { file, inode: ino };
      } finally {
        await opened.close();
      }
    } catch (error) {
      const discarded = this.discard(file);
      if (!job.signal.aborted) await job.wait(discarded);
      throw error;
    }
  }

  discard(file: string): Promise<void> {
    return inBackground(() => unlink(file));
  }

  /**
   * Removes what processes that are gone have left. Ages are taken from the folder's own time of change, that of the last
   * file which was created or removed, so that no two clocks are compared.
   */
  async sweep(job: Job): Promise<void> {
    const folder = await this.#folders.find([STAGING], job);
    if (folder === undefined) return;
    const { mtimeMs: now } = await job.call(() => lstat(folder));
    for (const name of await job.call(() => someNames(folder))) {
      if (!LEFT.test(name) || isWrittenHere(name)) continue;
      const file = path.join(folder, name);
      try {
        const { mtimeMs } = await job.call(() => lstat(file));
        if (now - mtimeMs > STALE_MS) await job.call(() => unlink(file));
      } catch (error) {
        // Others sweep too; and what this user may not remove, its owner can.
        if (job.signal.aborted) throw error;
      }
      job.progress(0);
    }
  }

  async #create(job: Job): Promise<{ readonly file: string; readonly opened: SharedFile }> {
    for (let attempt = 1; ; attempt += 1) {
      const name = `${HOST}.${process.pid}.${randomBytes(8).toString("hex")}.tmp`;
      const file = path.join(await this.#folders.make([STAGING], job), name);
      try {
        return { file, opened: await SharedFile.open(file, "wx", { job, onLate: () => this.discard(file) }) };
      } catch (error) {
        // The folder was removed after it was seen.
        if (!isAbsence(error) || attempt > 1) throw error;
        this.#folders.forget();
      }
    }
  }
}

/** Whether a process of this machine, which lives, writes a file. Of processes elsewhere only the age of their files tells. */
function isWrittenHere(name: string): boolean {
  const [host, pid] = name.split(".");
  if (host !== HOST) return false;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return systemCode(error) === "EPERM";
  }
}

async function someNames(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of await opendir(folder, { bufferSize: SWEPT })) {
    names.push(name);
    if (names.length >= SWEPT) break;
  }
  return names;
}

async function fill(file: SharedFile, content: Content, job: Job): Promise<void> {
  let unsynced = 0;
  for await (const piece of piecesOf(content, job)) {
    await file.append(piece);
    job.progress(piece.length);
    unsynced += piece.length;
    if (unsynced < SYNC_BYTES) continue;
    await file.sync();
    unsynced = 0;
  }
  await file.sync();
  job.progress(0);
}

async function* piecesOf(content: Content, job: Job): AsyncGenerator<Uint8Array> {
  if (content instanceof Uint8Array) {
    for (let at = 0; at < content.length; at += PIECE_BYTES) yield content.subarray(at, at + PIECE_BYTES);
    return;
  }
  const source = await job.elsewhere(() => open(content.file, "r"));
  try {
    let bytes = 0;
    for (;;) {
      // A buffer of its own for each piece: an abandoned write may still read from it.
      const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, content.bytes + 1 - bytes));
      const { bytesRead } = await job.elsewhere(() => source.read(piece, 0, piece.length));
      bytes += bytesRead;
      if (bytesRead === 0 || bytes > content.bytes) break;
      yield piece.subarray(0, bytesRead);
    }
    if (bytes !== content.bytes) {
      throw new ScalableError("E_CACHE", `${content.file} changed while it was copied: it had ${content.bytes} bytes.`);
    }
  } finally {
    await source.close();
  }
}
