import { createHash, randomBytes } from "node:crypto";
import { lstat, open, rename, unlink } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { systemCode } from "../../../../errors.ts";
import { isAbsence } from "./folders.ts";
import type { Job } from "./job.ts";
import { inBackground } from "./system-calls.ts";

const LOOK_AGAIN_MS = 20;

/** Who holds a claim renames one file. One who has not done so for that long is taken to be dead. */
const DEAD_MS = 10_000;

/**
 * Renames a complete file to a name that nothing has yet, on a file system without hard links, where no system call does
 * that: whoever creates the claim of a name may use the name.
 *
 * Rejected: to create the final name exclusively and then fill it, since readers would see a part of it.
 *
 * A reader sees complete content or none, always. That only one of several writers is told `stored` holds as long as no
 * holder dies or stands still for {@link DEAD_MS} between two system calls.
 */
export async function renameClaimed(
  staged: string,
  place: string,
  { claims, job }: { readonly claims: string; readonly job: Job },
): Promise<"stored" | "exists"> {
  const claim = path.join(claims, `${createHash("sha256").update(place).digest("hex").slice(0, 40)}.claim`);
  let seen: { readonly inode: bigint; readonly since: number } | undefined;
  for (;;) {
    if ((await inodeOf(place, job)) !== undefined) return "exists";
    if (await take(claim, job)) return await renameAndRelease(staged, place, { claim, job });
    const inode = await inodeOf(claim, job);
    const now = performance.now();
    if (inode === undefined) continue;
    if (seen?.inode !== inode) seen = { inode, since: now };
    if (now - seen.since > DEAD_MS) await setAside(claim, job);
    await pause(LOOK_AGAIN_MS, undefined, { signal: job.signal });
  }
}

async function renameAndRelease(
  staged: string,
  place: string,
  { claim, job }: { readonly claim: string; readonly job: Job },
): Promise<"stored" | "exists"> {
  try {
    if ((await inodeOf(place, job)) !== undefined) return "exists";
    await job.call(() => rename(staged, place));
    return "stored";
  } finally {
    await job.wait(inBackground(() => unlink(claim)));
  }
}

async function take(claim: string, job: Job): Promise<boolean> {
  try {
    const opened = await job.call(
      () => open(claim, "wx"),
      (late) => void inBackground(() => late.close().finally(() => unlink(claim))),
    );
    await job.wait(inBackground(() => opened.close()));
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** By rename, which only one of those who find the claim dead can do. */
async function setAside(claim: string, job: Job): Promise<void> {
  const aside = `${claim}.${randomBytes(8).toString("hex")}`;
  try {
    await job.call(() => rename(claim, aside));
  } catch (error) {
    if (!isAbsence(error)) throw error;
  }
  await job.wait(inBackground(() => unlink(aside)));
}

async function inodeOf(file: string, job: Job): Promise<bigint | undefined> {
  try {
    return (await job.call(() => lstat(file, { bigint: true }))).ino;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}
