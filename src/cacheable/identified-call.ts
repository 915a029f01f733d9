import { ScalableError } from "../errors.ts";
import { describeValue } from "../identify/describe.ts";
import { type Digester, digesterFor } from "../identify/digester.ts";
import { type CallIdentity, type FunctionIdentity, KeyMaker } from "../identify/key.ts";
import type { DigestMemo } from "../identify/memo.ts";
import type { FunctionSource } from "../identify/source.ts";
import { rehashFiles, seed } from "../settings.ts";
import type { Cache } from "../store/cache.ts";
import {
  argumentsOf,
  type BoundArguments,
  bindArguments,
  copyArguments,
  copyRawCall,
  type RawCall,
} from "./arguments.ts";
import { inWatchedBody, unwatched } from "./audit/audit.ts";
import { codeOf, type LoadedCode } from "./code.ts";
import { cacheOf } from "./default-cache.ts";
import type { AnyFunction, Settings } from "./options.ts";
import { type Guard, guardsOf, holds, type Surroundings, surroundings, workingDirectory } from "./premises.ts";
import type { Origin } from "./registry.ts";

/** A function with all that is known of it. */
export interface CachedFunction {
  readonly fn: AnyFunction;
  readonly settings: Settings;
  /** What its own text says; undefined where that is not to be read, and need not be. */
  readonly source: FunctionSource | undefined;
  readonly origin: Origin;
  /** More code that it depends on; cacheables as what is known of them. */
  readonly dependsOn: readonly (string | CachedFunction | AnyFunction)[];
  readonly identity: FunctionIdentity;
  /** Its code, from its first use on: what was loaded stays what it is. */
  code?: LoadedCode;
  /** The key maker of the seed used last. */
  maker: { readonly seed: bigint; readonly keys: KeyMaker } | undefined;
}

/** One call, identified. */
export interface IdentifiedCall {
  readonly cached: CachedFunction;
  readonly identity: CallIdentity;
  readonly bound: BoundArguments;
  readonly cache: Cache;
  readonly digester: Digester;
  readonly surroundings: Surroundings;
  /**
   * Whether the arguments are the caller's own objects. The caller may change them as soon as it gets control back, so
   * a body, which may read them at any time until it ends, is never given them.
   */
  readonly live: boolean;
  /** Arguments that are the caller's own all the same, as they could not be copied. */
  readonly guards: readonly Guard[];
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
  if (inWatchedBody()) return unwatched(() => identify(cached, self, args));
  return identifyNow(cached, self, args);
}

/** The same, at once where nothing has to be waited for. */
export function identifyNow(
  cached: CachedFunction,
  self: unknown,
  args: readonly unknown[],
): IdentifiedCall | Promise<IdentifiedCall> {
  const { slots } = cached.identity;
  const now = seed();
  const digester = digesterFor(now);
  if (digester instanceof Promise) return identifyLater(cached, copyRawCall(slots, { self, args }), now);
  const bound = bindArguments(cached.identity, { self, args });
  if (!(bound instanceof Promise)) return identifyBound(cached, { bound, seed: now, digester });
  // The validation that has begun reads the caller's objects; another one reads copies.
  bound.catch(() => undefined);
  return identifyLater(cached, copyRawCall(slots, { self, args }), now);
}

async function identifyLater(cached: CachedFunction, copied: RawCall, seedThen: bigint): Promise<IdentifiedCall> {
  const bound = await bindArguments(cached.identity, copied);
  return identifyBound(cached, { bound, seed: seedThen, digester: await digesterFor(seedThen) });
}

interface BoundCall {
  readonly bound: BoundArguments;
  readonly seed: bigint;
  readonly digester: Digester;
}

function identifyBound(
  cached: CachedFunction,
  { bound, seed: seedNow, digester }: BoundCall,
): IdentifiedCall | Promise<IdentifiedCall> {
  const { settings } = cached;
  const cache = cacheOf(cached);
  if (cached.maker?.seed !== seedNow) {
    cached.code ??= codeOf(cached, () => memoOf(cache));
    cached.maker = { seed: seedNow, keys: new KeyMaker(cached.identity, cached.code.identity, digester) };
  }
  const inputs = inputsOf(cached, bound);
  const identity = cached.maker.keys.identify({ values: bound.values, inputs }, () => memoOf(cache));
  const reads = identity instanceof Promise;
  const known: IdentifiedCall = {
    cached,
    identity: reads ? UNKNOWN : identity,
    bound,
    cache,
    digester,
    surroundings: surroundings(settings.env, reads ? "files" : "no files"),
    live: true,
    guards: NO_GUARDS,
  };
  if (!reads) return known;
  // Files are being read: the caller goes on meanwhile.
  identity.catch(() => undefined);
  const taken = detach(known);
  return identity.then((ended) => ({ ...taken, identity: ended }));
}

function memoOf(cache: Cache): DigestMemo | undefined {
  return rehashFiles() ? undefined : cache.store.memo;
}

/** The paths that the option `inputs` gives for a call. */
export function inputsOf({ settings: { inputs }, identity }: CachedFunction, bound: BoundArguments): readonly string[] {
  if (typeof inputs !== "function") return inputs;
  const paths: unknown = inputs(...(argumentsOf(identity.slots, bound) as never[]));
  if (isPaths(paths)) return paths;
  throw new ScalableError(
    "E_SETTING",
    `The function "inputs" of ${identity.functionName} must return an array of paths, but returned ${describeValue(paths)}.`,
    { setting: "inputs", functionName: identity.functionName },
  );
}

function isPaths(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((path) => typeof path === "string");
}

const NO_GUARDS: readonly Guard[] = [];

/** Stands for an identity that is still being made. */
const UNKNOWN: CallIdentity = { key: "", observed: [], record: () => ({ functionName: "", parts: [], details: [] }) };

/** The call with arguments that its caller cannot change any more. To be made before something is waited for. */
export function detach(known: IdentifiedCall): IdentifiedCall {
  if (!known.live) return known;
  const { slots } = known.cached.identity;
  const { bound, uncopied } = copyArguments(slots, known.bound);
  const guards = uncopied.length === 0 ? NO_GUARDS : guardsOf(uncopied, bound.values, guardContext(known));
  return { ...known, bound, live: false, guards };
}

/**
 * Why the result of a computation that has ended does not belong to the call's key, if so: a word for the cause and an
 * explanation.
 */
export async function brokenPremise(known: IdentifiedCall): Promise<readonly [string, string] | undefined> {
  const { slots, env } = known.cached.identity;
  for (const guard of known.guards) {
    if (await holds(guard, known.bound.values, guardContext(known))) continue;
    return ["argument-changed", `its argument "${slots[guard.place]?.name}" was changed while it was computed`];
  }
  for (const { what, file } of known.identity.observed) {
    if (!(await file.isUnchanged())) return ["file-changed", `${what} was changed before the computation had ended`];
  }
  const edited = known.cached.code?.changedFile();
  if (edited !== undefined) {
    return [
      "code-changed",
      `${edited}, which it may load while it runs, was changed since this process began to use it`,
    ];
  }
  const { env: before, workingDirectory: place } = known.surroundings;
  const changed = env.find((name, place) => process.env[name] !== before[place]);
  if (changed !== undefined) return ["env-changed", `the variable ${changed} was changed while it was computed`];
  if (place !== undefined && workingDirectory() !== place) {
    return [
      "cwd-changed",
      "the working directory was changed while it was computed, and its files were named from there",
    ];
  }
  return undefined;
}

function guardContext({ cached, digester, cache }: IdentifiedCall): Parameters<typeof holds>[2] {
  return { slots: cached.identity.slots, digester, memo: memoOf(cache) };
}
