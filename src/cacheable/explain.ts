import type { CallRecord, KeyPart } from "../identify/key.ts";
import { infoOf, recentEntriesOf } from "../store/local/queries.ts";
import type { EntryInfo } from "../store/store.ts";
import { type CachedFunction, identify } from "./identified-call.ts";

/** A part of a key that is not the same as in another key. */
export interface Difference {
  readonly kind: KeyPart["kind"];
  readonly name: string;
  /** This call's value in a few words; undefined where the call has no such part. */
  readonly now: string | undefined;
  /** The stored call's value in a few words; undefined where that call had no such part. */
  readonly stored: string | undefined;
}

/** What a call is identified by, and whether it would be answered. */
export interface Explanation {
  readonly key: string;
  readonly call: CallRecord;
  /** The entry that answers the call. */
  readonly entry: EntryInfo | undefined;
  /** Where there is none: the stored call of the same function that differs in the fewest parts, and in which. */
  readonly nearest: { readonly entry: EntryInfo; readonly differences: readonly Difference[] } | undefined;
}

/** How many of the function's most recently stored entries are compared. */
const COMPARED = 2_000;

export async function explain(cached: CachedFunction, self: unknown, args: readonly unknown[]): Promise<Explanation> {
  const { cache, identity } = await identify(cached, self, args);
  const call = identity.record();
  const entry = infoOf(cache.store, identity.key);
  if (entry !== undefined) return { key: identity.key, call, entry, nearest: undefined };
  let nearest: Explanation["nearest"];
  for (const candidate of recentEntriesOf(cache.store, call.functionName, COMPARED)) {
    if (candidate.call === undefined) continue;
    const differences = differencesOf(call.parts, candidate.call.parts);
    const nearer = nearest === undefined || differences.length < nearest.differences.length;
    if (nearer) nearest = { entry: candidate, differences };
  }
  return { key: identity.key, call, entry: undefined, nearest };
}

function differencesOf(now: readonly KeyPart[], stored: readonly KeyPart[]): Difference[] {
  const idOf = (part: KeyPart): string => `${part.kind}\0${part.name}`;
  const before = new Map(stored.map((part) => [idOf(part), part]));
  const after = new Map(now.map((part) => [idOf(part), part]));
  const differences: Difference[] = [];
  for (const id of new Set([...after.keys(), ...before.keys()])) {
    const [a, b] = [after.get(id), before.get(id)];
    if (a !== undefined && b !== undefined && a.digest === b.digest && a.type === b.type) continue;
    const known = a ?? b;
    if (known === undefined) continue;
    differences.push({ kind: known.kind, name: known.name, now: shown(a), stored: shown(b) });
  }
  return differences;
}

function shown(part: KeyPart | undefined): string | undefined {
  return part === undefined ? undefined : (part.preview ?? `${part.type} ${part.digest.slice(0, 12)}`.trim());
}
