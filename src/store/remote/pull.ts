import { matchesAny } from "../../settings.ts";
import { quarantinedCall } from "../local/quarantine.ts";
import { LeftAlone } from "./access.ts";
import { keepRecord } from "./fetch-entry.ts";
import { listAll } from "./list-all.ts";
import { ENTRIES, functionFolder, functionOfFolder, parseRecordName, recordName } from "./names.ts";
import type { TransferOptions, TransferReport } from "./push.ts";
import { BadRecord, LONGEST_RECORD, openRecord } from "./record.ts";
import type { SharedStore } from "./shared-store.ts";
import { transferAll } from "./transfer-all.ts";

const CALL_KEY = /^[0-9a-f]{32}$/;

/**
 * Fetches what the shared store has and the local one has not.
 *
 * @throws RemoteError where the shared store cannot be used at all.
 */
export async function pull(shared: SharedStore, options: TransferOptions = {}): Promise<TransferReport> {
  await shared.access.ready();
  const { functionName, maxAgeMs } = options;
  const lets = functionName === undefined ? () => true : matchesAny([functionName]);
  const one = functionName !== undefined && !functionName.includes("*");
  const wanted: string[] = [];
  let present = 0;
  const oldest = Date.now() - (maxAgeMs ?? Number.POSITIVE_INFINITY);
  for await (const { name, modifiedAt } of listAll(shared.access, one ? functionFolder(functionName) : ENTRIES)) {
    const parsed = parseRecordName(name);
    if (parsed === undefined || modifiedAt < oldest) continue;
    const known = functionOfFolder(parsed.folder);
    // The name of a function with a long name is known from its records.
    if (known !== undefined && !lets(known)) continue;
    if (isHere(shared, parsed.id)) present += 1;
    else wanted.push(name);
  }
  return transferAll(wanted, {
    present,
    progress: options.progress,
    transfer: (name) => fetchOne(shared, name, { lets, oldest }),
    fatal: (error) => error instanceof LeftAlone,
  });
}

function isHere({ local }: SharedStore, id: string): boolean {
  return CALL_KEY.test(id) && typeof local.lookup(id) === "object";
}

async function fetchOne(
  shared: SharedStore,
  name: string,
  { lets, oldest }: { readonly lets: (functionName: string) => boolean; readonly oldest: number },
): Promise<number | undefined> {
  const bytes = await shared.access.read("look-up", (store, operation) => store.get(name, LONGEST_RECORD, operation));
  if (bytes === undefined) return undefined;
  const record = await openRecord(bytes, shared.trusted);
  const { key, function: functionName, created_at, blobs } = record.header;
  if (recordName(functionName, key) !== name) throw new BadRecord("damaged", `${name} is the record of another call`);
  // What is in quarantine is nobody's answer, and never uploaded.
  if (!lets(functionName) || created_at < oldest || quarantinedCall(key) !== undefined) return undefined;
  await keepRecord(shared, record);
  return blobs.reduce((sum, blob) => sum + (blob.stored === "inline" ? 0 : blob.bytes), bytes.length);
}
