import fs from "node:fs";
import path from "node:path";
import { toHex } from "../../identify/hasher.ts";
import { Evictor } from "./evict.ts";
import { BLOB, SHARD } from "./layout.ts";
import type { LocalStore } from "./local-store.ts";
import { isAlive, ownerOf } from "./owner.ts";

/** Younger files may belong to an entry that is just being stored. */
const LEFTOVER_AGE_MS = 3_600_000;

/** A file of a store. */
export interface StoredFile {
  readonly file: string;
  readonly bytes: number;
  readonly ageMs: number;
  /** Name of the blob; absent for other files. */
  readonly digest?: string;
}

/**
 * All files below the cache folder that are ours and that no living thread is writing: blobs, what was staged, and
 * indexes that were set aside. What somebody else put there is not among them.
 */
export function listFiles(store: LocalStore): StoredFile[] {
  const found: StoredFile[] = [];
  const add = (file: string, more: Pick<StoredFile, "digest">): void => {
    const stat = fs.statSync(file, { throwIfNoEntry: false });
    if (stat?.isFile() === true) found.push({ file, bytes: stat.size, ageMs: Date.now() - stat.mtimeMs, ...more });
  };
  for (const name of namesIn(store.dir)) {
    if (name.startsWith("cache.db.damaged-")) add(path.join(store.dir, name), {});
    if (!SHARD.test(name)) continue;
    for (const blob of namesIn(path.join(store.dir, name))) {
      if (BLOB.test(blob)) add(path.join(store.dir, name, blob), { digest: name + blob });
    }
  }
  const { staging } = store.connection.layout;
  for (const name of namesIn(staging)) {
    const owner = ownerOf(name);
    if (owner !== undefined && !isAlive(staging, owner)) add(path.join(staging, name), {});
  }
  return found;
}

/** Somebody else may be deleting the folder. */
function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Removes those of these files that nothing refers to and nobody is about to refer to. */
export async function removeLeftovers(store: LocalStore, files: readonly StoredFile[]): Promise<void> {
  const rows = store.connection.read((index) => index.statement("SELECT DISTINCT digest FROM refs").all());
  const referred = new Set(rows.map((row) => toHex(row["digest"] as Uint8Array)));
  const blobs: Uint8Array[] = [];
  for (const { file, digest, ageMs } of files) {
    // What lies in the staging folder here belonged to an owner that is gone.
    if (path.dirname(file) === store.connection.layout.staging) fs.rmSync(file, { force: true });
    else if (ageMs < LEFTOVER_AGE_MS) continue;
    else if (digest === undefined) fs.rmSync(file, { force: true });
    else if (!referred.has(digest)) blobs.push(Buffer.from(digest, "hex"));
  }
  const evictor = new Evictor(store);
  await store.connection.patiently(() => evictor.removeUnreferenced(blobs));
  forgetTheDead(store);
}

/** Removes leases and pins of owners that are gone. They hold nobody up; they only take space. */
function forgetTheDead(store: LocalStore): void {
  const { staging } = store.connection.layout;
  for (const table of ["leases", "pins"]) {
    const rows = store.connection.read((index) => index.statement(`SELECT DISTINCT owner FROM ${table}`).all());
    for (const row of rows) {
      const owner = String(row["owner"]);
      if (!isAlive(staging, owner)) store.connection.run(`DELETE FROM ${table} WHERE owner = ?`, owner);
    }
  }
}
