import { unlink } from "node:fs/promises";
import path from "node:path";
import { systemCode } from "../../../../errors.ts";
import type { FolderLocation } from "../../../../remote-location.ts";
import type { Content, ListOptions, ObjectInfo, ObjectStore, Operation, Page, PutOptions } from "../object-store.ts";
import { checkFolder } from "./check.ts";
import { Folders, isAbsence } from "./folders.ts";
import { Job } from "./job.ts";
import { Listing } from "./listing.ts";
import { partsOf } from "./object-name.ts";
import { Publishing } from "./publishing.ts";
import { Reading } from "./reading.ts";
import { Staging } from "./staging.ts";
import { troubleOf } from "./trouble.ts";

/** How many operations are worth having under way; system calls of all of them take turns. */
const CONCURRENCY = 16;

/**
 * Objects as files of a folder that several machines have mounted (NFS, Lustre, GPFS and the like). It takes nothing but
 * creating, syncing, renaming, linking and reading files: no locks and no database, which such file systems do not do
 * reliably.
 */
export function openFolder(location: FolderLocation): Promise<ObjectStore> {
  return Promise.resolve(new FolderStore(location));
}

class FolderStore implements ObjectStore {
  readonly url: string;
  readonly concurrency = CONCURRENCY;
  readonly #location: FolderLocation;
  readonly #folders: Folders;
  readonly #staging: Staging;
  readonly #reading: Reading;
  readonly #publishing: Publishing;
  readonly #listing: Listing;
  #swept = false;

  constructor(location: FolderLocation) {
    this.url = location.url;
    this.#location = location;
    this.#folders = new Folders(location.folder);
    this.#staging = new Staging(this.#folders);
    this.#reading = new Reading(this.#folders);
    this.#publishing = new Publishing(this.#folders, this.#staging);
    this.#listing = new Listing(this.#folders);
  }

  check(operation: Operation): Promise<void> {
    return this.#run(operation, async (job) => {
      await checkFolder(this.#location, this.#folders, job);
      if (this.#swept || this.#location.mode === "read") return;
      this.#swept = true;
      await this.#staging.sweep(job);
    });
  }

  get(name: string, most: number, operation: Operation): Promise<Uint8Array | undefined> {
    return this.#run(operation, (job) => this.#reading.get(name, most, job));
  }

  download(name: string, file: string, operation: Operation): Promise<number | undefined> {
    return this.#run(operation, (job) => this.#reading.download(name, file, job));
  }

  head(name: string, operation: Operation): Promise<ObjectInfo | undefined> {
    return this.#run(operation, (job) => this.#reading.head(name, job));
  }

  put(
    name: string,
    content: Content,
    { when, operation }: PutOptions & { readonly operation: Operation },
  ): Promise<"stored" | "exists"> {
    return this.#run(operation, (job) => this.#publishing.put(name, content, when, job));
  }

  list(prefix: string, { operation, ...options }: ListOptions & { readonly operation: Operation }): Promise<Page> {
    return this.#run(operation, (job) => this.#listing.page(prefix, options, job));
  }

  delete(names: readonly string[], operation: Operation): Promise<void> {
    return this.#run(operation, async (job) => {
      const places = names.map((name) => partsOf(name));
      await Promise.all(places.map((parts) => this.#remove(parts, job)));
    });
  }

  close(): void {
    this.#folders.forget();
  }

  /** Folders that become empty stay: somebody may be about to write into them. */
  async #remove(parts: readonly string[], job: Job): Promise<void> {
    try {
      const folder = await this.#folders.find(parts.slice(0, -1), job);
      if (folder === undefined) return;
      await job.call(() => unlink(path.join(folder, parts.at(-1) ?? "")));
    } catch (error) {
      // A folder of that name is no object.
      if (!isAbsence(error) && systemCode(error) !== "EISDIR") throw error;
    } finally {
      job.progress(0);
    }
  }

  #run<T>(operation: Operation, task: (job: Job) => Promise<T>): Promise<T> {
    return Job.run(operation, (error) => troubleOf(error, this.#location), task);
  }
}
