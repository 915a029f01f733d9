import { cachedFunctionOf } from "../cacheable/cacheable.ts";
import type { AnyFunction } from "../cacheable/options.ts";
import { placeOf } from "../cacheable/registry.ts";
import { ScalableError } from "../errors.ts";
import { moduleUrlOf } from "../identify/code/module-of.ts";
import type { FunctionRef } from "../providers/provider.ts";

const refs = new WeakMap<object, FunctionRef>();

/**
 * How a worker finds a function.
 *
 * @throws ScalableError with `E_FUNCTION` where none could, with what to do about it.
 */
export function findFunction(fn: AnyFunction): FunctionRef {
  const known = refs.get(fn);
  if (known !== undefined) return known;
  const cached = cachedFunctionOf(fn);
  const found = cached === undefined ? findPlain(fn) : findCacheable(fn, cached.settings.name);
  refs.set(fn, found);
  return found;
}

function findCacheable(fn: AnyFunction, functionName: string): FunctionRef {
  const place = placeOf(fn);
  if (place !== undefined) return { kind: "cacheable", place };
  throw new ScalableError(
    "E_FUNCTION",
    `A worker could not find ${functionName}: it was made cacheable within a function. Make it at the top of its module, and pass what it captures as arguments.`,
    { functionName },
  );
}

/** Whether its module exports it is seen in the worker: here, the module may still be running. */
function findPlain(fn: AnyFunction): FunctionRef {
  const module = fn.name === "" ? undefined : moduleUrlOf(fn);
  if (module?.startsWith("file:") === true) {
    return { kind: "export", module, name: fn.name, text: Function.prototype.toString.call(fn) };
  }
  throw new ScalableError(
    "E_FUNCTION",
    `A worker could not find the function ${fn.name || "(anonymous)"}: it has no name, or is not in a file. Export it from a module, or make it cacheable at the top of one.`,
    { functionName: fn.name },
  );
}
