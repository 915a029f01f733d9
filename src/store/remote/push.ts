import { matchesAny } from "../../settings.ts";
import { quarantinedCall } from "../local/quarantine.ts";
import { entriesOf } from "../local/queries.ts";
import { LeftAlone } from "./access.ts";
import { listAll } from "./list-all.ts";
import { ENTRIES, recordName } from "./names.ts";
import { RemoteError } from "./remote-error.ts";
import type { SharedStore } from "./shared-store.ts";
import { transferAll } from "./transfer-all.ts";

export interface TransferOptions {
  /** Only functions of this name; `*` stands for any characters. */
  readonly functionName?: string | undefined;
  /** Only what was computed at most this long ago, in milliseconds. */
  readonly maxAgeMs?: number | undefined;
  readonly progress?: ((progress: TransferProgress) => void) | undefined;
}

export interface TransferProgress {
  readonly done: number;
  readonly total: number;
  readonly bytes: number;
}

/** What a transfer came to. */
export interface TransferReport {
  /** Entries that were transferred. */
  readonly entries: number;
  readonly bytes: number;
  /** Entries that were there already. */
  readonly present: number;
  /** Entries that could not be transferred, and why the first of them could not. */
  readonly failed: number;
  readonly firstFailure?: string;
}

/**
 * Uploads what the local store has and the shared one has not. What is in quarantine is not uploaded.
 *
 * @throws RemoteError where the shared store cannot be used at all.
 */
export async function push(shared: SharedStore, options: TransferOptions = {}): Promise<TransferReport> {
  await shared.access.ready();
  const lets = options.functionName === undefined ? () => true : matchesAny([options.functionName]);
  const there = new Set<string>();
  for await (const { name } of listAll(shared.access, ENTRIES)) there.add(name);
  const missing: string[] = [];
  let present = 0;
  const oldest = Date.now() - (options.maxAgeMs ?? Number.POSITIVE_INFINITY);
  for (const { key, functionName, createdAt } of entriesOf(shared.local)) {
    if (quarantinedCall(key) !== undefined || !lets(functionName) || createdAt < oldest) continue;
    if (there.has(recordName(functionName, key))) present += 1;
    else missing.push(key);
  }
  return transferAll(missing, {
    present,
    progress: options.progress,
    transfer: async (key) => (await shared.upload({ key, how: "missing" }))?.bytes,
    fatal: (error) => error instanceof LeftAlone || (error instanceof RemoteError && error.trouble === "forbidden"),
  });
}
