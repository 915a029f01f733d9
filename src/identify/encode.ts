import { types } from "node:util";
import { messageOf, ScalableError } from "../errors.ts";
import type { Hasher } from "./hasher.ts";
import { type BuiltIn, keysBesideElements, kindOf } from "./value-kind.ts";
import type { Writer } from "./writer.ts";

/*
 * The canonical encoding of docs/formats/key.md. The walk keeps its own stack, so that depth is bounded by memory and
 * not by the call stack.
 *
 * A first pass takes each object for one that is met once. Where that turns out wrong, a second pass writes the value
 * again, now knowing which objects need a number.
 */

const TAG = {
  undefined: 0x00,
  null: 0x01,
  false: 0x02,
  true: 0x03,
  number: 0x04,
  bigint: 0x05,
  string: 0x06,
  holes: 0x07,
  reference: 0x08,
  definition: 0x09,
  array: 0x10,
  object: 0x11,
  nullPrototype: 0x12,
  instance: 0x13,
  map: 0x14,
  set: 0x15,
  date: 0x16,
  regexp: 0x17,
  error: 0x18,
  url: 0x19,
  urlSearchParams: 0x1a,
  boxed: 0x1b,
  arrayBuffer: 0x1c,
  sharedArrayBuffer: 0x1d,
  view: 0x1e,
} as const;

/** An object whose content is being written. `index` counts the children already begun. */
type Frame =
  | {
      readonly kind: "array";
      readonly array: readonly unknown[];
      index: number;
      /** Indexes that are present and not yet passed, where absent ones are many. */
      present?: IterableIterator<number>;
    }
  /** Begins at -1 where the number of properties is not written yet. */
  | { readonly kind: "properties"; readonly object: object; readonly keys: readonly string[]; index: number }
  | {
      /** Members of a set, or keys of a map whose values follow. */
      readonly kind: "members";
      readonly members: readonly unknown[];
      readonly values: ReadonlyMap<unknown, unknown> | undefined;
      readonly starts: number[];
      readonly shared: boolean[];
      sharedBefore: number;
      index: number;
    }
  | { readonly kind: "values"; readonly values: readonly unknown[]; readonly keys: readonly unknown[]; index: number };

/** One walk over one value. */
class Walk {
  readonly stack: Frame[] = [];
  readonly #writer: Writer;
  readonly #hasher: Hasher;
  /** Objects met so far (first pass), in no order that matters. */
  readonly #met = new Set<object>();
  /** Objects met more than once, with their number once they have one. */
  readonly #shared: Map<object, number>;
  readonly #secondPass: boolean;
  #numbered = 0;
  /** How many definitions and references were written. */
  #sharedWritten = 0;
  /** How many sets and maps are open: within them, offsets into the buffer are held. */
  #openMembers = 0;

  constructor(writer: Writer, hasher: Hasher, shared?: Map<object, number>) {
    this.#writer = writer;
    this.#hasher = hasher;
    this.#shared = shared ?? new Map();
    this.#secondPass = shared !== undefined;
  }

  get shared(): Map<object, number> {
    return this.#shared;
  }

  run(root: unknown): void {
    this.#value(root);
    for (let frame = this.stack.at(-1); frame !== undefined; frame = this.stack.at(-1)) {
      if (this.#step(frame)) this.stack.pop();
      if (this.#openMembers === 0) this.#writer.flushInto(this.#hasher);
    }
  }

  /** Writes children until one of them opens a frame of its own. Returns whether the frame is complete. */
  #step(frame: Frame): boolean {
    const depth = this.stack.length;
    switch (frame.kind) {
      case "array": {
        const { array } = frame;
        while (frame.index < array.length) {
          const place = frame.index;
          frame.index += 1; // Before the element is read: a getter that throws is at this place.
          const value = array[place];
          if (value === undefined && !(place in array)) {
            this.#holes(frame, place);
            continue;
          }
          if (typeof value === "number") this.#writer.tagged(TAG.number, value);
          else {
            this.#value(value);
            if (this.stack.length > depth) return false;
          }
          if (this.#openMembers === 0) this.#writer.flushInto(this.#hasher);
        }
        this.stack.pop();
        this.#properties(array, visible(array, keysBesideElements(array)));
        return false;
      }
      case "properties": {
        const { object, keys } = frame;
        if (frame.index < 0) {
          this.#writer.u32(keys.length);
          frame.index = 0;
        }
        while (frame.index < keys.length) {
          const key = keys[frame.index] ?? "";
          frame.index += 1;
          this.#writer.str(key);
          this.#value(Reflect.get(object, key));
          if (this.stack.length > depth) return false;
        }
        return true;
      }
      case "members": {
        while (frame.index < frame.members.length) {
          if (frame.index > 0) frame.shared.push(this.#sharedWritten > frame.sharedBefore);
          frame.sharedBefore = this.#sharedWritten;
          frame.starts.push(this.#writer.length);
          const member = frame.members[frame.index];
          frame.index += 1;
          this.#value(member);
          if (this.stack.length > depth) return false;
        }
        if (frame.members.length > 0) frame.shared.push(this.#sharedWritten > frame.sharedBefore);
        const order = this.#sortMembers(frame.starts, frame.shared);
        this.#openMembers -= 1;
        if (frame.values === undefined) return true;
        const keys = order.map((place) => frame.members[place]);
        this.stack.pop();
        const values = keys.map((key) => Map.prototype.get.call(frame.values, key) as unknown);
        this.stack.push({ kind: "values", keys, values, index: 0 });
        return false;
      }
      case "values": {
        while (frame.index < frame.values.length) {
          const value = frame.values[frame.index];
          frame.index += 1;
          this.#value(value);
          if (this.stack.length > depth) return false;
        }
        return true;
      }
    }
  }

  /** Counts absent elements from `start` on, without visiting each index of an array that is almost empty. */
  #holes(frame: Frame & { kind: "array" }, start: number): void {
    const { array } = frame;
    let end = start + 1;
    while (frame.present === undefined && end < array.length && !(end in array)) {
      end += 1;
      if (end - start >= 64) frame.present = indexesOf(array);
    }
    if (frame.present !== undefined) {
      end = array.length;
      for (const index of frame.present) {
        if (index <= start) continue;
        end = index;
        break;
      }
    }
    this.#writer.u8(TAG.holes);
    this.#writer.u32(end - start);
    frame.index = end;
  }

  /** Sorts the regions that begin at `starts` by their bytes; those with shared objects stay behind, in their order. */
  #sortMembers(starts: readonly number[], shared: readonly boolean[]): number[] {
    const bytes = this.#writer.region(0);
    const endOf = (place: number): number => starts[place + 1] ?? bytes.length;
    const compare = (a: number, b: number): number =>
      compareRegions(bytes, [starts[a] ?? 0, endOf(a)], [starts[b] ?? 0, endOf(b)]);
    const places = starts.map((_, place) => place);
    const order = [
      ...places.filter((place) => shared[place] !== true).sort(compare),
      ...places.filter((place) => shared[place] === true),
    ];
    if (order.every((place, at) => place === at)) return order;
    let at = starts[0] ?? 0;
    const offset = at;
    const unsorted = Buffer.from(bytes.subarray(offset));
    for (const place of order) {
      const region = unsorted.subarray((starts[place] ?? 0) - offset, endOf(place) - offset);
      this.#writer.replace(at, region);
      at += region.length;
    }
    return order;
  }

  #value(value: unknown): void {
    const writer = this.#writer;
    switch (typeof value) {
      case "number":
        writer.tagged(TAG.number, value);
        return;
      case "string":
        writer.u8(TAG.string);
        writer.str(value);
        return;
      case "boolean":
        writer.u8(value ? TAG.true : TAG.false);
        return;
      case "undefined":
        writer.u8(TAG.undefined);
        return;
      case "bigint":
        this.#bigint(value);
        return;
      case "object":
        if (value === null) writer.u8(TAG.null);
        else this.#object(value);
        return;
      case "function":
        throw new Refusal("a function: what it does is not in its value");
      case "symbol":
        throw new Refusal("a symbol: it has no content");
    }
  }

  #bigint(value: bigint): void {
    const digits = (value < 0n ? -value : value).toString(16);
    const magnitude = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex").reverse();
    this.#writer.u8(TAG.bigint);
    this.#writer.u8(value < 0n ? 1 : 0);
    this.#writer.bytes(value === 0n ? magnitude.subarray(0, 0) : magnitude);
  }

  #object(object: object): void {
    if (this.#metBefore(object)) return;
    const kind = kindOf(object);
    if ("refused" in kind) throw new Refusal(kind.refused);
    const { base } = kind;
    if (base === "array") {
      if (kind.className !== undefined) this.#instance(kind.className);
      this.#array(object as readonly unknown[]);
      return;
    }
    if (base === "object") {
      if (kind.className !== undefined) this.#instance(kind.className);
      this.#writer.u8(kind.nullPrototype ? TAG.nullPrototype : TAG.object);
      this.#properties(object, visible(object, Reflect.ownKeys(object)));
      return;
    }
    if (base === "error") {
      this.#instance(kind.className ?? "Error");
      this.#error(object as Error);
      return;
    }
    const named = visible(object, base === "view" ? keysBesideElements(object as Uint8Array) : ownKeysOf(object, base));
    if (base === "view" ? named.length > 0 : kind.className !== undefined || named.length > 0) {
      this.#instance(kind.className ?? CLASS_NAME[base]);
      // Pushed first, so that the properties follow the content.
      this.#properties(object, named);
    }
    this.#content(object, base, kind.className);
  }

  /** Writes a reference where the object was met before; otherwise takes note of it. */
  #metBefore(object: object): boolean {
    if (!this.#secondPass) {
      if (this.#met.has(object)) {
        this.#shared.set(object, -1);
        return true;
      }
      this.#met.add(object);
      return false;
    }
    const number = this.#shared.get(object);
    if (number === undefined) return false;
    this.#sharedWritten += 1;
    if (number >= 0) {
      this.#writer.u8(TAG.reference);
      this.#writer.u32(number);
      return true;
    }
    this.#shared.set(object, this.#numbered);
    this.#numbered += 1;
    this.#writer.u8(TAG.definition);
    return false;
  }

  #instance(className: string): void {
    this.#writer.u8(TAG.instance);
    this.#writer.str(className);
  }

  #array(array: readonly unknown[]): void {
    this.#writer.u8(TAG.array);
    this.#writer.u32(array.length);
    this.stack.push({ kind: "array", array, index: 0 });
  }

  /** Number of properties, then each. They are written when the walk comes back to this frame. */
  #properties(object: object, keys: readonly string[]): void {
    this.stack.push({ kind: "properties", object, keys: [...keys].sort(), index: -1 });
  }

  #error(error: Error): void {
    this.#writer.u8(TAG.error);
    const keys = new Set(
      visible(
        error,
        Reflect.ownKeys(error).filter((key) => !HIDDEN_IN_ERRORS.has(key) && !isPlatformMethod(error, key)),
      ),
    );
    for (const key of ["cause", "errors"]) if (Object.hasOwn(error, key)) keys.add(key);
    for (const key of ["name", "message"] as const) {
      const text: unknown = error[key];
      this.#writer.str(typeof text === "string" ? text : "");
      if (typeof text !== "string" && text !== undefined) keys.add(key);
    }
    this.#properties(error, [...keys]);
  }

  /**
   * Reads content by the built-in methods themselves: a class may have overridden them, and what they answer then is
   * not what the object holds.
   */
  #content(object: object, base: Exclude<BuiltIn, "array" | "object" | "error">, className = ""): void {
    const writer = this.#writer;
    switch (base) {
      case "map": {
        const keys = [...(Map.prototype.keys.call(object) as MapIterator<unknown>)];
        writer.u8(TAG.map);
        writer.u32(keys.length);
        this.#members(keys, object as ReadonlyMap<unknown, unknown>);
        return;
      }
      case "set": {
        const members = [...(Set.prototype.values.call(object) as SetIterator<unknown>)];
        writer.u8(TAG.set);
        writer.u32(members.length);
        this.#members(members, undefined);
        return;
      }
      case "date":
        writer.tagged(TAG.date, Date.prototype.getTime.call(object));
        return;
      case "regexp": {
        const regexp = object as RegExp;
        writer.u8(TAG.regexp);
        writer.str(Reflect.get(RegExp.prototype, "source", regexp) as string);
        writer.str(Reflect.get(RegExp.prototype, "flags", regexp) as string);
        writer.f64(regexp.lastIndex);
        return;
      }
      case "url":
        writer.u8(TAG.url);
        writer.str(Reflect.get(URL.prototype, "href", object) as string);
        return;
      case "url-search-params":
        writer.u8(TAG.urlSearchParams);
        writer.str(URLSearchParams.prototype.toString.call(object));
        return;
      case "boxed":
        writer.u8(TAG.boxed);
        this.#value(unboxed(object));
        return;
      case "array-buffer": {
        const buffer = object as ArrayBuffer;
        if (isDetached(buffer)) throw new Refusal("a detached ArrayBuffer: its content was transferred away");
        writer.u8(TAG.arrayBuffer);
        writer.bytes(new Uint8Array(buffer));
        return;
      }
      case "shared-array-buffer":
        writer.u8(TAG.sharedArrayBuffer);
        writer.bytes(new Uint8Array(object as SharedArrayBuffer));
        return;
      case "view": {
        const view = object as ArrayBufferView;
        if (!types.isSharedArrayBuffer(view.buffer) && isDetached(view.buffer as ArrayBuffer)) {
          throw new Refusal("a view of a detached ArrayBuffer: its content was transferred away");
        }
        writer.u8(TAG.view);
        writer.str(className);
        writer.bytes(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
      }
    }
  }

  #members(members: readonly unknown[], values: ReadonlyMap<unknown, unknown> | undefined): void {
    this.#openMembers += 1;
    this.stack.push({ kind: "members", members, values, starts: [], shared: [], sharedBefore: 0, index: 0 });
  }
}

/** A value that cannot be encoded; becomes a {@link ScalableError} once its path is known. */
class Refusal extends Error {}

/**
 * The same keys, where all of them are names that can be seen. What is hidden belongs to the object as well: a function
 * can read it.
 */
function visible(object: object, keys: readonly (string | symbol)[]): readonly string[] {
  for (const key of keys) {
    if (typeof key === "symbol") throw new Refusal("an object that has a symbol as a property key");
    if (!Object.prototype.propertyIsEnumerable.call(object, key)) {
      throw new Refusal(`an object whose property "${key}" is hidden (not enumerable)`);
    }
  }
  return keys as readonly string[];
}

/** Keys of an object that has content besides its properties: without those that stand for the content. */
function ownKeysOf(object: object, base: BuiltIn): (string | symbol)[] {
  const keys = Reflect.ownKeys(object);
  const within = base === "regexp" ? "lastIndex" : types.isStringObject(object) ? "length" : undefined;
  return within === undefined ? keys : keys.filter((key) => key !== within);
}

/** Errors that Node.js throws have a hidden `toString` of their own. */
function isPlatformMethod(error: Error, key: string | symbol): boolean {
  if (key !== "toString") return false;
  const property = Object.getOwnPropertyDescriptor(error, key);
  return property?.enumerable === false && typeof property.value === "function";
}

/** Properties that the language or the platform hides in errors, and that are dealt with by their names. */
const HIDDEN_IN_ERRORS: ReadonlySet<string | symbol> = new Set(["stack", "name", "message", "cause", "errors"]);

/** What instances are called that are of no other class. */
const CLASS_NAME: Readonly<Record<Exclude<BuiltIn, "array" | "object" | "error">, string>> = {
  map: "Map",
  set: "Set",
  date: "Date",
  regexp: "RegExp",
  url: "URL",
  "url-search-params": "URLSearchParams",
  boxed: "Object",
  "array-buffer": "ArrayBuffer",
  "shared-array-buffer": "SharedArrayBuffer",
  view: "Uint8Array",
};

/** As `Buffer.compare`, which costs more than the comparison itself where regions are short. */
function compareRegions(
  bytes: Buffer,
  [a, aEnd]: readonly [number, number],
  [b, bEnd]: readonly [number, number],
): number {
  const common = Math.min(aEnd - a, bEnd - b, 32);
  for (let i = 0; i < common; i += 1) {
    const difference = (bytes[a + i] ?? 0) - (bytes[b + i] ?? 0);
    if (difference !== 0) return difference;
  }
  return bytes.compare(bytes, b + common, bEnd, a + common, aEnd);
}

/** The indexes of the elements that are there, ascending. */
function indexesOf(array: readonly unknown[]): IterableIterator<number> {
  const names = Object.getOwnPropertyNames(array);
  return names
    .filter((name) => String(Number(name) >>> 0) === name && Number(name) < array.length)
    .map(Number)
    .values();
}

function unboxed(object: object): unknown {
  if (types.isNumberObject(object)) return Number.prototype.valueOf.call(object);
  if (types.isStringObject(object)) return String.prototype.valueOf.call(object);
  if (types.isBooleanObject(object)) return Boolean.prototype.valueOf.call(object);
  return BigInt.prototype.valueOf.call(object);
}

function isDetached(buffer: ArrayBuffer): boolean {
  if (buffer.byteLength > 0) return false;
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

let busy = false;

/**
 * Digest of the canonical encoding of `value`, 16 bytes.
 *
 * @param label - what the value is called in errors, such as the name of a parameter.
 * @throws ScalableError with `E_ARGUMENT_UNHASHABLE`, naming the path to what has no encoding.
 */
export function digestValue(value: unknown, writer: Writer, hasher: Hasher, label: string): Uint8Array {
  if (busy) {
    throw unhashable(label, label, "a getter started to hash another value while its object was being hashed");
  }
  busy = true;
  let walk: Walk | undefined;
  try {
    hasher.init();
    writer.length = 0;
    walk = new Walk(writer, hasher);
    walk.run(value);
    if (walk.shared.size > 0) {
      hasher.init();
      writer.length = 0;
      walk = new Walk(writer, hasher, walk.shared);
      walk.run(value);
    }
    writer.flushInto(hasher, 0);
    return hasher.digest("binary");
  } catch (error) {
    const path = walk === undefined ? label : pathOf(label, walk.stack);
    if (error instanceof Refusal) throw unhashable(label, path, `${path} is ${error.message}`);
    throw unhashable(label, path, `reading ${path} failed: ${messageOf(error)}`, error);
  } finally {
    busy = false;
  }
}

function unhashable(label: string, valuePath: string, what: string, cause?: unknown): ScalableError {
  const parameter = label;
  const message = `No key can be made of the argument "${label}": ${what}. Leave it out of the key with Ignore, or give the parameter a type of your own with defineType.`;
  return new ScalableError("E_ARGUMENT_UNHASHABLE", message, { parameter, valuePath }, cause);
}

/** Where the walk stands, as one would write it in code. */
function pathOf(root: string, stack: readonly Frame[]): string {
  let path = root;
  const shown = stack.length > 24 ? [...stack.slice(0, 12), undefined, ...stack.slice(-12)] : stack;
  for (const frame of shown) {
    if (frame === undefined) path += " … ";
    else if (frame.index < 1)
      continue; // Its turn comes after that of the frame above it.
    else if (frame.kind === "array") path += `[${frame.index - 1}]`;
    else if (frame.kind === "properties") path += member(frame.keys[frame.index - 1]);
    else if (frame.kind === "values") path += `.get(${describe(frame.keys[frame.index - 1])})`;
    else path += frame.values === undefined ? ` (member ${frame.index})` : ` (key ${frame.index})`;
  }
  return path;
}

function member(key: string | undefined): string {
  return key !== undefined && /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key)
    ? `.${key}`
    : `[${JSON.stringify(key)}]`;
}

function describe(key: unknown): string {
  if (typeof key === "string") return JSON.stringify(key);
  return typeof key === "object" && key !== null ? "…" : String(key);
}
