import type { DetailText } from "../../identify/detail.ts";
import type { KeyPart } from "../../identify/key.ts";
import { readParts } from "./call-text.ts";
import { entryId } from "./entry-id.ts";
import type { LocalStore } from "./local-store.ts";
import { type Entry, readRecord } from "./row.ts";

/** An entry with all that is kept of it and beside it. */
export interface StoredEntry {
  readonly entry: Entry;
  readonly functionName: string;
  readonly call: { readonly parts: readonly KeyPart[]; readonly details: readonly DetailText[] } | undefined;
}

/** Undefined where there is none, or a damaged one. */
export function storedEntry(store: LocalStore, key: string): StoredEntry | undefined {
  const sql = "SELECT function, record, call FROM entries WHERE id = ? AND key = ?";
  const row = store.connection.read((index) => index.statement(sql).get(entryId(key), key));
  const entry = row === undefined ? undefined : readRecord(key, row["record"]);
  if (row === undefined || entry === undefined) return undefined;
  const functionName = String(row["function"]);
  const parts = typeof row["call"] === "string" ? readParts(functionName, row["call"]) : undefined;
  if (parts === undefined) return { entry, functionName, call: undefined };
  const details = [...new Set(parts.flatMap(({ detail = [] }) => detail))].flatMap((digest) => {
    const text = store.details.textOf(digest);
    return text === undefined ? [] : [{ digest, text }];
  });
  return { entry, functionName, call: { parts, details } };
}
