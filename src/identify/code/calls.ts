import { isCacheableName } from "./cacheable-name.ts";
import { ANY_PLACE, type Written } from "./effect-list.ts";
import type { Findings } from "./findings.ts";
import { GLOBAL_OBJECTS, globalBelow, isGlobal } from "./globals.ts";
import type { Imported } from "./imported.ts";
import { isFunction, isMember, keyOf, type Node, stringOf, unwrapped } from "./parse.ts";
import type { Scope } from "./scope.ts";
import type { Values } from "./values.ts";

/** Globals that write to nothing that they or their methods are given. */
const PURE: ReadonlySet<string> = new Set(
  "console JSON Math Number String Boolean Symbol BigInt structuredClone".split(" "),
);
const OBJECT_OR_ARRAY: ReadonlySet<string> = new Set(["Object", "Array"]);
/** Methods of these two that only read; the others write to their first argument, as those of `Reflect` do. */
const READING_STATICS: ReadonlySet<string> = new Set(
  "entries from fromEntries getOwnPropertyNames hasOwn is isArray isFrozen keys of values".split(" "),
);
const REFLECT: ReadonlySet<string> = new Set(["Reflect"]);
/** Methods that only read their object. What they give, and hand to the functions that they are given, may be part of it. */
const READING_METHODS: ReadonlySet<string> = new Set(
  (
    "at charAt concat endsWith entries every filter find findIndex findLast findLastIndex flat flatMap forEach get has " +
    "includes indexOf join keys lastIndexOf map match padStart reduce reduceRight replace slice some split startsWith " +
    "toFixed toLowerCase toSorted toSpliced toString toUpperCase trim values with"
  ).split(" "),
);

/** A function that is called, and what with. */
export interface Call {
  readonly callee: Node;
  readonly args: readonly Node[];
}

/** What calls may write to. */
export class Calls {
  readonly #values: Values;
  readonly #imported: Imported;
  readonly #findings: Findings;

  constructor(values: Values, imported: Imported, findings: Findings) {
    this.#values = values;
    this.#imported = imported;
    this.#findings = findings;
  }

  take({ callee, args }: Call, scope: Scope): void {
    const kind = this.#kindOf(callee, scope);
    if (kind === "pure") return;
    if (kind === "method") this.#takeMethod({ callee, args }, scope);
    const calleeRef = kind === "function" ? this.#refsOf(callee, scope).at(-1) : undefined;
    if (isCacheableName(callee)) return;
    for (const [place, argument] of args.entries()) {
      if (kind === "mutating" && place === 0) this.#mutate(argument, args.slice(1), scope);
      else this.#hand(this.#values.of(argument, scope), calleeRef, place);
    }
  }

  /** A call whose result nobody takes: `solver.configure({ … })`. */
  takeStatement(expression: Node, scope: Scope): void {
    const awaited = unwrapped(expression);
    const call = awaited.type === "AwaitExpression" ? unwrapped(awaited["argument"] as Node) : awaited;
    if (call.type !== "CallExpression") return;
    for (const ref of this.#refsOf(unwrapped(call["callee"] as Node), scope)) this.#findings.effects.commands.add(ref);
  }

  /** What a call may write to, as far as the text tells: nothing, its first argument, its object, or as the function does. */
  #kindOf(callee: Node, scope: Scope): "pure" | "mutating" | "method" | "function" {
    if (isGlobal(callee, PURE, scope)) return "pure";
    if (!isMember(callee)) return "function";
    const object = unwrapped(callee["object"] as Node);
    if (this.#imported.namespace(object, scope) !== undefined) return "function";
    if (isGlobal(object, PURE, scope)) return "pure";
    if (isGlobal(object, REFLECT, scope)) return "mutating";
    if (!isGlobal(object, OBJECT_OR_ARRAY, scope)) return "method";
    return READING_STATICS.has(keyOf(callee, "property") ?? "") ? "pure" : "mutating";
  }

  #takeMethod({ callee, args }: Call, scope: Scope): void {
    const values = this.#values.of(callee["object"] as Node, scope);
    if (READING_METHODS.has(keyOf(callee, "property") ?? "")) this.#handParts(values, args, scope);
    else this.#findings.effects.calls.push(...values);
  }

  /** Functions that a method is given get what the object holds. */
  #handParts(values: readonly Written[], args: readonly Node[], scope: Scope): void {
    if (values.length === 0) return;
    for (const argument of args) {
      const fn = unwrapped(argument);
      if (isFunction(fn)) this.#values.hand(fn, values);
      else for (const ref of this.#refsOf(fn, scope)) this.#hand(values, ref, ANY_PLACE);
    }
  }

  #hand(values: readonly Written[], callee: number | undefined, place: number): void {
    for (const value of values) this.#findings.effects.hands.push({ value, callee, place });
  }

  /** `Object.assign(RATES, { gas: 3 })`, `Object.defineProperty(globalThis, "RATE", …)` */
  #mutate(target: Node, rest: readonly Node[], scope: Scope): void {
    this.#writeGlobals(unwrapped(target), rest, scope);
    this.#findings.effects.writes.push(...this.#values.of(target, scope));
  }

  #writeGlobals(target: Node, rest: readonly Node[], scope: Scope): void {
    const { globals } = this.#findings.effects;
    const global = globalBelow(target, scope);
    if (global !== undefined) globals.add(global);
    if (!isGlobal(target, GLOBAL_OBJECTS, scope)) return;
    for (const argument of rest) {
      const name = stringOf(argument);
      if (name !== undefined) globals.add(name);
      if (argument.type !== "ObjectExpression") continue;
      for (const property of argument["properties"] as readonly Node[]) {
        const key = property.type === "SpreadElement" ? undefined : keyOf(property);
        if (key !== undefined) globals.add(key);
      }
    }
  }

  #refsOf(expression: Node, scope: Scope): number[] {
    return this.#values.of(expression, scope).flatMap((value) => ("ref" in value ? value.ref : []));
  }
}
