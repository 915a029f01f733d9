import { previewOf } from "./describe.ts";
import { REDACTED, type Redaction } from "./redaction.ts";
import type { ValueType } from "./types/type.ts";
import { kindOf } from "./value-kind.ts";

/*
 * What a value consists of, in short, so that two values can be compared when neither is there any more. Nothing is
 * decided by it: it only explains.
 */

/** A place in a value, seen from the value (`.fuel.gas`, `[3]`), and what stands there in a few characters. */
export type Leaf = readonly [path: string, text: string];

export interface Leaves {
  readonly leaves: readonly Leaf[];
  /** Whether these are all: of a value with very many members, the last ones are missing. */
  readonly complete: boolean;
}

/** How the values of one argument are shown. */
export interface LeafOptions {
  /** Name of the parameter. */
  readonly name: string;
  readonly type: ValueType | undefined;
  readonly redaction: Redaction | undefined;
  readonly digest: (value: unknown) => Uint8Array;
  /** Digest of a file or folder that the argument names, by its place in the argument. */
  readonly fileDigest: (label: string) => Uint8Array | undefined;
}

/** Longest text of all leaves together. */
const LONGEST = 12_000;
/** Longest text of a leaf; longer ones end in a digest. */
const LONGEST_LEAF = 60;
/** Of longer lists, ranges of elements are leaves; objects with more properties are one. */
const MOST_MEMBERS = 256;
const RANGES = 32;
const DEEPEST = 8;
const DIGEST_CHARACTERS = 8;

/** The leaves of a value: all of them, or those of its members where they are too many. */
export function leavesOf(value: unknown, options: LeafOptions): Leaves {
  const all = new Walk(options, DEEPEST);
  all.visit(value, { path: "", plain: options.name, type: options.type, depth: 0 });
  if (all.complete) return all;
  const members = new Walk(options, 1);
  members.visit(value, { path: "", plain: options.name, type: options.type, depth: 0 });
  return { leaves: members.leaves, complete: members.complete };
}

/** A digest in as few characters as tell it from others of the same place. */
export function shortDigest(digest: Uint8Array): string {
  return `#${Buffer.from(digest.buffer, digest.byteOffset, digest.length).toString("base64url").slice(0, DIGEST_CHARACTERS)}`;
}

interface Place {
  /** As it is shown. */
  readonly path: string;
  /** As redaction knows it. */
  readonly plain: string;
  readonly type: ValueType | undefined;
  readonly depth: number;
}

class Walk implements Leaves {
  readonly leaves: Leaf[] = [];
  complete = true;
  readonly #options: LeafOptions;
  readonly #deepest: number;
  #room = LONGEST;

  constructor(options: LeafOptions, deepest: number) {
    this.#options = options;
    this.#deepest = deepest;
  }

  visit(value: unknown, place: Place): void {
    const { type, path, plain } = place;
    if (!this.complete || type?.ignored === true) return;
    const { redaction } = this.#options;
    if (redaction?.covers(plain)) this.#add(path, `${REDACTED} ${this.#digest(value)}`);
    else if (type?.result.form === "file" || type?.result.form === "folder") {
      const digest = this.#options.fileDigest(`${this.#options.name}${path}`);
      this.#add(path, `file ${JSON.stringify(String(value))}${digest === undefined ? "" : ` ${shortDigest(digest)}`}`);
    } else if (typeof value !== "object" || value === null) this.#add(path, this.#text(value));
    // What cannot be seen into may hold anything, also what is not to be shown.
    else if (type?.opaque === true) this.#add(path, redaction === undefined ? this.#text(value) : "an object");
    else this.#object(value, place);
  }

  #object(object: object, place: Place): void {
    const kind = kindOf(object);
    const base = "base" in kind ? kind.base : undefined;
    if (place.depth >= this.#deepest) this.#sum(object, nameOf(object), place);
    else if (base === "array") this.#list(object as readonly unknown[], place);
    else if (base === "view" && "length" in object) this.#list(object as unknown as readonly unknown[], place);
    else if (base === "map") this.#map(object as ReadonlyMap<unknown, unknown>, place);
    else if (base === "set") this.#set(object as ReadonlySet<unknown>, place);
    else if (base === "object") this.#record(object as Readonly<Record<string, unknown>>, place);
    else if (base === "date") this.#add(place.path, this.#text(object));
    else this.#sum(object, nameOf(object), place);
  }

  #record(record: Readonly<Record<string, unknown>>, place: Place): void {
    const keys = Object.keys(record);
    if (keys.length === 0) this.#add(place.path, "{}");
    else if (keys.length > MOST_MEMBERS) this.#sum(record, `{ ${keys.length} properties }`, place);
    else {
      const parts = place.type?.result.form === "parts" ? place.type.result.parts : undefined;
      for (const key of keys) {
        const shown = NAME.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
        this.visit(record[key], this.#below(place, shown, key, parts?.get(key)));
      }
    }
  }

  #list(list: readonly unknown[], place: Place): void {
    const member = place.type?.result.form === "list" ? place.type.result.member : undefined;
    if (list.length === 0) this.#add(place.path, `${nameOf(list)}(0)`);
    else if (list.length <= MOST_MEMBERS) {
      for (let at = 0; at < list.length; at += 1) this.visit(list[at], this.#below(place, `[${at}]`, at, member));
    } else if (member !== undefined) this.#sum(list, `Array(${list.length})`, place);
    else this.#ranges(list, place);
  }

  /** Ranges begin at the same places as long as the list does not grow to twice its length. */
  #ranges(list: readonly unknown[], { path }: Place): void {
    this.#add(`${path}.length`, String(list.length));
    const step = 2 ** Math.ceil(Math.log2(list.length / RANGES));
    for (let from = 0; from < list.length; from += step) {
      const range = ArrayBuffer.isView(list)
        ? (list as unknown as Float64Array).subarray(from, from + step)
        : list.slice(from, from + step);
      this.#add(`${path}[${from}…${from + step - 1}]`, this.#digest(range));
    }
  }

  #map(map: ReadonlyMap<unknown, unknown>, place: Place): void {
    const keys = [...(Map.prototype.keys.call(map) as Iterable<unknown>)];
    if (keys.length === 0) this.#add(place.path, "Map(0)");
    else if (keys.length > MOST_MEMBERS || !keys.every(isScalar)) this.#sum(map, `Map(${keys.length})`, place);
    else {
      for (const key of keys) {
        const value: unknown = Map.prototype.get.call(map, key);
        this.visit(value, this.#below(place, `.get(${this.#text(key)})`, String(key), undefined));
      }
    }
  }

  #set(set: ReadonlySet<unknown>, place: Place): void {
    const members = [...(Set.prototype.values.call(set) as Iterable<unknown>)];
    const hidden = this.#options.redaction !== undefined;
    if (members.length === 0) this.#add(place.path, "Set(0)");
    else if (members.length > MOST_MEMBERS || hidden || !members.every(isScalar)) {
      this.#sum(set, `Set(${members.length})`, place);
    } else for (const member of members) this.#add(`${place.path}.has(${this.#text(member)})`, "true");
  }

  #below({ path, plain, depth }: Place, shown: string, name: string | number, type: ValueType | undefined): Place {
    // Only redaction asks for plain paths.
    const known = this.#options.redaction === undefined ? "" : `${plain}.${name}`;
    return { path: path + shown, plain: known, type, depth: depth + 1 };
  }

  /** One leaf for all of an object. */
  #sum(object: object, shown: string, { path }: Place): void {
    this.#add(path, `${shown} ${this.#digest(object)}`);
  }

  /** Where it was cut, two texts with one beginning are told apart by a digest. */
  #text(value: unknown): string {
    if (typeof value === "string") {
      if (value.length <= LONGEST_LEAF) return JSON.stringify(value);
      return `${JSON.stringify(`${value.slice(0, LONGEST_LEAF / 2)}…`)} ${this.#digest(value)}`;
    }
    const text = previewOf(value);
    return text.length <= LONGEST_LEAF ? text : `${text.slice(0, LONGEST_LEAF / 2)}… ${this.#digest(value)}`;
  }

  #digest(value: unknown): string {
    try {
      return shortDigest(this.#options.digest(value));
    } catch {
      return ""; // A type of the user's own may stand for what has no digest itself.
    }
  }

  #add(path: string, text: string): void {
    this.#room -= path.length + text.length + 6;
    if (this.#room < 0) this.complete = false;
    else this.leaves.push([path, text]);
  }
}

const NAME = /^[A-Za-z_$][\w$]*$/;

function isScalar(value: unknown): boolean {
  return typeof value !== "object" || value === null;
}

function nameOf(object: object): string {
  const name: unknown = object.constructor?.name;
  return typeof name === "string" && name !== "" ? name : "Object";
}
