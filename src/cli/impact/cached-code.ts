import type { CodeManifest } from "../../identify/code/manifest.ts";
import type { KeyPart } from "../../identify/key.ts";
import type { LocalStore } from "../../store/local/local-store.ts";
import { quarantinedCall } from "../../store/local/quarantine.ts";
import { entriesOf } from "../../store/local/queries.ts";
import type { EntryInfo } from "../../store/store.ts";

/** The entries that a function has under one state of its code. */
export interface CodeUse {
  /** What tells this state from others: the digests of its code; empty where no process can have it any more. */
  readonly id: string;
  /** As it was stored last: lines move without any change of code. */
  manifest: CodeManifest;
  entries: number;
  durationMs: number;
  lastUsedAt: number;
  /** Digests of the details that these entries refer to. */
  readonly details: Set<string>;
}

/** A function that has entries, as it is found in the text of a module. */
export interface CachedCode {
  readonly functionName: string;
  readonly origins: CodeManifest["origins"];
  /** That which was used last comes first. */
  readonly uses: CodeUse[];
}

/** A function whose entries say nothing of its code, or not all: there is nothing to compare. */
export interface Uncompared {
  readonly functionName: string;
  /** The option `code`, as its entries have it. */
  readonly code: string;
  readonly entries: number;
}

export interface CachedFunctions {
  readonly functions: readonly CachedCode[];
  readonly uncompared: readonly Uncompared[];
  /** Of the whole cache, without what is in quarantine and what was stored by `Cache.set`. */
  readonly totals: { readonly functions: number; readonly entries: number };
}

/** Entries that answer calls: neither those in quarantine nor those of `Cache.set`. */
export function* callEntries(store: LocalStore): Generator<EntryInfo> {
  for (const entry of entriesOf(store)) {
    if (entry.functionName !== "" && quarantinedCall(entry.key) === undefined) yield entry;
  }
}

/** @param onEntry - is told of each entry, so that the index is read once. */
export function cachedFunctions(store: LocalStore, onEntry: (entry: EntryInfo) => void): CachedFunctions {
  const functions = new Map<string, CachedCode>();
  const uncompared = new Map<string, { functionName: string; code: string; entries: number }>();
  const names = new Set<string>();
  const detailOf = store.details.readerWith([]);
  let entries = 0;
  for (const entry of callEntries(store)) {
    const { functionName } = entry;
    entries += 1;
    names.add(functionName);
    onEntry(entry);
    const part = codePart(entry);
    const detail = part?.detail === undefined ? undefined : detailOf(part.detail);
    if (part?.detail !== undefined && detail?.kind === "code" && detail.manifest.origins.length > 0) {
      add(functions, { entry, manifest: detail.manifest, detail: part.detail });
      continue;
    }
    const code = part?.type ?? "";
    const id = JSON.stringify([functionName, code]);
    const known = uncompared.get(id) ?? { functionName, code, entries: 0 };
    known.entries += 1;
    uncompared.set(id, known);
  }
  for (const { uses } of functions.values()) uses.sort((a, b) => b.lastUsedAt - a.lastUsedAt);
  return {
    functions: [...functions.values()],
    uncompared: [...uncompared.values()],
    totals: { functions: names.size, entries },
  };
}

export function codePart(entry: EntryInfo): KeyPart | undefined {
  return entry.call?.parts.find(({ kind }) => kind === "code");
}

interface Found {
  readonly entry: EntryInfo;
  readonly manifest: CodeManifest;
  readonly detail: string;
}

function add(functions: Map<string, CachedCode>, { entry, manifest, detail }: Found): void {
  const { functionName, durationMs, createdAt, lastUsedAt } = entry;
  const { origins } = manifest;
  const [own] = origins;
  // Functions of one name in two modules are two functions.
  const id = JSON.stringify([functionName, own?.file, own?.name]);
  const known = functions.get(id) ?? { functionName, origins, uses: [] };
  functions.set(id, known);
  const state = codeId(origins);
  let use = known.uses.find((each) => each.id === state);
  if (use === undefined) {
    use = { id: state, manifest, entries: 0, durationMs: 0, lastUsedAt: 0, details: new Set() };
    known.uses.push(use);
  }
  const usedAt = Math.max(createdAt, lastUsedAt);
  if (usedAt > use.lastUsedAt) use.manifest = manifest;
  use.lastUsedAt = Math.max(usedAt, use.lastUsedAt);
  use.entries += 1;
  use.durationMs += Math.max(0, durationMs) || 0;
  use.details.add(detail);
}

/** What tells one state of code from another. */
export function codeId(origins: CodeManifest["origins"]): string {
  return origins.some(({ digest }) => digest === "") ? "" : origins.map(({ digest }) => digest).join(" ");
}
