import { type Cacheable, cachedFunctionOf } from "../cacheable/cacheable.ts";
import type { CachedFunction } from "../cacheable/identified-call.ts";
import type { AnyFunction } from "../cacheable/options.ts";
import { ScalableError } from "../errors.ts";
import { DirType, FileType } from "../identify/types/paths.ts";
import type { Outputs } from "./provider.ts";

const known = new WeakMap<object, Map<string, CachedFunction>>();

/**
 * A cacheable whose results have the files and folders that a task of the manifest declares.
 *
 * @throws ScalableError with `E_SETTING` where the function declares a result that is no plain object.
 */
export function withOutputs(fn: Cacheable<AnyFunction>, outputs: Outputs): CachedFunction {
  const cached = cachedFunctionOf(fn);
  if (cached === undefined) throw new TypeError(`${fn.name} is not cacheable.`);
  if (outputs.length === 0) return cached;
  const variants = known.get(fn) ?? new Map<string, CachedFunction>();
  known.set(fn, variants);
  const id = JSON.stringify(outputs);
  const variant = variants.get(id) ?? cachedFunctionOf(fn.with({ returnType: typeOf(cached, outputs) }));
  if (variant === undefined) throw new TypeError(`${fn.name} is not cacheable.`);
  variants.set(id, variant);
  return variant;
}

function typeOf({ settings: { name, returnType } }: CachedFunction, outputs: Outputs): Record<string, typeof FileType> {
  if (returnType !== undefined && returnType.tag !== "Object") {
    throw new ScalableError(
      "E_SETTING",
      `${name} declares a returnType, and its task in the manifest declares outputs: leave one of them out.`,
      { functionName: name, setting: "outputs" },
    );
  }
  return Object.fromEntries(outputs.map(([property, kind]) => [property, kind === "file" ? FileType : DirType]));
}
