import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { sqlite, sqliteTrouble } from "../sqlite.ts";

const SUFFIX = ".owner";

/**
 * A thread that computes, as other threads and processes see it: a file in the staging folder with an operating-system
 * lock on it.
 *
 * The lock goes when its holder goes, however that happens, and not before: not when the holder's event loop stands
 * still for half an hour, when the machine sleeps or its clock jumps, and no matter in which container or process it
 * runs. A heartbeat could promise none of these. SQLite does the locking because Node has no file locks of its own; the
 * file stays empty.
 */
export class Owner {
  readonly id: string;
  readonly #file: string;
  readonly #lock: DatabaseSync;

  constructor(staging: string) {
    fs.mkdirSync(staging, { recursive: true });
    for (;;) {
      this.id = `${process.pid}-${randomBytes(8).toString("hex")}`;
      this.#file = ownerFile(staging, this.id);
      const lock = takeNew(this.#file);
      if (lock === undefined) continue;
      this.#lock = lock;
      return;
    }
  }

  /** Whether others can still see that this thread lives. */
  isThere(): boolean {
    return fs.existsSync(this.#file);
  }

  close(): void {
    this.#lock.close();
    fs.rmSync(this.#file, { force: true });
  }
}

/** The lock of a new file; undefined where somebody who clears up saw the file before it was locked. */
function takeNew(file: string): DatabaseSync | undefined {
  try {
    const lock = lockFile(file, 0);
    if (fs.existsSync(file)) return lock;
    lock.close();
  } catch (error) {
    if (sqliteTrouble(error) !== "busy") throw error;
  }
  return undefined;
}

/** Takes the lock of a file, which it creates. Throws SQLite's "busy" where another has it after `timeoutMs`. */
export function lockFile(file: string | URL, timeoutMs: number): DatabaseSync {
  const lock = new (sqlite().DatabaseSync)(file, { timeout: timeoutMs });
  try {
    lock.exec("PRAGMA journal_mode = MEMORY; BEGIN IMMEDIATE");
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** Whether the thread that `id` names still lives. */
export function isAlive(staging: string, id: string): boolean {
  const file = ownerFile(staging, id);
  if (!fs.existsSync(file)) return false;
  // Nobody but the owner may create the file: it takes what it finds in that place for its own.
  const existing = pathToFileURL(file);
  existing.searchParams.set("mode", "rw");
  let lock: DatabaseSync | undefined;
  try {
    lock = lockFile(existing, 0);
  } catch (error) {
    const trouble = sqliteTrouble(error);
    if (trouble === "busy") return true;
    if (trouble === "cannotOpen" && !fs.existsSync(file)) return false;
    // An owner's file is empty; somebody else wrote into this one.
    if (trouble !== "notADatabase") throw error;
  }
  // Removed before it is unlocked: whoever takes the lock after that sees that the file is gone.
  removeIfPossible(file);
  lock?.close();
  removeIfPossible(file);
  return false;
}

/** Windows removes no file that is open. One that stays is removed by the next who looks. */
function removeIfPossible(file: string): void {
  try {
    fs.rmSync(file, { force: true });
  } catch (error) {
    if (process.platform !== "win32") throw error;
  }
}

function ownerFile(staging: string, id: string): string {
  return path.join(staging, `${id}${SUFFIX}`);
}

/** The owner that a file of the staging folder stands for or belongs to; undefined for files that are not ours. */
export function ownerOf(name: string): string | undefined {
  return /^(\d+-[0-9a-f]{16})\.(?:owner|\d+\.tmp)$/.exec(name)?.[1];
}
