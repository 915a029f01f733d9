import { lstat, readdir, stat } from "node:fs/promises";
import path from "node:path";
import type { ListOptions, ObjectInfo, Page } from "../object-store.ts";
import { afresh } from "./afresh.ts";
import { type Folders, isAbsence } from "./folders.ts";
import type { Job } from "./job.ts";
import { foldersOf, isPart, STAGING } from "./object-name.ts";
import { noFolder } from "./trouble.ts";
import { inOrder, type Names, Walk } from "./walk.ts";

const MOST = 1_000;

/** From so many names on, those of the folder that was read last are kept for the next page. */
const LARGE = 2_000;

/** A folder may have changed again within one tick of the clock that its time of change comes from. */
const TICK_MS = 2_000;

interface Kept {
  readonly folder: string;
  readonly changed: bigint;
  readonly names: Names;
}

export class Listing {
  readonly #folders: Folders;
  #kept: Kept | undefined;

  constructor(folders: Folders) {
    this.#folders = folders;
  }

  page(prefix: string, { after = "", limit = MOST }: ListOptions, job: Job): Promise<Page> {
    const from = foldersOf(prefix)
      .map((part) => `${part}/`)
      .join("");
    const most = Math.min(Math.max(1, limit), MOST);
    return afresh(this.#folders, async () => {
      const walk = new Walk({ from, prefix, after }, (folder) => this.#read(folder, job));
      const objects: ObjectInfo[] = [];
      for (;;) {
        const names = await walk.take(most - objects.length);
        if (names.length === 0) return { objects, more: false };
        // Some may be gone by now: then the page is filled from those that follow.
        objects.push(...(await this.#lookAt(names, job)));
        if (objects.length === most) return { objects, more: (await walk.take(1)).length > 0 };
      }
    });
  }

  async #lookAt(names: readonly string[], job: Job): Promise<ObjectInfo[]> {
    const looks = names.map(async (name): Promise<ObjectInfo | undefined> => {
      try {
        const found = await job.call(() => lstat(path.join(this.#folders.root, name)));
        job.progress(0);
        if (!found.isFile()) return undefined;
        return { name, bytes: found.size, modifiedAt: Math.floor(found.mtimeMs) };
      } catch (error) {
        if (isAbsence(error)) return undefined;
        throw error;
      }
    });
    return (await Promise.all(looks)).filter((found) => found !== undefined);
  }

  async #read(name: string, job: Job): Promise<Names> {
    const parts = name.split("/").slice(0, -1);
    const folder = await this.#folders.find(parts, job);
    if (folder === undefined) {
      // What is below a folder that does not exist is not there; but the root must be.
      await this.#folders.refresh(parts, job);
      return [];
    }
    try {
      const { mtimeNs: changed } = await job.call(() => stat(folder, { bigint: true }));
      if (this.#kept?.folder === folder && this.#kept.changed === changed) return this.#kept.names;
      const found = await namesIn(folder, job);
      const names = inOrder(parts.length === 0 ? found.filter((each) => each !== `${STAGING}/`) : found);
      job.progress(0);
      const settled = Date.now() - Number(changed / 1_000_000n) > TICK_MS;
      if (settled && names.length >= LARGE) this.#kept = { folder, changed, names };
      return names;
    } catch (error) {
      if (!isAbsence(error)) throw error;
      if (parts.length === 0) throw noFolder(this.#folders.root);
      return [];
    }
  }
}

/** The names of objects and of folders of them. What has another form, and links, are not ours. */
async function namesIn(folder: string, job: Job): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await job.call(() => readdir(folder, { withFileTypes: true }))) {
    if (!isPart(entry.name)) continue;
    if (entry.isFile()) names.push(entry.name);
    else if (entry.isDirectory()) names.push(`${entry.name}/`);
  }
  return names;
}
