import { setTimeout as delay } from "node:timers/promises";
import type { RemotePruneReport } from "../../../store/remote/prune-remote.ts";
import { formatBytes, formatCounted, formatDuration } from "../../../units.ts";
import { note, print, printJson } from "../../terminal/output.ts";
import { UsageError } from "../../usage-error.ts";
import { type RemoteOptions, withRemote } from "./open-remote.ts";

export interface RemotePruneCommandOptions extends RemoteOptions {
  readonly maxSize?: number;
  readonly maxAge?: number;
  readonly function?: string;
  readonly grace?: number;
  readonly wait?: true;
}

const GRACE_MS = 3_600_000;

/** `scalable cache prune --remote` */
export async function printRemotePrune(options: RemotePruneCommandOptions): Promise<void> {
  const { maxSize, maxAge, function: functionName, grace: graceMs = GRACE_MS, wait } = options;
  if (maxSize === undefined && maxAge === undefined) {
    throw new UsageError("prune --remote needs --max-size or --max-age.");
  }
  const { pruneRemote } = await import("../../../store/remote/prune-remote.ts");
  const report = await withRemote(options, "write", async (shared) => {
    const bounds = { maxAgeMs: maxAge, maxBytes: maxSize, functionName, graceMs };
    const first = await pruneRemote(shared, bounds);
    if (!wait || first.marked.removableAt === undefined) return first;
    const ms = Math.max(0, first.marked.removableAt - Date.now());
    note(`${formatCounted(first.marked.blobs, "blob is", "blobs are")} not used; waiting for ${formatDuration(ms)}`);
    await delay(ms + 1_000);
    return sumOf(first, await pruneRemote(shared, bounds));
  });
  if (options.json) {
    await printJson(report);
    return;
  }
  const { entries, blobs, bytes, marked } = report;
  await print(
    `removed ${formatCounted(entries, "entry", "entries")} and ${formatCounted(blobs, "blob", "blobs")}, ${formatBytes(bytes)}`,
  );
  if (marked.removableAt === undefined) return;
  await print(
    `${formatCounted(marked.blobs, "blob", "blobs")} (${formatBytes(marked.bytes)}) no entry uses any more: removed by a prune in ${formatDuration(Math.max(0, marked.removableAt - Date.now()))}`,
  );
}

function sumOf(first: RemotePruneReport, second: RemotePruneReport): RemotePruneReport {
  return {
    entries: first.entries + second.entries,
    blobs: first.blobs + second.blobs,
    bytes: first.bytes + second.bytes,
    marked: second.marked,
  };
}
