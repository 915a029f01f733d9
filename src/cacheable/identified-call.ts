import { type Digester, digesterFor } from "../identify/digester.ts";
import { type CallIdentity, type FunctionIdentity, KeyMaker } from "../identify/key.ts";
import { rehashFiles, seed } from "../settings.ts";
import type { Cache } from "../store/cache.ts";
import { argumentsOf, type BoundArguments, bindArguments, snapshotArguments } from "./arguments.ts";
import { defaultCache } from "./default-cache.ts";
import type { AnyFunction, Settings } from "./options.ts";

/** A function with all that is known of it. */
export interface CachedFunction {
  readonly fn: AnyFunction;
  readonly settings: Settings;
  readonly identity: FunctionIdentity;
  /** The key maker of the seed used last. */
  maker: { readonly seed: bigint; readonly keys: KeyMaker } | undefined;
}

/** One call, identified. */
export interface IdentifiedCall {
  readonly cached: CachedFunction;
  readonly identity: CallIdentity;
  readonly bound: BoundArguments;
  readonly cache: Cache;
  /**
   * Whether the arguments are the caller's own objects. Then the caller may change them as soon as it gets control
   * back, so a body must begin before that or be given a copy.
   */
  readonly live: boolean;
  /** Whether a change of the arguments since cannot be ruled out, as they could not be copied. */
  readonly unsure: boolean;
}

/**
 * Makes the key of a call. Values are read before this returns, and where it has to wait, they are copied first: what
 * the caller does with its objects afterwards changes nothing.
 */
export async function identify(
  cached: CachedFunction,
  self: unknown,
  args: readonly unknown[],
): Promise<IdentifiedCall> {
  return identifyNow(cached, self, args);
}

/** The same, at once where nothing has to be waited for. */
export function identifyNow(
  cached: CachedFunction,
  self: unknown,
  args: readonly unknown[],
): IdentifiedCall | Promise<IdentifiedCall> {
  const { slots, functionName } = cached.identity;
  const first = bindArguments(slots, { functionName, self, args });
  const now = seed();
  const digester = digesterFor(now);
  if (first instanceof Promise || digester instanceof Promise) {
    if (first instanceof Promise) first.catch(() => undefined);
    const taken = snapshotRaw(cached, self, args);
    return (async () => {
      const bound = await bindArguments(slots, { functionName, self, args: taken.args });
      return identifyBound(cached, { bound, seed: now, digester: await digester, live: false, unsure: !taken.copied });
    })();
  }
  return identifyBound(cached, { bound: first, seed: now, digester, live: true, unsure: false });
}

/** A copy of the arguments as the caller gave them, before any of them is coerced. */
function snapshotRaw(
  { identity: { slots } }: CachedFunction,
  self: unknown,
  args: readonly unknown[],
): { readonly args: unknown[]; readonly copied: boolean } {
  const ignored = slots.filter((slot) => slot.type?.ignored === true).map((slot) => slot.source);
  const positions = args.map((_, position) => ({
    name: String(position),
    source: { from: "position", position } as const,
    type: ignored.some((source) => source.from === "position" && source.position === position)
      ? slots.find((slot) => slot.source.from === "position" && slot.source.position === position)?.type
      : undefined,
  }));
  const taken = snapshotArguments(positions, { self, values: args, count: args.length });
  return { args: [...taken.bound.values], copied: taken.copied };
}

interface BoundCall {
  readonly bound: BoundArguments;
  readonly seed: bigint;
  readonly digester: Digester;
  readonly live: boolean;
  readonly unsure: boolean;
}

function identifyBound(
  cached: CachedFunction,
  { bound, seed: seedNow, digester, live, unsure }: BoundCall,
): IdentifiedCall | Promise<IdentifiedCall> {
  const { settings } = cached;
  const cache = settings.cache ?? defaultCache();
  if (cached.maker?.seed !== seedNow) cached.maker = { seed: seedNow, keys: new KeyMaker(cached.identity, digester) };
  const inputs = inputsOf(cached, bound);
  const identity = cached.maker.keys.identify({ values: bound.values, inputs }, () =>
    rehashFiles() ? undefined : cache.store.memo,
  );
  if (!(identity instanceof Promise)) return { cached, identity, bound, cache, live, unsure };
  // Files are being read: the caller goes on meanwhile.
  identity.catch(() => undefined);
  const taken = detach({ cached, identity: UNKNOWN, bound, cache, live, unsure });
  return identity.then((ended) => ({ ...taken, identity: ended }));
}

function inputsOf({ settings: { inputs }, identity }: CachedFunction, bound: BoundArguments): readonly string[] {
  return typeof inputs === "function" ? inputs(...(argumentsOf(identity.slots, bound) as never[])) : inputs;
}

/** Stands for an identity that is still being made. */
const UNKNOWN: CallIdentity = { key: "", observed: [], record: () => ({ functionName: "", parts: [] }) };

/** The call with arguments that its caller cannot change any more. To be made before something is waited for. */
export function detach(known: IdentifiedCall): IdentifiedCall {
  if (!known.live) return known;
  const { bound, copied } = snapshotArguments(known.cached.identity.slots, known.bound);
  return { ...known, bound, live: false, unsure: !copied };
}
