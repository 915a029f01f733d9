import { inspect, types } from "node:util";
import { hasPrivateState } from "./source.ts";

/** What a value is to the canonical encoding. See docs/formats/key.md. */
export type BuiltIn =
  | "array"
  | "map"
  | "set"
  | "date"
  | "regexp"
  | "error"
  | "url"
  | "url-search-params"
  | "boxed"
  | "array-buffer"
  | "shared-array-buffer"
  | "view"
  | "object";

/** How an object is encoded: its built-in base, and its class where that is not the base itself. */
export type ObjectKind =
  | { readonly refused: string }
  | { readonly base: BuiltIn; readonly className: string | undefined; readonly nullPrototype: boolean };

const STANDARD: ReadonlyMap<object, BuiltIn> = new Map<object, BuiltIn>([
  [Object.prototype, "object"],
  [Array.prototype, "array"],
  [Map.prototype, "map"],
  [Set.prototype, "set"],
  [Date.prototype, "date"],
  [RegExp.prototype, "regexp"],
  [URL.prototype, "url"],
  [URLSearchParams.prototype, "url-search-params"],
  [ArrayBuffer.prototype, "array-buffer"],
  [SharedArrayBuffer.prototype, "shared-array-buffer"],
]);

const PLAIN = { base: "object", className: undefined, nullPrototype: false } as const;
const PLAIN_ARRAY = { base: "array", className: undefined, nullPrototype: false } as const;

export function kindOf(object: object): ObjectKind {
  if (types.isProxy(object)) return { refused: "a proxy: what it will answer cannot be known" };
  const prototype: object | null = Object.getPrototypeOf(object);
  if (prototype === Array.prototype && Array.isArray(object)) return PLAIN_ARRAY;
  const base = builtInOf(object);
  if (typeof base !== "string") return base;
  if (prototype === Object.prototype && base === "object") return PLAIN;
  if (prototype === null) {
    if (types.isModuleNamespaceObject(object)) return { refused: "a module namespace" };
    if (base !== "object") return { refused: "a built-in object without its prototype" };
    return { base, className: undefined, nullPrototype: true };
  }
  if (standardBase(prototype) === base) return { base, className: undefined, nullPrototype: false };
  const name = classNameOf(prototype);
  const refused = classRefusal(prototype, base);
  return refused === undefined ? { base, className: name, nullPrototype: false } : { refused };
}

function builtInOf(object: object): BuiltIn | { readonly refused: string } {
  if (Array.isArray(object)) return "array";
  if (ArrayBuffer.isView(object)) return "view";
  if (types.isMap(object)) return "map";
  if (types.isSet(object)) return "set";
  if (types.isDate(object)) return "date";
  if (types.isRegExp(object)) return "regexp";
  if (types.isNativeError(object) || object instanceof Error) return "error";
  if (object instanceof URL) return "url";
  if (object instanceof URLSearchParams) return "url-search-params";
  if (types.isSharedArrayBuffer(object)) return "shared-array-buffer";
  if (types.isArrayBuffer(object)) return "array-buffer";
  if (types.isBoxedPrimitive(object)) return types.isSymbolObject(object) ? { refused: "a boxed symbol" } : "boxed";
  if (types.isPromise(object)) return { refused: "a promise: await it first" };
  if (types.isWeakMap(object) || types.isWeakSet(object) || object instanceof WeakRef) {
    return { refused: "a weak collection: its content cannot be listed" };
  }
  if (types.isGeneratorObject(object)) return { refused: "a generator: collect its values into an array" };
  if (types.isMapIterator(object) || types.isSetIterator(object)) {
    return { refused: "an iterator: collect its values into an array" };
  }
  if (types.isExternal(object)) return { refused: "a native object" };
  return "object";
}

/** Verdicts on classes, by their prototypes: for objects that the language itself gives content, and for all others. */
const refusals = {
  builtIn: new WeakMap<object, string | false>(),
  plain: new WeakMap<object, string | false>(),
};

/** Why instances of this class cannot be encoded by what can be seen of them, if so. */
function classRefusal(prototype: object, base: BuiltIn): string | undefined {
  const known = base === "object" ? refusals.plain : refusals.builtIn;
  let verdict = known.get(prototype);
  if (verdict === undefined) {
    verdict = judgeClass(prototype, base) ?? false;
    known.set(prototype, verdict);
  }
  return verdict === false ? undefined : verdict;
}

function judgeClass(prototype: object, base: BuiltIn): string | undefined {
  for (let proto: object | null = prototype; proto !== null; proto = Object.getPrototypeOf(proto)) {
    if (standardBase(proto) !== undefined) return undefined;
    const type = constructorOf(proto);
    if (type === undefined) {
      // What it inherits from a nameless prototype is part of the value, and would not be seen.
      const empty = Object.getPrototypeOf(proto) === null && Reflect.ownKeys(proto).length === 0;
      return empty ? undefined : "an object whose prototype is not that of a class";
    }
    const name = nameOf(type) || "(anonymous class)";
    if (isNative(type) || (PLATFORM.has(name) && Reflect.get(globalThis, name) === type)) {
      return base === "object" ? `an instance of the native class ${name}` : undefined;
    }
    if (hasPrivateState(Function.prototype.toString.call(type)))
      return `an instance of ${name}, which has private fields`;
  }
  return undefined;
}

/** Names of what the platform itself defines: some of its classes are written in JavaScript, and keep hidden state. */
const PLATFORM: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(globalThis));

const STANDARD_NAMES: ReadonlyMap<string, BuiltIn> = new Map(
  [...STANDARD].map(([prototype, base]) => [classNameOf(prototype), base]),
);

/** The built-in class that a prototype belongs to, also where it is that of another realm (a vm context). */
function standardBase(prototype: object): BuiltIn | undefined {
  const here = STANDARD.get(prototype);
  if (here !== undefined) return here;
  const type = constructorOf(prototype);
  return type !== undefined && isNative(type) ? STANDARD_NAMES.get(nameOf(type)) : undefined;
}

/** The class that a prototype is the prototype of. */
function constructorOf(prototype: object): { readonly name: unknown } | undefined {
  const type: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  return typeof type === "function" && type.prototype === prototype ? type : undefined;
}

const native = new WeakMap<object, boolean>();

function isNative(type: object): boolean {
  let verdict = native.get(type);
  if (verdict === undefined) {
    verdict = /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(type));
    native.set(type, verdict);
  }
  return verdict;
}

/** A class may have a static member called `name`. */
function nameOf({ name }: { readonly name: unknown }): string {
  return typeof name === "string" ? name : "";
}

/** Name of the class that a prototype belongs to. */
export function classNameOf(prototype: object): string {
  const type: unknown = Reflect.get(prototype, "constructor");
  return typeof type === "function" ? nameOf(type) : "";
}

/** Above this length, an array's keys are not listed where that can be helped. */
const LONG = 64;
const SHOWN_ALONE = [
  /^\[ \.{3} \d+ more items, \[length\]: \d+ \]$/,
  /^\w+\(\d+\)(?: \[\w+\])? \[ \.{3} \d+ more items, \[BYTES_PER_ELEMENT\]: \d+, \[length\]: \d+, \[byteLength\]: \d+, \[byteOffset\]: \d+, \[buffer\]: ArrayBuffer \{[^{}]*\} \]$/,
];

/**
 * Keys of an array's or typed array's own properties besides its elements and its length, hidden ones and symbols
 * included.
 *
 * To list the keys of a long array makes a string of each index: 60 ms for a million. `inspect` reads the other
 * properties alone, so a long array is asked through it first, and listed only where it says anything unusual.
 */
export function keysBesideElements(array: ArrayBufferView | readonly unknown[]): (string | symbol)[] {
  const { length } = array as { readonly length?: number };
  if (length !== undefined && length > LONG) {
    const options = { maxArrayLength: 0, depth: 0, showHidden: true, customInspect: false };
    const shown = inspect(array, { ...options, breakLength: Number.POSITIVE_INFINITY });
    if (SHOWN_ALONE.some((alone) => alone.test(shown))) return [];
  }
  const keys = Reflect.ownKeys(array);
  // Indices come before all other keys; a view's length is no property of its own.
  return Array.isArray(array) ? keys.slice(keys.indexOf("length") + 1) : keys.slice(length ?? 0);
}
