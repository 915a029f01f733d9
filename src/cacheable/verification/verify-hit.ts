import { messageOf } from "../../errors.ts";
import { toHex } from "../../identify/hasher.ts";
import { outsideOfCalls, warnOnce } from "../../log.ts";
import { quarantine, quarantineKey } from "../../store/local/quarantine.ts";
import type { Entry } from "../../store/local/row.ts";
import { brokenPremise, detach, type IdentifiedCall } from "../identified-call.ts";
import { lookUpLocally } from "../look-up.ts";
import { runBody } from "../run-body.ts";
import { comparableFresh, comparableStored } from "./comparable.ts";
import { asVerification } from "./drawn.ts";
import { type FirstDifference, firstDifference } from "./first-difference.ts";

/** A result from the store. */
export interface Hit {
  readonly value: unknown;
  readonly found: Entry;
  readonly source: "store" | "remote";
}

/** What computing a hit again came to. */
export type Verification =
  /** `failed`: the two could not be compared, and the stored result is what the call gets. */
  | { readonly verified: "same" | "failed"; readonly value: unknown }
  | { readonly verified: "different"; readonly value: unknown; readonly place: string; readonly computeMs: number };

/**
 * Computes a call again that the store has answered, and compares. Takes no lease: the entry is there, so nobody waits, and
 * several may do this at once.
 *
 * A fresh result that differs is not stored by this call: which of the two is right is not known, and the next call
 * computes once more.
 */
export async function verifyHit(live: IdentifiedCall, hit: Hit): Promise<Verification> {
  const call = detach(live);
  let stored: unknown;
  let fresh: unknown;
  let comparable: unknown;
  let computeMs: number;
  try {
    // Before the body runs: somebody may replace or evict the entry meanwhile.
    stored = comparableStored(await call.cache.store.value(hit.found), hit.found.extra.captured);
    const startedAt = performance.now();
    fresh = await asVerification(call, () => runBody(call));
    computeMs = performance.now() - startedAt;
    comparable = await comparableFresh(call, fresh);
  } catch (error) {
    return failed(call, hit, messageOf(error));
  }
  const digests = digestsOf(call, stored, comparable);
  if ("refused" in digests) return failed(call, hit, digests.refused);
  if (digests.stored === digests.fresh) return { verified: "same", value: await restored(call, hit) };
  const broken = await brokenPremise(call);
  if (broken !== undefined) return failed(call, hit, broken[1]);
  // A result may hold what it was given, and of that no text is to be kept.
  const secret = call.cached.identity.redaction !== undefined;
  const difference = secret ? REDACTED : firstDifference(stored, comparable, call.digester);
  const kept = await putAway(call, hit.found, difference);
  warnOfDifference(call, { difference, digests, kept });
  return { verified: "different", value: fresh, place: difference.place, computeMs };
}

const REDACTED: FirstDifference = { place: "result", stored: "(redacted)", fresh: "(redacted)" };

interface Digests {
  readonly stored: string;
  readonly fresh: string;
}

function digestsOf({ digester }: IdentifiedCall, stored: unknown, fresh: unknown): Digests | { refused: string } {
  try {
    return { stored: toHex(digester.value(stored, "result")), fresh: toHex(digester.value(fresh, "result")) };
  } catch (error) {
    return { refused: messageOf(error) };
  }
}

async function failed(call: IdentifiedCall, hit: Hit, why: string): Promise<Verification> {
  warnNotVerified(call.cached.settings.name, why);
  return { verified: "failed", value: await restored(call, hit) };
}

/** Says that a hit could not be checked, once for each function. */
export function warnNotVerified(functionName: string, why: string): void {
  const reason = why.replace(/\.$/, "");
  outsideOfCalls(() =>
    warnOnce(
      functionName,
      "not-verified",
      `A stored result of ${functionName} could not be checked by computing it again: ${reason}. The caller gets what is stored.`,
    ),
  );
}

/** The stored result: the body may have overwritten or removed the files that the look-up put in their places. */
async function restored(call: IdentifiedCall, { value, found }: Hit): Promise<unknown> {
  if (found.extra.captured === undefined) return value;
  const answer = await lookUpLocally(call);
  return "value" in answer ? answer.value : value;
}

/** Returns where the entry is kept; undefined where it is not there any more, or stays where it is. */
async function putAway(
  { cache, cached }: IdentifiedCall,
  found: Entry,
  { place, stored, fresh }: FirstDifference,
): Promise<string | undefined> {
  try {
    // Others have it from there, and this machine would fetch it again.
    await cache.remote?.remove({ key: found.key, functionName: cached.settings.name });
    const why = { at: Date.now(), difference: `${place}: ${stored} → ${fresh}` };
    return (await quarantine(cache.store, found, why)) ? quarantineKey(found.key) : undefined;
  } catch (error) {
    warnOnce(cache.dir, "quarantine", `A wrong entry of ${cache.dir} cannot be removed: ${messageOf(error)}`);
    return undefined;
  }
}

function warnOfDifference(
  { cached, identity: { key } }: IdentifiedCall,
  { difference, digests, kept }: { difference: FirstDifference; digests: Digests; kept: string | undefined },
): void {
  const { name } = cached.settings;
  const { place, stored, fresh } = difference;
  const fate = kept === undefined ? "" : ` The stored result answers no more calls and is kept as ${kept}.`;
  const text = `A stored result of ${name} (key ${key}) is not what computing it again gives: ${place}: ${stored} → ${fresh} (digests ${digests.stored} → ${digests.fresh}). Either ${name} is not deterministic (random numbers, the time, the order in which parallel work ends), or its result depends on something that is not part of its key: declare files in "inputs", variables in "env", and pass anything else as an argument; SCALABLE_CACHE_AUDIT=1 looks for files and variables. The caller has the fresh result, and the next call computes.${fate}`;
  outsideOfCalls(() => warnOnce(name, `different ${key}`, text));
}
