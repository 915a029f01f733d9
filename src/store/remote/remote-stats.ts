import { listAll } from "./list-all.ts";
import { BLOBS, ENTRIES, functionOfFolder, parseBlobName, parseRecordName } from "./names.ts";
import type { SharedStore } from "./shared-store.ts";

export interface RemoteFunctionStats {
  /** The beginning of it, where it is very long. */
  readonly functionName: string;
  readonly entries: number;
  /** Of the records, which small values are part of; in bytes. */
  readonly bytes: number;
}

/** How much is in a shared store. Sizes are in bytes, as they are stored: compressed. */
export interface RemoteStats {
  readonly remote: string;
  readonly entries: number;
  readonly blobs: number;
  readonly bytes: number;
  readonly functions: readonly RemoteFunctionStats[];
}

/** @throws RemoteError */
export async function remoteStats(shared: SharedStore): Promise<RemoteStats> {
  await shared.access.ready();
  const functions = new Map<string, { entries: number; bytes: number }>();
  let [entries, blobs, bytes] = [0, 0, 0];
  for await (const { name, bytes: size } of listAll(shared.access, ENTRIES)) {
    const folder = parseRecordName(name)?.folder;
    if (folder === undefined) continue;
    const functionName = functionOfFolder(folder) ?? `${folder.slice(ENTRIES.length, -35)}…`;
    const stats = functions.get(functionName) ?? { entries: 0, bytes: 0 };
    functions.set(functionName, stats);
    stats.entries += 1;
    stats.bytes += size;
    entries += 1;
    bytes += size;
  }
  for await (const { name, bytes: size } of listAll(shared.access, BLOBS)) {
    if (parseBlobName(name) === undefined) continue;
    blobs += 1;
    bytes += size;
  }
  const list = [...functions].map(([functionName, stats]) => ({ functionName, ...stats }));
  return { remote: shared.url, entries, blobs, bytes, functions: list.sort((a, b) => b.bytes - a.bytes) };
}
