import { createHash } from "node:crypto";
import { ScalableError } from "../errors.ts";
import { slotsOf } from "../identify/parameters.ts";
import { type FunctionSource, readFunction } from "../identify/source.ts";
import { warnOnce } from "../log.ts";
import { LocalStore } from "../store/local/local-store.ts";
import { call } from "./call.ts";
import { checkCaptures, checkFunction, madeCacheable } from "./check-function.ts";
import { explain } from "./explain.ts";
import type { Explanation } from "./explanation.ts";
import { type CachedFunction, identify } from "./identified-call.ts";
import { isStored, isStoredRemotely } from "./look-up.ts";
import { type AnyFunction, type CacheableOptions, redactionOf, type Settings, settingsOf } from "./options.ts";
import { type Origin, originOf, register } from "./registry.ts";

/**
 * A function whose results are remembered. Calling it looks the call up, and runs the function where there is no result
 * yet. What the function throws reaches the caller unchanged, and is not remembered.
 */
export interface Cacheable<F extends (...args: never[]) => unknown> {
  (this: ThisParameterType<F>, ...args: Parameters<F>): Promise<Awaited<ReturnType<F>>>;
  /** Name under which results are kept. */
  readonly functionName: string;
  /** The function itself: runs each time, and neither reads nor stores. */
  readonly uncached: F;
  /** The key of a call: 32 hexadecimal digits. */
  key(this: unknown, ...args: Parameters<F>): Promise<string>;
  /**
   * Whether a result of the call is stored that is not too old, here or in the shared cache. Says nothing of whether it
   * would pass `returnType` and `checkOutput`.
   */
  has(this: unknown, ...args: Parameters<F>): Promise<boolean>;
  /** Removes the stored result of the call, here and in the shared cache. Returns whether there was one here. */
  forget(this: unknown, ...args: Parameters<F>): Promise<boolean>;
  /** Computes the call, and stores the result in place of the old one. */
  recompute(this: unknown, ...args: Parameters<F>): Promise<Awaited<ReturnType<F>>>;
  /**
   * Whether the call would be answered from the cache, and in what it differs from the stored call that is nearest.
   * `String(await f.explain(…))` says it in lines.
   */
  explain(this: unknown, ...args: Parameters<F>): Promise<Explanation>;
  /** The same function with some options changed. */
  with(options: CacheableOptions<F>): Cacheable<F>;
}

/** A method that can be decorated. A cached one always returns a promise, so it has to return one itself. */
// biome-ignore lint/suspicious/noExplicitAny: the only type that each method can be assigned to, whatever its parameters
export type AsyncMethod = (this: never, ...args: any[]) => Promise<unknown>;

/** What `cacheable(options)` returns: wraps a function, and decorates a method that returns a promise. */
export interface CacheableWrapper {
  <M extends AsyncMethod>(method: M, context: ClassMethodDecoratorContext<never, M>): M;
  <F extends (...args: never[]) => unknown>(fn: F): Cacheable<F>;
}

/**
 * Remembers the results of a function. A call is identified by the function's name and code and by its arguments; see
 * {@link CacheableOptions} for what else.
 *
 * - `cacheable(fn)`: with all defaults.
 * - `cacheable(options, fn)`: with options.
 * - `cacheable(options)`: a wrapper.
 * - `@cacheable` and `@cacheable({ … })`: standard decorators of methods.
 *
 * A method's `this` is part of the key where the method mentions it; `args: { this: Ignore, … }` leaves it out.
 *
 * Where the function is written in place, its parameters need types, as `never` is what they are without one; a default
 * value is one.
 *
 * @throws ScalableError with `E_FUNCTION`, `E_PARAMETERS` or `E_SETTING` where the function cannot be cached like that.
 */
export function cacheable<M extends AsyncMethod>(method: M, context: ClassMethodDecoratorContext<never, M>): M;
export function cacheable<F extends (...args: never[]) => unknown>(fn: F): Cacheable<F>;
export function cacheable<F extends (...args: never[]) => unknown>(
  options: CacheableOptions<NoInfer<F>>,
  fn: F,
): Cacheable<F>;
export function cacheable(options: CacheableOptions): CacheableWrapper;
export function cacheable(
  first: AnyFunction | CacheableOptions,
  second?: AnyFunction | ClassMethodDecoratorContext,
): unknown {
  if (typeof first === "function") return second === undefined ? wrap(first, {}) : decorate(first, second, {});
  if (typeof first !== "object" || first === null) {
    throw new ScalableError("E_FUNCTION", "cacheable takes a function, options and a function, or options.");
  }
  if (second !== undefined) return wrap(second as AnyFunction, first);
  return (fn: AnyFunction, context?: ClassMethodDecoratorContext): unknown =>
    context === undefined ? wrap(fn, first) : decorate(fn, context, first);
}

/** @param context - what the language passes to a decorator, or whatever else a caller passes in its place. */
function decorate(method: AnyFunction, context: unknown, options: CacheableOptions): Cacheable<AnyFunction> {
  if (typeof context === "object" && context !== null && "kind" in context && "name" in context) {
    if (context.kind === "method") return wrap(method, { name: String(context.name), ...options });
    throw new ScalableError("E_FUNCTION", `@cacheable decorates methods, not a ${String(context.kind)}.`);
  }
  throw new ScalableError(
    "E_FUNCTION",
    "Options come before the function: cacheable(options, fn). As a decorator, cacheable needs the standard decorators (TC39), and not experimentalDecorators.",
  );
}

const internals = new WeakMap<object, CachedFunction>();

/** What is known of a cacheable; undefined for any other function. */
export function cachedFunctionOf(fn: object): CachedFunction | undefined {
  return internals.get(fn);
}

/** @param from - where the function was made cacheable before, with other options. */
function wrap(fn: AnyFunction, options: CacheableOptions, from?: Origin): Cacheable<AnyFunction> {
  checkFunction(fn);
  const cached = describe(fn, options, from);
  const invoke = function (this: unknown, ...args: unknown[]): Promise<unknown> {
    return call(cached, this, args, "default");
  };
  Object.defineProperty(invoke, "name", { value: fn.name, configurable: true });
  Object.defineProperty(invoke, "length", { value: fn.length, configurable: true });
  const selfOf = (self: unknown): unknown => (self === invoke ? receiverless(cached) : self);
  const methods = {
    functionName: cached.settings.name,
    uncached: fn,
    async key(this: unknown, ...args: unknown[]) {
      return (await identify(cached, selfOf(this), args)).identity.key;
    },
    async has(this: unknown, ...args: unknown[]) {
      const known = await identify(cached, selfOf(this), args);
      return isStored(known) || isStoredRemotely(known);
    },
    async forget(this: unknown, ...args: unknown[]) {
      const { cache, identity } = await identify(cached, selfOf(this), args);
      await cache.remote?.remove({ key: identity.key, functionName: cached.settings.name });
      return cache.deleteLocally(identity.key);
    },
    async recompute(this: unknown, ...args: unknown[]) {
      return call(cached, selfOf(this), args, "recompute");
    },
    async explain(this: unknown, ...args: unknown[]) {
      return explain(cached, selfOf(this), args);
    },
    with(more: CacheableOptions) {
      return wrap(fn, { ...options, ...more }, cached.origin);
    },
  };
  warnOfTwins(cached);
  madeCacheable(invoke);
  internals.set(invoke, cached);
  register(invoke, cached.origin);
  return Object.assign(invoke, methods) as Cacheable<AnyFunction>;
}

/**
 * `f.key(…)` has the cacheable itself as `this`, which is not what the function's own `this` is in `f(…)`. Where it
 * counts, answering for none would be a wrong answer: of `object.f.key(…)` only `f` can be seen here.
 */
function receiverless({ settings: { name }, identity: { slots } }: CachedFunction): undefined {
  if (slots.every(({ source, type }) => source.from !== "this" || type?.ignored === true)) return undefined;
  throw new ScalableError(
    "E_FUNCTION",
    `"this" is part of the key of ${name}, so it has to be given: ${name}.key.call(object, …), and so with has, forget, recompute and explain.`,
    { functionName: name },
  );
}

function describe(fn: AnyFunction, options: CacheableOptions, from: Origin | undefined): CachedFunction {
  const settings = settingsOf(options, fn);
  const { name, code, args, version, env } = settings;
  // The compiled hash is needed at the first call; starting now, it is mostly there by then.
  LocalStore.ready()?.catch(() => undefined);
  const source = sourceOf(fn, name, code);
  checkCaptures(name, source, args);
  const slots = slotsOf(name, source, args);
  const redaction = redactionOf(settings.redact, slots);
  return {
    fn,
    settings,
    source,
    origin: from ?? originOf(name),
    dependsOn: settings.dependsOn.map((given) => (typeof given === "string" ? given : (internals.get(given) ?? given))),
    identity: { functionName: name, version, slots, env, redaction },
    maker: undefined,
  };
}

/** With `code: "name"`, a function whose text cannot be read (a native one, say) can be cached as well. */
function sourceOf(fn: AnyFunction, name: string, code: Settings["code"]): FunctionSource | undefined {
  if (code !== "name") return readFunction(fn, name);
  try {
    return readFunction(fn, name);
  } catch {
    return undefined;
  }
}

const wrapped = new Map<string, { readonly fn: AnyFunction; readonly text: string }>();

/**
 * Two functions that share name and code share their entries, although what they refer to outside of their text may
 * differ: other variables that a factory gave them, and with `code: "function"` other constants of their modules.
 */
function warnOfTwins({ fn, settings, source, origin }: CachedFunction): void {
  const { name, version, code } = settings;
  const tree = code === "name" ? undefined : source?.tree;
  const module = code === "closure" ? origin.sites[0]?.file : undefined;
  const shared = JSON.stringify([name, version, tree, module, settings.cache?.dir], (_, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
  const id = createHash("sha256").update(shared).digest("base64");
  const text = Function.prototype.toString.call(fn);
  const twin = wrapped.get(id);
  if (twin === undefined) {
    wrapped.set(id, { fn, text });
    return;
  }
  if (twin.fn === fn) return;
  const distinguishing =
    code === "name" && twin.text !== text ? ' Their code differs, and code: "name" does not look at it.' : "";
  warnOnce(
    name,
    "twins",
    `Two functions are cached under the name "${name}" and would answer for each other.${distinguishing} Give one of them another name or version, and pass what they capture from outside as an argument.`,
  );
}
