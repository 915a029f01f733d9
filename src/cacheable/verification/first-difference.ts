import { types } from "node:util";
import { describeValue } from "../../identify/describe.ts";
import type { Digester } from "../../identify/digester.ts";
import { toHex } from "../../identify/hasher.ts";

/** A place at which two values differ, and what each of them has there, in a few words. */
export interface FirstDifference {
  /** Such as `result.demand[3].mw`. */
  readonly place: string;
  readonly stored: string;
  readonly fresh: string;
}

interface Pair {
  readonly stored: unknown;
  readonly fresh: unknown;
  readonly place: string;
}

const ABSENT = "absent";
const LONGEST = 60;
const LONGEST_PLACE = 200;

/**
 * The first difference of two values that have other digests. Both are of what the store holds: plain data, built-in
 * objects, no instances of other classes. As for the digests, the order of properties and of the members of maps and sets
 * does not count, nor the stack of an error.
 */
export function firstDifference(stored: unknown, fresh: unknown, digester: Digester): FirstDifference {
  const found = new Search(digester).compare({ stored, fresh, place: "result" });
  if (found === undefined) return { place: "result", stored: "shared objects", fresh: "shared in other places" };
  const { place } = found;
  return { ...found, place: place.length > LONGEST_PLACE ? `${place.slice(0, LONGEST_PLACE)}…` : place };
}

class Search {
  readonly #digester: Digester;
  readonly #met = new Set<object>();

  constructor(digester: Digester) {
    this.#digester = digester;
  }

  compare(pair: Pair): FirstDifference | undefined {
    const { stored, fresh, place } = pair;
    if (typeof stored !== "object" || typeof fresh !== "object" || stored === null || fresh === null) {
      return Object.is(stored, fresh) ? undefined : told(pair);
    }
    if (this.#met.has(stored)) return undefined;
    this.#met.add(stored);
    if (Object.getPrototypeOf(stored) !== Object.getPrototypeOf(fresh)) return told(pair);
    if (stored instanceof Map && fresh instanceof Map) return this.#maps(stored, fresh, place);
    if (stored instanceof Set && fresh instanceof Set) return this.#sets(stored, fresh, place);
    const [left, right] = [elementsOf(stored), elementsOf(fresh)];
    if (left !== undefined && right !== undefined) return elements(left, right, place);
    if (contentOf(stored) !== contentOf(fresh)) return told(pair);
    return this.#properties(stored, fresh, place);
  }

  #properties(stored: object, fresh: object, place: string): FirstDifference | undefined {
    for (const key of new Set([...keysOf(stored), ...keysOf(fresh)])) {
      const at = Array.isArray(stored) && /^\d+$/.test(key) ? `${place}[${key}]` : `${place}${property(key)}`;
      const found = this.#parts(partOf(stored, key), partOf(fresh, key), at);
      if (found !== undefined) return found;
    }
    if (!Array.isArray(stored) || !Array.isArray(fresh)) return undefined;
    return this.compare({ stored: stored.length, fresh: fresh.length, place: `${place}.length` });
  }

  #maps(stored: ReadonlyMap<unknown, unknown>, fresh: ReadonlyMap<unknown, unknown>, place: string) {
    const [left, right] = [this.#byDigest(stored), this.#byDigest(fresh)];
    for (const id of new Set([...left.keys(), ...right.keys()])) {
      const [a, b] = [left.get(id), right.get(id)];
      const at = `${place}.get(${short((a ?? b)?.[0])})`;
      const found = this.#parts(a === undefined ? a : [a[1]], b === undefined ? b : [b[1]], at);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #sets(stored: ReadonlySet<unknown>, fresh: ReadonlySet<unknown>, place: string): FirstDifference | undefined {
    const [left, right] = [this.#byDigest(stored.entries()), this.#byDigest(fresh.entries())];
    const lost = [...left].find(([id]) => !right.has(id))?.[1];
    const added = [...right].find(([id]) => !left.has(id))?.[1];
    return lost === undefined && added === undefined ? undefined : this.#parts(lost, added, `${place}.(member)`);
  }

  /** Keys of maps and members of sets are the same where their content is. */
  #byDigest(entries: Iterable<readonly [unknown, unknown]>): Map<string, readonly [unknown, unknown]> {
    return new Map(Array.from(entries, (entry) => [toHex(this.#digester.value(entry[0], "result")), entry]));
  }

  #parts(stored: Part, fresh: Part, place: string): FirstDifference | undefined {
    if (stored === undefined || fresh === undefined) {
      if (stored === fresh) return undefined;
      return { place, stored: stored ? short(stored[0]) : ABSENT, fresh: fresh ? short(fresh[0]) : ABSENT };
    }
    return this.compare({ stored: stored[0], fresh: fresh[0], place });
  }
}

/** A value that is there, in a list of its own: `undefined` may be one. */
type Part = readonly unknown[] | undefined;

function partOf(object: object, key: string): Part {
  return Object.hasOwn(object, key) ? [Reflect.get(object, key)] : undefined;
}

function keysOf(object: object): string[] {
  // `stack` says from where a function was called, which is not the same here.
  if (types.isNativeError(object)) return ["message", "cause"];
  return Object.keys(object);
}

function property(key: string): string {
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

type Elements = ArrayLike<unknown>;

function elementsOf(object: object): Elements | undefined {
  if (object instanceof ArrayBuffer) return new Uint8Array(object);
  if (object instanceof DataView) return new Uint8Array(object.buffer, object.byteOffset, object.byteLength);
  return ArrayBuffer.isView(object) ? (object as Uint8Array) : undefined;
}

function elements(stored: Elements, fresh: Elements, place: string): FirstDifference | undefined {
  const length = Math.max(stored.length, fresh.length);
  for (let index = 0; index < length; index += 1) {
    if (Object.is(stored[index], fresh[index])) continue;
    const at = (values: Elements): string => (index < values.length ? short(values[index]) : ABSENT);
    return { place: `${place}[${index}]`, stored: at(stored), fresh: at(fresh) };
  }
  return undefined;
}

/** What an object holds besides its properties. */
function contentOf(object: object): string {
  if (object instanceof Date) return String(object.getTime());
  if (object instanceof RegExp) return String(object);
  return types.isBoxedPrimitive(object) ? describeValue(object) : "";
}

function told({ stored, fresh, place }: Pair): FirstDifference {
  return { place, stored: short(stored), fresh: short(fresh) };
}

function short(value: unknown): string {
  const text = describeValue(value).replace(/\s+/g, " ");
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
