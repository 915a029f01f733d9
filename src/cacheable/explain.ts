import type { DetailText } from "../identify/detail.ts";
import type { KeyPart } from "../identify/key.ts";
import { cacheEnabled, recomputeRequested } from "../settings.ts";
import type { LocalStore } from "../store/local/local-store.ts";
import { isQuarantined, quarantinedCall } from "../store/local/quarantine.ts";
import { infoOf, recentEntriesOf } from "../store/local/queries.ts";
import type { EntryInfo } from "../store/store.ts";
import { type Explanation, type NearestCall, withText } from "./explanation.ts";
import { type CachedFunction, type IdentifiedCall, identify } from "./identified-call.ts";
import { isTooOld } from "./look-up.ts";
import { type Miss, missOf } from "./miss-reason.ts";
import { nearestTo } from "./nearest.ts";

/** How many of the function's most recently stored entries are compared. */
const COMPARED = 2_000;

/** Why a call would be answered from the cache, or would not. */
export async function explain(cached: CachedFunction, self: unknown, args: readonly unknown[]): Promise<Explanation> {
  const known = await identify(cached, self, args);
  const { key } = known.identity;
  const { store } = known.cache;
  const { functionName, parts, details } = known.identity.record();
  const call = { functionName, parts };
  const entry = infoOf(store, key);
  const found = entry === undefined ? undefined : stateOf(known);
  if (entry !== undefined && found === undefined) return withText({ ...explainEntry(store, entry), call });
  const elsewhere = found === "cache-off" || found === "recompute" ? undefined : await askRemote(known);
  if (elsewhere?.entry !== undefined) {
    return withText({ key, functionName, state: "hit", call, entry: elsewhere.entry, remote: elsewhere.url });
  }
  const nearest = nearestIn(store, { functionName, parts, details, key, others: elsewhere?.newest ?? [] });
  const explained = { key, functionName, call, ...(nearest === undefined ? undefined : { nearest }) };
  if (entry !== undefined && found !== undefined)
    return withText({ ...explained, state: "miss", reason: found, entry });
  return withText({ ...explained, ...missing(store, key, nearest, known) });
}

/** So many entries of the shared store are compared. */
const COMPARED_REMOTELY = 32;

/** What the shared store has of a call, and of others of its function. Quarantined calls are not looked for there. */
async function askRemote(
  known: IdentifiedCall,
): Promise<
  { readonly url: string; readonly entry?: EntryInfo | undefined; readonly newest: readonly EntryInfo[] } | undefined
> {
  const { cache, cached, identity } = known;
  const { name: functionName, maxAgeMs } = cached.settings;
  const { remote } = cache;
  if (remote === undefined || !cacheEnabled()) return undefined;
  const { url } = remote;
  const entry = isQuarantined(cache.store, identity.key)
    ? undefined
    : await remote.find({ key: identity.key, functionName, maxAgeMs });
  return { url, entry, newest: entry === undefined ? await remote.newest(functionName, COMPARED_REMOTELY) : [] };
}

/** Why an entry that is there does not answer; undefined where it does. */
function stateOf(known: IdentifiedCall): "cache-off" | "recompute" | "expired" | undefined {
  const { settings } = known.cached;
  if (!cacheEnabled()) return "cache-off";
  if (settings.recompute || recomputeRequested(settings.name)) return "recompute";
  const found = known.cache.store.lookup(known.identity.key);
  return typeof found === "object" && isTooOld(known, found) ? "expired" : undefined;
}

/**
 * Why the call of an entry was computed when it was: in what it differed from those stored before it.
 *
 * @param runBegan - when the run began that computed it, where that is known. Calls of the same run have the same code, and
 * would only tell that it was called with other arguments: those of earlier runs come first.
 */
export function explainEntry(
  store: LocalStore,
  entry: EntryInfo,
  runBegan: number = Number.POSITIVE_INFINITY,
): Extract<Explanation, { state: "hit" }> {
  const { key, functionName, call, createdAt } = entry;
  const nearestBefore = (before: number): NearestCall | undefined =>
    call && nearestIn(store, { functionName, parts: call.parts, details: [], key, before });
  const nearest = (runBegan < createdAt ? nearestBefore(runBegan) : undefined) ?? nearestBefore(createdAt);
  return withText({
    key,
    functionName,
    state: "hit",
    entry,
    ...(call === undefined ? undefined : { call }),
    ...(nearest === undefined ? undefined : { nearest }),
  });
}

/** What is known of a key under which nothing is stored; undefined where nothing is. */
export function explainMissing(store: LocalStore, key: string): Explanation | undefined {
  const fate = store.fates.of(key);
  if (fate === undefined) return undefined;
  const { functionName, what, why } = fate;
  const because = why === undefined ? undefined : { because: why };
  return withText({ key, functionName, state: "miss", reason: what, fate, ...because });
}

function missing(
  store: LocalStore,
  key: string,
  nearest: NearestCall | undefined,
  { cached: { settings } }: IdentifiedCall,
): Miss & { readonly state: "miss"; readonly fate?: NonNullable<ReturnType<LocalStore["fates"]["of"]>> } {
  if (!cacheEnabled()) return { state: "miss", reason: "cache-off" };
  if (isQuarantined(store, key)) return { state: "miss", reason: "quarantined" };
  if (settings.store === false) return { state: "miss", reason: "not-stored", because: "the option store is false" };
  const fate = store.fates.of(key);
  if (fate !== undefined) {
    return { state: "miss", reason: fate.what, fate, ...(fate.why === undefined ? undefined : { because: fate.why }) };
  }
  if (nearest === undefined) return { state: "miss", reason: "first-call" };
  return { state: "miss", ...missOf(nearest.differences) };
}

interface Compared {
  readonly functionName: string;
  readonly parts: readonly KeyPart[];
  /** Those of its details that may not be stored. */
  readonly details: readonly DetailText[];
  readonly key: string;
  /** Only entries stored before that. */
  readonly before?: number;
  /** More entries than those of this machine. */
  readonly others?: readonly EntryInfo[];
}

function nearestIn(
  store: LocalStore,
  { functionName, parts, details, key, before, others = [] }: Compared,
): NearestCall | undefined {
  const entries = recentEntriesOf(store, functionName, {
    limit: COMPARED,
    ...(before === undefined ? undefined : { before }),
  });
  const candidates = [...entries, ...others].flatMap((entry) => {
    if (entry.call === undefined || entry.key === key || quarantinedCall(entry.key) !== undefined) return [];
    return [{ entry, parts: entry.call.parts, at: entry.createdAt }];
  });
  const nearest = nearestTo(parts, candidates, { detailOf: store.details.readerWith(details) });
  return nearest === undefined ? undefined : { entry: nearest.candidate.entry, ...nearest.comparison };
}
