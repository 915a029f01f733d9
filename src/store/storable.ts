import { kindOf, namedProperties } from "../identify/value-kind.ts";

/** Where in a value something is: keys from the root on. */
type Path = readonly (string | number)[];

/** What structured clone makes of a value. */
export type Storability =
  | {
      readonly storable: true /** Objects without a prototype, which it would give one. */;
      readonly bare: readonly Path[];
    }
  | { readonly storable: false; readonly reason: string };

interface Place {
  readonly value: unknown;
  readonly key: string | number;
  readonly parent: Place | undefined;
  /** Whether the place can be named by keys alone. */
  readonly addressable: boolean;
}

const ERROR_NAMES = new Set([
  "Error",
  "EvalError",
  "RangeError",
  "ReferenceError",
  "SyntaxError",
  "TypeError",
  "URIError",
]);
const VIEWS = new Set([
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float16Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
  "DataView",
  "Buffer",
]);

/**
 * Whether a value comes back from the store as it went in. Looks at everything in it, so that what would come back
 * different is found before it is stored, and named with its place.
 */
export function judgeStorable(root: unknown): Storability {
  const bare: Path[] = [];
  const met = new Set<object>();
  const open: Place[] = [{ value: root, key: "", parent: undefined, addressable: true }];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const { value } = place;
    if (typeof value === "function" || typeof value === "symbol") return refused(place, `a ${typeof value}`);
    if (typeof value !== "object" || value === null || met.has(value)) continue;
    met.add(value);
    const reason = inspectObject(value, place, { open, bare });
    if (reason !== undefined) return refused(place, reason);
  }
  return { storable: true, bare };
}

/** Puts the children of an object on the list. Returns why it cannot be stored, if so. */
function inspectObject(object: object, place: Place, found: { open: Place[]; bare: Path[] }): string | undefined {
  const kind = kindOf(object);
  if ("refused" in kind) return kind.refused;
  if (Object.getOwnPropertySymbols(object).length > 0) return "an object with a symbol as a property key";
  const child = (value: unknown, key: string | number, addressable: boolean): void => {
    if (typeof value === "object" || typeof value === "function" || typeof value === "symbol") {
      found.open.push({ value, key, parent: place, addressable: place.addressable && addressable });
    }
  };
  const properties = (keys: readonly string[]): string | undefined => {
    for (const key of keys) {
      const property = Object.getOwnPropertyDescriptor(object, key);
      if (property?.get !== undefined) return `an object whose property "${key}" is computed by a getter`;
      child(property?.value, key, true);
    }
    return undefined;
  };
  const { base, className } = kind;
  switch (base) {
    case "array": {
      if (className !== undefined) return `an instance of ${className}`;
      const array = object as readonly unknown[];
      for (let index = 0; index < array.length; index += 1) {
        const element = array[index];
        if (typeof element !== "number") child(element, index, true);
        // An array that is almost empty: its elements are found by their keys.
        if (element === undefined && array.length > 1_000_000) return properties(Object.keys(array));
      }
      return properties(namedProperties(array));
    }
    case "object": {
      if (className !== undefined) return `an instance of ${className}, which has no declared type (see returnType)`;
      if (kind.nullPrototype) {
        if (!place.addressable) return "an object without a prototype inside of a Map or Set";
        found.bare.push(pathOf(place));
      }
      return properties(Object.keys(object));
    }
    case "map":
      if (className !== undefined || Object.keys(object).length > 0)
        return `an instance of ${className ?? "Map"} with more in it`;
      for (const [key, value] of object as ReadonlyMap<unknown, unknown>) {
        child(key, "(key)", false);
        child(value, typeof key === "string" ? key : "(value)", false);
      }
      return undefined;
    case "set":
      if (className !== undefined || Object.keys(object).length > 0)
        return `an instance of ${className ?? "Set"} with more in it`;
      for (const member of object as ReadonlySet<unknown>) child(member, "(member)", false);
      return undefined;
    case "error": {
      const more = Object.keys(object).filter((key) => key !== "name" && key !== "message" && key !== "stack");
      if (!ERROR_NAMES.has(className ?? "") || (object as Error).name !== className)
        return `an instance of ${className}`;
      if (more.length > 0) return `an Error with the property "${more[0]}"`;
      if (Object.hasOwn(object, "cause")) child((object as Error).cause, "cause", false);
      return undefined;
    }
    case "regexp":
      return className === undefined && (object as RegExp).lastIndex === 0 ? undefined : "a RegExp in use";
    case "view":
      if (!VIEWS.has(className ?? "")) return `an instance of ${className}`;
      return namedProperties(object as Uint8Array).length > 0 ? "a typed array with properties" : undefined;
    case "date":
    case "boxed":
    case "array-buffer": {
      const builtIn = base === "boxed" ? true : className === undefined;
      return builtIn && Object.keys(object).every((key) => base === "boxed" && /^\d+$/.test(key))
        ? undefined
        : `an instance of ${className ?? base} with more in it`;
    }
    case "shared-array-buffer":
      return "a SharedArrayBuffer";
    case "url":
    case "url-search-params":
      return `a ${base === "url" ? "URL" : "URLSearchParams"}; return its text`;
  }
}

function pathOf(place: Place): Path {
  const keys: (string | number)[] = [];
  for (let at = place; at.parent !== undefined; at = at.parent) keys.unshift(at.key);
  return keys;
}

function refused(place: Place, what: string): Storability {
  const path = pathOf(place);
  const shown = path.length > 20 ? [...path.slice(0, 10), "…", ...path.slice(-10)] : path;
  const where = shown.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`)).join("");
  return { storable: false, reason: `${where === "" ? "it" : `result${where}`} is ${what}` };
}

/** Takes the prototype from the objects that had none. */
export function restoreBare(value: unknown, paths: readonly Path[]): unknown {
  for (const path of paths) {
    let at: unknown = value;
    for (const key of path) at = (at as Readonly<Record<string | number, unknown>>)[key];
    Object.setPrototypeOf(at, null);
  }
  return value;
}
