import { cacheEnabled, recomputeRequested, verifiedShare } from "../settings.ts";
import type { Entry } from "../store/local/row.ts";
import { type CacheCallEvent, emit, type MissReason, observed } from "../telemetry/event.ts";
import { argumentsOf, bindArguments, receiverOf } from "./arguments.ts";
import { inWatchedBody, unwatched } from "./audit/audit.ts";
import { computeOnce } from "./compute.ts";
import { copyOf, isReadOnce } from "./copy.ts";
import { type CachedFunction, detach, type IdentifiedCall, identifyNow } from "./identified-call.ts";
import { type CallMode, type Computed, joinable, runJoinable } from "./in-flight.ts";
import { type Answer, isStored, isStoredRemotely, lookUp, lookUpAgain, lookUpLocally } from "./look-up.ts";
import { classify, type Miss } from "./miss-reason.ts";
import { isDrawn } from "./verification/drawn.ts";
import { type Hit, type Verification, verifyHit } from "./verification/verify-hit.ts";

/** How a call is made. `verify`: a hit is checked by computing it again. */
type Asked = CallMode | "verify";

/** A call of a cacheable: look up, compute once, publish. */
export async function call(
  cached: CachedFunction,
  self: unknown,
  args: readonly unknown[],
  asked: Asked,
): Promise<unknown> {
  if (inWatchedBody()) return unwatched(() => call(cached, self, args, asked));
  const startedAt = performance.now();
  if (!cacheEnabled()) return callWithoutCache(cached, self, args);
  // A setting that cannot be meant is refused before anything is computed.
  if (cached.settings.verify === undefined) verifiedShare();
  const identified = identifyNow(cached, self, args);
  let known = identified instanceof Promise ? await identified : identified;
  const { settings } = cached;
  const recompute = asked === "recompute" || settings.recompute || recomputeRequested(settings.name);
  const mode: CallMode = recompute ? "recompute" : "default";

  const running = joinable(known, mode);
  const again = (): Promise<unknown> => call(cached, self, args, asked);
  if (running !== undefined) return join(known, running, { startedAt, again });
  let miss: Miss = { reason: "recompute" };
  let ignoring: Entry | undefined;
  if (mode === "default") {
    const answer = lookUp(known);
    if (answer instanceof Promise) known = detach(known);
    const result = answer instanceof Promise ? await answer : answer;
    if ("value" in result) {
      if (asked === "verify" || isDrawn(known)) return verify(known, result, startedAt);
      known.cache.store.used(known.identity.key);
      if (observed()) tell(known, { startedAt, hit: true, source: result.source, computeMs: result.found.durationMs });
      return result.value;
    }
    ({ ignoring, ...miss } = result);
    // Another call may have begun to compute while a stored value was read.
    const begun = answer instanceof Promise ? joinable(known, mode) : undefined;
    if (begun !== undefined) return join(known, begun, { startedAt, again });
  } else if (known.cache.remote !== undefined) {
    // Nothing is asked, and what keeps the shared cache from working at all is told before anything is computed.
    known = detach(known);
    await known.cache.remote?.load();
    const begun = joinable(known, mode);
    if (begun !== undefined) return join(known, begun, { startedAt, again });
  }
  return compute(known, { miss, ignoring, startedAt });
}

/** A hit that is checked by computing it again. */
async function verify(known: IdentifiedCall, hit: Hit, startedAt: number): Promise<unknown> {
  const verification = await verifyHit(known, hit);
  const { verified, value } = verification;
  if (verified !== "different") known.cache.store.used(known.identity.key);
  if (!observed()) return value;
  if (verified === "different") {
    const { computeMs, place } = verification;
    const miss = { hit: false, source: "computed", computeMs, reason: "quarantined", stored: false } as const;
    tell(known, { startedAt, ...miss, verified, differsAt: place });
  } else tell(known, { startedAt, hit: true, source: hit.source, computeMs: hit.found.durationMs, verified });
  return value;
}

/**
 * What the store answers to a call, for one who has it computed elsewhere where there is no answer. A hit is told of and
 * counted like any other, unless it is to be checked by computing it again, which is for the other to do as well.
 */
export async function askOrVerify(known: IdentifiedCall): Promise<Answer | "verify"> {
  if (!isDrawn(known)) return ask(known);
  const call = detach(known);
  // Who verifies it fetches it, too.
  return isStored(call) || (await isStoredRemotely(call)) ? "verify" : ask(call);
}

/**
 * The same where a hit is taken as it is.
 *
 * @param more.verified - `failed`: the hit was to be checked, and that could not be done.
 * @param more.asOf - `now`: what the shared cache had not a moment ago is looked for there again.
 */
export async function ask(
  known: IdentifiedCall,
  { asOf, ...more }: { readonly verified?: "failed"; readonly asOf?: "now" } = {},
): Promise<Answer> {
  const startedAt = performance.now();
  if (known.cached.settings.recompute || recomputeRequested(known.cached.settings.name)) {
    return { reason: "recompute", ignoring: undefined };
  }
  const looked = asOf === "now" ? lookUpAgain(detach(known)) : lookUp(known);
  // What was not waited for is over now, whatever others do before this goes on.
  const answer = looked instanceof Promise ? await looked : looked;
  if ("value" in answer) {
    known.cache.store.used(known.identity.key);
    if (observed())
      tell(known, { startedAt, hit: true, source: answer.source, computeMs: answer.found.durationMs, ...more });
  }
  // Here all is known that the shared cache said; who computes the call tells of it.
  if (!("value" in answer) && answer.reason === "absent" && known.cache.remote !== undefined && observed()) {
    return { ...answer, ...classified(known) };
  }
  return answer;
}

/** Waits for a computation that is under way. */
async function join(
  known: IdentifiedCall,
  running: Promise<Computed>,
  { startedAt, again }: { readonly startedAt: number; readonly again: () => Promise<unknown> },
): Promise<unknown> {
  try {
    const computed = await running;
    if (isReadOnce(computed.value)) return again();
    if (observed()) tell(known, { startedAt, hit: true, source: "joined", computeMs: computed.computeMs });
    return ownCopy(known, computed);
  } catch (error) {
    if (observed()) tell(known, { startedAt, hit: false, source: "joined", computeMs: 0, stored: false, failed: true });
    throw error;
  }
}

/** Computes the call, with others joining, and stores its result. */
async function compute(
  known: IdentifiedCall,
  { miss: found, ignoring, startedAt }: { miss: Miss; ignoring: Entry | undefined; startedAt: number },
): Promise<unknown> {
  const { reason } = found;
  // Now, as the computation may change what is known. Where nobody listens, nobody asks either.
  const miss = reason === "absent" && observed() ? classified(known) : found;
  const ended = (more: Omit<CallEnd, "startedAt">): void => {
    if (observed()) tell(known, { startedAt, ...more });
  };
  try {
    const mode = reason === "recompute" ? "recompute" : "default";
    const computed = await runJoinable(known, mode, () => computeOnce({ call: known, reason, ignoring }));
    const { value, stored, computeMs } = computed;
    if (computed.elsewhere) ended({ hit: true, source: "joined", computeMs });
    else ended({ hit: false, source: "computed", computeMs, ...miss, stored });
    return value;
  } catch (error) {
    ended({ hit: false, source: "computed", computeMs: 0, ...miss, stored: false, failed: true });
    throw error;
  }
}

/** What only explains fails nothing. */
function classified(known: IdentifiedCall): Miss {
  try {
    return classify(known);
  } catch {
    return { reason: "absent" };
  }
}

/** A call with `SCALABLE_CACHE=off`, which is a miss without a key. */
async function callWithoutCache(cached: CachedFunction, self: unknown, args: readonly unknown[]): Promise<unknown> {
  if (!observed()) return callUncached(cached, self, args);
  const startedAt = performance.now();
  let failed = true;
  try {
    const value = await callUncached(cached, self, args);
    failed = false;
    return value;
  } finally {
    const took = (performance.now() - startedAt) / 1000;
    emit({
      type: "cache",
      timestamp: new Date().toISOString(),
      function_name: cached.settings.name,
      key_digest: "",
      hit: false,
      source: "computed",
      duration_s: took,
      compute_s: failed ? 0 : took,
      reason: "cache-off",
      stored: false,
      ...(failed ? { failed } : undefined),
    });
  }
}

/** Calls the function with coerced arguments, and remembers nothing. */
export async function callUncached(
  { fn, identity }: CachedFunction,
  self: unknown,
  args: readonly unknown[],
): Promise<unknown> {
  const { slots } = identity;
  const bound = bindArguments(identity, { self, args });
  const settled = bound instanceof Promise ? await bound : bound;
  return fn.apply(receiverOf(slots, settled), argumentsOf(slots, settled));
}

/** A caller that joined gets a value of its own, as every other hit does: nobody sees what others do with theirs. */
async function ownCopy(known: IdentifiedCall, computed: Computed): Promise<unknown> {
  const { value, stored } = computed;
  if (typeof value !== "object" || value === null) return value;
  const answer = stored ? await lookUpLocally(known) : undefined;
  if (answer !== undefined && "value" in answer) return answer.value;
  // What was not stored can be copied all the same, unless that is why it was not stored.
  return (copyOf(value) ?? { copy: value }).copy;
}

interface CallEnd {
  readonly startedAt: number;
  readonly hit: boolean;
  readonly source: CacheCallEvent["source"];
  readonly computeMs: number;
  readonly reason?: MissReason;
  readonly because?: string;
  readonly stored?: boolean;
  readonly failed?: boolean;
  readonly verified?: Verification["verified"];
  readonly differsAt?: string;
}

function tell(known: IdentifiedCall, { startedAt, computeMs, differsAt, ...more }: CallEnd): void {
  emit({
    type: "cache",
    timestamp: new Date().toISOString(),
    function_name: known.cached.settings.name,
    key_digest: known.identity.key,
    duration_s: (performance.now() - startedAt) / 1000,
    compute_s: computeMs / 1000,
    ...more,
    ...(differsAt === undefined ? {} : { differs_at: differsAt }),
  });
}
