import { types } from "node:util";
import { ScalableError } from "../errors.ts";
import type { ArgumentTypes } from "../identify/parameters.ts";
import type { FunctionSource } from "../identify/source.ts";
import { Ignore } from "../identify/types/paths.ts";
import type { AnyFunction } from "./options.ts";

/** Functions that this package made. */
const made = new WeakSet<AnyFunction>();

/** Takes note of a cacheable. */
export function madeCacheable(fn: AnyFunction): void {
  made.add(fn);
}

/** @throws ScalableError with `E_FUNCTION` for functions that would be answered wrongly, or not at all. */
export function checkFunction(fn: unknown): asserts fn is AnyFunction {
  if (typeof fn !== "function") throw refused(`a function is needed, but it is ${fn === null ? "null" : typeof fn}`);
  const called = `"${fn.name}"`;
  if (made.has(fn as AnyFunction)) {
    throw refused(
      `${called} is cacheable already, and a change of the function inside would not be noticed. Change its options with ${fn.name}.with({ … })`,
    );
  }
  if (types.isGeneratorFunction(fn)) {
    throw refused(`${called} is a generator function, whose values can be read once only. Return them in an array`);
  }
  // A method may be called "class" too, but then a parenthesis follows.
  if (/^class\b\s*[^\s(]/.test(Function.prototype.toString.call(fn))) {
    throw refused(`${called} is a class. Wrap a function that returns what its instances compute`);
  }
}

/**
 * An arrow function has the `this` and the `arguments` of the place where it stands. What they are cannot be seen from
 * outside, so two arrow functions with one text and different results would share a key.
 *
 * @throws ScalableError with `E_FUNCTION`.
 */
export function checkCaptures(name: string, source: FunctionSource | undefined, args: ArgumentTypes | undefined): void {
  if (source === undefined || !isArrow(source) || args?.["this"] === Ignore) return;
  if (source.usesThis || source.usesArguments) {
    const captured = source.usesThis ? "this" : "arguments";
    throw refused(
      `the arrow function "${name}" mentions "${captured}" of the place where it stands, which cannot be part of the key. Make it a method or a function, or give it what it needs as an argument`,
    );
  }
}

function isArrow({ tree }: FunctionSource): boolean {
  return Array.isArray(tree) && tree[0] === "ArrowFunctionExpression";
}

function refused(why: string): ScalableError {
  return new ScalableError("E_FUNCTION", `This cannot be made cacheable: ${why}.`);
}
