import { lstat, mkdir, opendir } from "node:fs/promises";
import path from "node:path";
import { systemCode } from "../../../../errors.ts";
import type { Job } from "./job.ts";
import { noFolder, notAFolder } from "./trouble.ts";

/** Folders that are remembered: more than a cache of a hundred functions has. */
const MOST = 65_536;

/**
 * The folders below that of a shared cache. Each is looked at once before anything in it is used, so that a symbolic link
 * in its place leads nobody out; one that replaces a folder later is not noticed.
 */
export class Folders {
  readonly root: string;
  readonly #real = new Set<string>();

  constructor(root: string) {
    this.root = root;
  }

  /** The path of a folder; undefined where there is none, or where something else is in its place. */
  async find(parts: readonly string[], job: Job): Promise<string | undefined> {
    const whole = path.join(this.root, ...parts);
    if (this.#real.has(whole)) return whole;
    let folder = this.root;
    for (const part of parts) {
      folder = path.join(folder, part);
      if (!(await this.#isReal(folder, job))) return undefined;
    }
    return whole;
  }

  /** The path of a folder, which is made where it is missing: it, and those above it, but not the root. */
  async make(parts: readonly string[], job: Job): Promise<string> {
    const whole = path.join(this.root, ...parts);
    if (this.#real.has(whole)) return whole;
    let folder = this.root;
    for (const part of parts) {
      const above = folder;
      folder = path.join(folder, part);
      if (await this.#isReal(folder, job)) continue;
      await this.#makeOne(folder, above, job);
      if (!(await this.#isReal(folder, job))) throw notAFolder(folder);
    }
    return whole;
  }

  /** What was seen may no longer be so. */
  forget(): void {
    this.#real.clear();
  }

  /**
   * Makes the client of a network file system ask the server again whether something below a folder is missing, since it
   * answers from memory for up to a minute. Opening a folder and reading from it does that for the folder itself (NFS:
   * close-to-open consistency); only the first names are read, so that this costs a round trip or two, however many there
   * are. Where the folder is missing too, the one above it is read.
   *
   * @throws RemoteError of kind `missing` where the root is not there.
   */
  async refresh(parts: readonly string[], job: Job): Promise<void> {
    for (let depth = parts.length; depth >= 0; depth -= 1) {
      const folder = path.join(this.root, ...parts.slice(0, depth));
      try {
        await job.call(() => glance(folder));
        return;
      } catch (error) {
        if (!isAbsence(error)) throw error;
      }
    }
    throw noFolder(this.root);
  }

  async #isReal(folder: string, job: Job): Promise<boolean> {
    if (this.#real.has(folder)) return true;
    try {
      const stat = await job.call(() => lstat(folder));
      if (stat.isSymbolicLink()) throw notAFolder(folder);
      if (!stat.isDirectory()) return false;
    } catch (error) {
      if (isAbsence(error)) return false;
      throw error;
    }
    if (this.#real.size >= MOST) this.#real.clear();
    this.#real.add(folder);
    return true;
  }

  async #makeOne(folder: string, above: string, job: Job): Promise<void> {
    try {
      await job.call(() => mkdir(folder));
    } catch (error) {
      const code = systemCode(error);
      // Somebody else was faster; or there is something else, which the caller finds out.
      if (code === "EEXIST") return;
      if (code === "ENOTDIR") throw above === this.root ? noFolder(this.root) : notAFolder(above);
      if (code === "ENOENT" && above === this.root) throw noFolder(this.root);
      throw error;
    }
  }
}

/** Whether it says that there is no such file or folder: ENOTDIR where a file has the name of a folder above it. */
export function isAbsence(error: unknown): boolean {
  const code = systemCode(error);
  return code === "ENOENT" || code === "ENOTDIR";
}

async function glance(folder: string): Promise<void> {
  const opened = await opendir(folder);
  try {
    await opened.read();
  } finally {
    await opened.close();
  }
}
