import fs from "node:fs";
import path from "node:path";
import { sameDigest } from "../../identify/content.ts";
import { readContent } from "../../identify/file.ts";
import { toHex } from "../../identify/hasher.ts";
import type { Problem, ProblemKind, VerifyReport } from "../store.ts";
import { hasDamage } from "./database.ts";
import { entryId } from "./entry-id.ts";
import { listFiles, removeLeftovers } from "./leftovers.ts";
import type { LocalStore } from "./local-store.ts";
import { blobsOf, claimedDigest, type Entry, readRecord } from "./row.ts";

const PAGE = 200;

interface Row {
  readonly id: number;
  readonly key: string;
  readonly function: string;
  readonly record: unknown;
}

/** Reads and checks the whole store. */
export async function verifyStore(store: LocalStore, mode: "report" | "repair"): Promise<VerifyReport> {
  const problems: Problem[] = [];
  const index = store.connection.probe();
  if (index.state === "foreign" || index.state === "future" || index.state === "unusable") {
    const kind: ProblemKind =
      index.state === "foreign" ? "foreign-index" : index.state === "future" ? "future-layout" : "index-damaged";
    problems.push({ kind, path: "cache.db", message: index.reason, repaired: false });
    return { entries: 0, blobs: 0, bytes: 0, problems, leftovers: { files: 0, bytes: 0 } };
  }
  if (index.state === "damaged" || hasDamage(store.connection.layout)) {
    const message = index.state === "damaged" ? index.reason : "SQLite finds the index damaged";
    if (mode === "report") {
      problems.push({ kind: "index-damaged", path: "cache.db", message, repaired: false });
      return { entries: 0, blobs: 0, bytes: 0, problems, leftovers: { files: 0, bytes: 0 } };
    }
    store.connection.heal(message);
    problems.push({ kind: "index-damaged", path: "cache.db", message, repaired: true });
  }
  const counted = { entries: 0, bytes: 0 };
  const referred = new Map<string, boolean>();
  for (const row of allRows(store)) {
    counted.entries += 1;
    const entry = readRecord(row.key, row.record);
    if (entry !== undefined && "inline" in entry.value) counted.bytes += entry.value.inline.length;
    const problem = await judgeRow(store, { row, entry }, referred);
    if (problem === undefined) continue;
    const repaired =
      mode === "repair" && store.drop(row.key, claimedDigest(row.record), { damagedBlob: problem.damaged, id: row.id });
    const { kind, message, path: where } = problem;
    const at = where === undefined ? {} : { path: where };
    problems.push({ kind, key: row.key, functionName: row.function, ...at, message, repaired });
  }
  const files = listFiles(store);
  for (const file of files) if (referred.has(file.digest ?? "")) counted.bytes += file.bytes;
  const leftovers = files.filter((file) => file.digest === undefined || !referred.has(file.digest));
  if (mode === "repair") await removeLeftovers(store, leftovers);
  return {
    entries: counted.entries,
    blobs: referred.size,
    bytes: counted.bytes,
    problems,
    leftovers: { files: leftovers.length, bytes: leftovers.reduce((sum, file) => sum + file.bytes, 0) },
  };
}

function* allRows(store: LocalStore): Generator<Row> {
  const sql = `SELECT id, key, function, record FROM entries WHERE id > ? ORDER BY id LIMIT ${PAGE}`;
  for (let above = -1; ; ) {
    const rows = store.connection.read((index) => index.statement(sql).all(above)) as unknown as readonly Row[];
    yield* rows;
    const last = rows.at(-1);
    // A damaged index can lead in circles.
    if (last === undefined || !(last.id > above)) return;
    above = last.id;
  }
}

interface Fault {
  readonly kind: ProblemKind;
  readonly message: string;
  readonly path?: string;
  /** A blob that is not what its name says. */
  readonly damaged?: Uint8Array;
}

/** @param referred - blobs by name, and whether each is good: a blob is read once, however many rows refer to it. */
async function judgeRow(
  store: LocalStore,
  { row, entry }: { readonly row: Row; readonly entry: Entry | undefined },
  referred: Map<string, boolean>,
): Promise<Fault | undefined> {
  if (entry === undefined) {
    // Somebody may have replaced it since it was read.
    if (!stillThere(store, row)) return undefined;
    return { kind: "entry-damaged", message: "its digest is not that of its content" };
  }
  if (row.id !== entryId(row.key)) return { kind: "entry-damaged", message: "it is not where its key leads to" };
  for (const { digest, bytes } of blobsOf(entry)) {
    const name = toHex(digest);
    const where = path.relative(store.dir, store.blobs.pathOf(digest));
    if (!store.blobs.has(digest, bytes)) {
      // An entry that was evicted since its row was read takes its blobs along.
      if (!stillThere(store, row)) return undefined;
      const missing = !fs.existsSync(store.blobs.pathOf(digest));
      return missing
        ? { kind: "blob-missing", message: "its content is missing", path: where }
        : { kind: "blob-damaged", message: "its content has another length", path: where, damaged: digest };
    }
    let good = referred.get(name);
    if (good === undefined) {
      good = await isGood(store.blobs.pathOf(digest), digest);
      // Evicted while it was read.
      if (!good && !stillThere(store, row)) return undefined;
      referred.set(name, good);
    }
    if (!good)
      return { kind: "blob-damaged", message: "its content is not what its name says", path: where, damaged: digest };
  }
  return undefined;
}

async function isGood(file: string, digest: Uint8Array): Promise<boolean> {
  try {
    return sameDigest((await readContent(file)).digest, digest);
  } catch {
    return false;
  }
}

function stillThere(store: LocalStore, row: Row): boolean {
  const now = store.connection.read((index) =>
    index.statement("SELECT record FROM entries WHERE id = ? AND key = ?").get(row.id, row.key),
  );
  return now !== undefined && Buffer.compare(claimedDigest(now["record"]), claimedDigest(row.record)) === 0;
}
