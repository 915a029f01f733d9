import { types } from "node:util";
import { keysBesideElements, kindOf } from "../identify/value-kind.ts";
import { viewNameOf } from "./codec.ts";

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
  /** How many objects it lies in. */
  readonly depth: number;
  /** Whether the place can be named by keys alone. */
  readonly addressable: boolean;
}

/**
 * V8 clones by recursion, and needs more stack for reading than for writing: what is nested deeper could be written and
 * not be read again. At twice this depth, reading overflows the stack of Node's main thread.
 */
const DEEPEST = 800;

const NAMES: Readonly<Record<string, string>> = { map: "Map", set: "Set", date: "Date", "array-buffer": "ArrayBuffer" };

/** Prototypes of what comes back as one of these. Classes of the same name that a user wrote are others. */
const ERRORS = new Set<object>(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((type) => type.prototype),
);
const BOXED: readonly (readonly [(value: unknown) => boolean, object])[] = [
  [types.isNumberObject, Number.prototype],
  [types.isStringObject, String.prototype],
  [types.isBooleanObject, Boolean.prototype],
  [types.isBigIntObject, BigInt.prototype],
];

/**
 * Whether a value comes back from the store as it went in. Looks at everything in it, so that what would come back
 * different is found before it is stored, and named with its place. Whether an object is frozen or sealed, and whether
 * two typed arrays share their memory, is not kept.
 *
 * @param what - what the value is called in the reason.
 */
export function judgeStorable(root: unknown, what = "result"): Storability {
  const bare: Path[] = [];
  const met = new Set<object>();
  const open: Place[] = [{ value: root, key: "", parent: undefined, depth: 0, addressable: true }];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const { value } = place;
    if (typeof value === "function" || typeof value === "symbol") return refused(what, place, `a ${typeof value}`);
    if (typeof value !== "object" || value === null || met.has(value)) continue;
    met.add(value);
    if (place.depth >= DEEPEST) return refused(what, place, `nested more than ${DEEPEST} levels deep`);
    const first = open.length;
    const reason = inspectObject(value, place, { open, bare });
    if (reason !== undefined) return refused(what, place, reason);
    // In the order in which V8 goes, so that an object that is reached on two ways has the depth that V8 meets it at.
    reverseFrom(open, first);
  }
  return { storable: true, bare };
}

function reverseFrom(places: Place[], first: number): void {
  for (let left = first, right = places.length - 1; left < right; left += 1, right -= 1) {
    const moved = places[left] as Place;
    places[left] = places[right] as Place;
    places[right] = moved;
  }
}

/** Puts the children of an object on the list. Returns why it cannot be stored, if so. */
function inspectObject(object: object, place: Place, found: { open: Place[]; bare: Path[] }): string | undefined {
  const kind = kindOf(object);
  if ("refused" in kind) return kind.refused;
  const child = (value: unknown, key: string | number, addressable: boolean): void => {
    if ((typeof value === "object" && value !== null) || typeof value === "function" || typeof value === "symbol") {
      const within = place.addressable && addressable;
      found.open.push({ value, key, parent: place, depth: place.depth + 1, addressable: within });
    }
  };
  const properties = (keys: readonly (string | symbol)[]): string | undefined => {
    for (const key of keys) {
      if (typeof key === "symbol") return "an object with a symbol as a property key";
      const property = Object.getOwnPropertyDescriptor(object, key);
      if (property?.get !== undefined || property?.set !== undefined) {
        return `an object whose property "${key}" is computed by a getter`;
      }
      if (property?.enumerable === false) return `an object whose property "${key}" is hidden (not enumerable)`;
      child(property?.value, key, true);
    }
    return undefined;
  };
  const { base, className } = kind;
  const instance = (): string => `an instance of ${className || (NAMES[base] ?? base)} with more in it`;
  switch (base) {
    case "array": {
      if (className !== undefined) return `an instance of ${className}`;
      const array = object as readonly unknown[];
      for (let index = 0; index < array.length; index += 1) {
        const element = array[index];
        if (typeof element !== "number") child(element, index, true);
        // An array that is almost empty: its elements are found by their keys.
        if (element === undefined && array.length > 1_000_000) {
          return properties(Reflect.ownKeys(array).filter((key) => key !== "length"));
        }
      }
      return properties(keysBesideElements(array));
    }
    case "object": {
      if (className !== undefined)
        return `an instance of ${className || "a class"}, which has no declared type (see returnType)`;
      if (kind.nullPrototype) {
        if (!place.addressable) return "an object without a prototype inside of a Map or Set";
        found.bare.push(pathOf(place));
      }
      return properties(Reflect.ownKeys(object));
    }
    case "map":
      if (className !== undefined || Reflect.ownKeys(object).length > 0) return instance();
      for (const [key, value] of object as ReadonlyMap<unknown, unknown>) {
        child(key, "(key)", false);
        child(value, typeof key === "string" ? key : "(value)", false);
      }
      return undefined;
    case "set":
      if (className !== undefined || Reflect.ownKeys(object).length > 0) return instance();
      for (const member of object as ReadonlySet<unknown>) child(member, "(member)", false);
      return undefined;
    case "error": {
      const different = errorRefusal(object as Error, className ?? base);
      if (different === undefined && Object.hasOwn(object, "cause")) child((object as Error).cause, "cause", false);
      return different;
    }
    case "regexp": {
      const simple = className === undefined && Reflect.ownKeys(object).length === 1;
      return simple && Object.is((object as RegExp).lastIndex, 0) ? undefined : "a RegExp in use";
    }
    case "view":
      return viewRefusal(object as ArrayBufferView, className ?? base);
    case "array-buffer":
      if ((object as ArrayBuffer & { readonly detached?: boolean }).detached === true) return "a detached ArrayBuffer";
      return className === undefined && Reflect.ownKeys(object).length === 0 ? undefined : instance();
    case "date":
      return className === undefined && Reflect.ownKeys(object).length === 0 ? undefined : instance();
    case "boxed": {
      const prototype = BOXED.find(([isOne]) => isOne(object))?.[1];
      const own = types.isStringObject(object) ? (object as unknown as string).length + 1 : 0;
      const plain = Object.getPrototypeOf(object) === prototype && Reflect.ownKeys(object).length === own;
      return plain ? undefined : instance();
    }
    case "shared-array-buffer":
      return "a SharedArrayBuffer";
    case "url":
    case "url-search-params":
      return `a ${base === "url" ? "URL" : "URLSearchParams"}; return its text`;
  }
}

/** An Error comes back with its message, stack and cause, as one of the built-in classes. */
function errorRefusal(error: Error, className: string): string | undefined {
  if (!ERRORS.has(Object.getPrototypeOf(error)) || !types.isNativeError(error)) return `an instance of ${className}`;
  for (const key of Reflect.ownKeys(error)) {
    const { enumerable = false, value } = Object.getOwnPropertyDescriptor(error, key) ?? {};
    const kept =
      !enumerable && (key === "cause" || key === "stack" || (key === "message" && typeof value === "string"));
    if (!kept) return `an Error with the property "${String(key)}"`;
  }
  return typeof (error.stack ?? "") === "string" ? undefined : "an Error whose stack is not text";
}

function viewRefusal(view: ArrayBufferView, className: string): string | undefined {
  if (viewNameOf(view) === undefined) return `an instance of ${className}`;
  const buffer = view.buffer as ArrayBuffer & { readonly detached?: boolean; readonly resizable?: boolean };
  if (types.isSharedArrayBuffer(buffer)) return "a typed array in shared memory, which others can change; copy it";
  if (buffer.detached === true) return "a typed array whose memory was transferred";
  if (buffer.resizable === true) return "a typed array whose memory can be resized; copy it";
  return keysBesideElements(view).length === 0 ? undefined : "a typed array with properties";
}

function pathOf(place: Place): Path {
  const keys: (string | number)[] = [];
  for (let at = place; at.parent !== undefined; at = at.parent) keys.push(at.key);
  return keys.reverse();
}

function refused(root: string, place: Place, what: string): Storability {
  const path = pathOf(place);
  const shown = path.length > 20 ? [...path.slice(0, 10), "…", ...path.slice(-10)] : path;
  const where = shown.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`)).join("");
  return { storable: false, reason: `${where === "" ? "it" : `${root}${where}`} is ${what}` };
}

/**
 * Takes the prototype from the objects that had none.
 *
 * @throws TypeError where a path leads to anything but a plain object of the value, such as one that all values share.
 */
export function restoreBare(value: unknown, paths: readonly Path[]): unknown {
  for (const path of paths) {
    let at: unknown = value;
    for (const key of path) {
      if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) throw noBareObject(path);
      at = (at as Readonly<Record<string | number, unknown>>)[key];
    }
    if (typeof at !== "object" || at === null || Object.getPrototypeOf(at) !== Object.prototype)
      throw noBareObject(path);
    Object.setPrototypeOf(at, null);
  }
  return value;
}

function noBareObject(path: Path): TypeError {
  return new TypeError(`the entry names an object without a prototype at "${path.join(".")}", where there is none`);
}
