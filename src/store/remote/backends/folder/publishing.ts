import { link, lstat, open, rename } from "node:fs/promises";
import path from "node:path";
import { systemCode } from "../../../../errors.ts";
import { RemoteError } from "../../remote-error.ts";
import type { Content, PutOptions } from "../object-store.ts";
import { afresh } from "./afresh.ts";
import { renameClaimed } from "./claim.ts";
import { type Folders, isAbsence } from "./folders.ts";
import type { Job } from "./job.ts";
import { partsOf } from "./object-name.ts";
import type { Staged, Staging } from "./staging.ts";

/** How file systems say that they have no hard links, or none between folders. */
const NO_LINKS = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EXDEV"]);

/** How they say that a folder cannot be synced. Most of those of networks then need none: the server has done it. */
const NO_SYNC = new Set(["EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EACCES", "EPERM", "EBADF", "EISDIR"]);

/** Gives complete content its name, in one step: nobody ever sees a part of it under that name. */
export class Publishing {
  readonly #folders: Folders;
  readonly #staging: Staging;

  constructor(folders: Folders, staging: Staging) {
    this.#folders = folders;
    this.#staging = staging;
  }

  async put(name: string, content: Content, when: PutOptions["when"], job: Job): Promise<"stored" | "exists"> {
    const parts = partsOf(name);
    const staged = await afresh(this.#folders, () => this.#staging.write(content, job));
    let outcome: "stored" | "exists" | undefined;
    try {
      outcome = await this.#name(staged, parts, { when, job });
    } finally {
      const renamed = outcome === "stored" && when !== "absent";
      if (!renamed) await this.#discard(staged, job);
    }
    if (outcome === "stored") await syncFolder(path.join(this.#folders.root, ...parts.slice(0, -1)), job);
    return outcome;
  }

  async #discard({ file }: Staged, job: Job): Promise<void> {
    const discarded = this.#staging.discard(file);
    if (!job.signal.aborted) await job.wait(discarded);
  }

  async #name(
    staged: Staged,
    parts: readonly string[],
    { when, job }: { readonly when: PutOptions["when"]; readonly job: Job },
  ): Promise<"stored" | "exists"> {
    for (let attempt = 1; ; attempt += 1) {
      const folder = await this.#folders.make(parts.slice(0, -1), job);
      const place = path.join(folder, parts.at(-1) ?? "");
      try {
        return when === "absent" ? await this.#create(staged, place, job) : await replace(staged, place, job);
      } catch (error) {
        // The folder was removed after it was seen.
        const gone = isAbsence(error) || systemCode(error) === "ESTALE";
        if (!gone || attempt > 1) throw error;
        this.#folders.forget();
      }
    }
  }

  async #create(staged: Staged, place: string, job: Job): Promise<"stored" | "exists"> {
    try {
      await job.call(() => link(staged.file, place));
      return "stored";
    } catch (error) {
      const code = systemCode(error);
      if (code === "EEXIST") return (await isAt(place, staged, job)) ? "stored" : "exists";
      if (code === undefined || !NO_LINKS.has(code)) throw error;
      return await renameClaimed(staged.file, place, { claims: path.dirname(staged.file), job });
    }
  }
}

async function replace(staged: Staged, place: string, job: Job): Promise<"stored"> {
  try {
    await job.call(() => rename(staged.file, place));
  } catch (error) {
    if (systemCode(error) === "EISDIR") {
      throw new RemoteError("unsupported", `${place} is a folder, so that no object can have that name.`, error);
    }
    if (!isAbsence(error) || !(await isAt(place, staged, job))) throw error;
  }
  return "stored";
}

/**
 * Whether a file got its name although the call failed. On NFS, a call whose answer is lost is made again, and then finds
 * that it was done.
 */
async function isAt(place: string, staged: Staged, job: Job): Promise<boolean> {
  try {
    return (await job.call(() => lstat(place, { bigint: true }))).ino === staged.inode;
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}

/** A record may name what was stored before it, so what was stored must not vanish when a machine fails. */
async function syncFolder(folder: string, job: Job): Promise<void> {
  try {
    await job.call(async () => {
      const opened = await open(folder, "r");
      try {
        await opened.sync();
      } finally {
        await opened.close();
      }
    });
  } catch (error) {
    const code = systemCode(error);
    // Nothing to sync where somebody has removed the folder.
    if (code === undefined || !(NO_SYNC.has(code) || isAbsence(error))) throw error;
  }
}
