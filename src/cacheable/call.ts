import { cacheEnabled, recomputeRequested } from "../settings.ts";
import type { Found } from "../store/local/local-store.ts";
import { emit, type MissReason, observed } from "../telemetry/event.ts";
import { argumentsOf, bindArguments } from "./arguments.ts";
import { computeOnce } from "./compute.ts";
import { type CachedFunction, detach, type IdentifiedCall, identifyNow } from "./identified-call.ts";
import { type Computed, joinable, runJoinable } from "./in-flight.ts";
import { lookUp } from "./look-up.ts";

/** A call of a cacheable: look up, compute once, publish. */
export async function call(
  cached: CachedFunction,
  self: unknown,
  args: readonly unknown[],
  mode: "default" | "recompute",
): Promise<unknown> {
  const startedAt = performance.now();
  if (!cacheEnabled()) return callUncached(cached, self, args);
  const identified = identifyNow(cached, self, args);
  let known = identified instanceof Promise ? await identified : identified;
  const { settings } = cached;
  const { key } = known.identity;
  const { store } = known.cache;
  const id = `${store.dir}\0${key}`;
  const report = (more: Omit<CallEnd, "startedAt">): void => tell(known, { startedAt, ...more });

  const running = joinable(id, settings.name);
  if (running !== undefined) {
    const computed = await running;
    report({ hit: true, source: "joined", computeMs: computed.computeMs });
    return ownCopy(known, computed);
  }
  let reason: MissReason = "recompute";
  let ignoring: Found | undefined;
  if (mode === "default" && !settings.recompute && !recomputeRequested(settings.name)) {
    const answer = lookUp(known);
    if (answer instanceof Promise) known = detach(known);
    const result = answer instanceof Promise ? await answer : answer;
    if ("value" in result) {
      store.used(key);
      report({ hit: true, source: "store", computeMs: result.found.durationMs });
      return result.value;
    }
    ({ reason, ignoring } = result);
    if (answer instanceof Promise) {
      // Another call may have begun to compute while the stored value was read.
      const begun = joinable(id, settings.name);
      if (begun !== undefined) {
        const computed = await begun;
        report({ hit: true, source: "joined", computeMs: computed.computeMs });
        return ownCopy(known, computed);
      }
    }
  }
  const request = { call: known, reason, ignoring };
  try {
    const computed = await runJoinable(id, () => computeOnce(request));
    const { value, stored, computeMs } = computed;
    if (computed.elsewhere) report({ hit: true, source: "joined", computeMs });
    else report({ hit: false, source: "computed", computeMs, reason, stored });
    return value;
  } catch (error) {
    report({ hit: false, source: "computed", computeMs: 0, reason, stored: false, failed: true });
    throw error;
  }
}

/** Calls the function with coerced arguments, and remembers nothing. */
async function callUncached(
  { fn, identity }: CachedFunction,
  self: unknown,
  args: readonly unknown[],
): Promise<unknown> {
  const { slots, functionName } = identity;
  const bound = bindArguments(slots, { functionName, self, args });
  const settled = bound instanceof Promise ? await bound : bound;
  return fn.apply(self, argumentsOf(slots, settled));
}

/** A caller that joined gets a value of its own, as every other hit does: nobody sees what others do with theirs. */
async function ownCopy(known: IdentifiedCall, computed: Computed): Promise<unknown> {
  const { value, stored } = computed;
  if (!stored || (typeof value !== "object" && typeof value !== "function") || value === null) return value;
  const answer = await lookUp(known);
  return "value" in answer ? answer.value : value;
}

interface CallEnd {
  readonly startedAt: number;
  readonly hit: boolean;
  readonly source: "store" | "joined" | "computed";
  readonly computeMs: number;
  readonly reason?: MissReason;
  readonly stored?: boolean;
  readonly failed?: boolean;
}

function tell(known: IdentifiedCall, { startedAt, computeMs, ...more }: CallEnd): void {
  if (!observed()) return;
  emit({
    type: "cache",
    timestamp: new Date().toISOString(),
    function_name: known.cached.settings.name,
    key_digest: known.identity.key,
    duration_s: (performance.now() - startedAt) / 1000,
    compute_s: computeMs / 1000,
    ...more,
  });
}
