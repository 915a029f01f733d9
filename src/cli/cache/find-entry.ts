import type { Cache } from "../../store/cache.ts";
import type { EntryInfo } from "../../store/store.ts";
import { UsageError } from "../usage-error.ts";
import { sortEntries } from "./sorting.ts";

/** What a full key, or the first digits of one, stands for. */
export type Found =
  | { readonly state: "one"; readonly entry: EntryInfo }
  | { readonly state: "none" }
  | { readonly state: "several"; readonly candidates: readonly EntryInfo[] };

/** Fewer digits fit so many keys that they are a slip. */
const FEWEST_DIGITS = 4;

/** The entry with this key, or else the entries whose keys begin so, the newest first. */
export async function findEntry(cache: Cache, prefix: string): Promise<Found> {
  // A key given to `Cache.set` may be short: it is only as the beginning of another that a short one is refused.
  const exact = prefix === "" ? undefined : await cache.info(prefix);
  if (exact !== undefined) return { state: "one", entry: exact };
  if (prefix.length < FEWEST_DIGITS) {
    throw new UsageError(`the key is ${JSON.stringify(prefix)}, but must have at least ${FEWEST_DIGITS} digits.`);
  }
  const candidates: EntryInfo[] = [];
  for await (const entry of cache.entries()) if (entry.key.startsWith(prefix)) candidates.push(entry);
  const newestFirst = sortEntries(candidates, "created");
  const [first, second] = newestFirst;
  if (first === undefined) return { state: "none" };
  return second === undefined ? { state: "one", entry: first } : { state: "several", candidates: newestFirst };
}
