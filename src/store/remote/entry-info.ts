import { readParts } from "../local/call-text.ts";
import type { EntryInfo } from "../store.ts";
import type { RecordHeader } from "./record.ts";

/** What a record says of its entry, as the local store says it of its own. */
export function entryInfoOf(header: RecordHeader): EntryInfo {
  const { key, function: functionName, created_at, duration_ms, blobs, details, call } = header;
  const beside = new Set((details ?? []).flatMap(({ blob = [] }) => blob));
  const bytes = blobs.reduce((sum, blob, place) => (beside.has(place) ? sum : sum + blob.bytes), 0);
  const parts = call === undefined ? undefined : readParts(functionName, call);
  return {
    key,
    functionName,
    createdAt: created_at,
    lastUsedAt: created_at,
    hits: 0,
    durationMs: duration_ms,
    bytes,
    ...(parts === undefined ? {} : { call: { functionName, parts } }),
  };
}
