import { createXXHash128 } from "hash-wasm";

/*
 * docs/formats/key.md once more, from the document alone and as simply as can be, so that the document and src/ can be
 * held against each other byte for byte. Only for what has a digest: nothing is refused here.
 */

const SEGMENT = 16 * 1024 * 1024;
const unseeded = await createXXHash128(0, 0);

/** `X`: XXH3-128 with seed 0. */
export function X(...parts: readonly Uint8Array[]): Buffer {
  return Buffer.from(unseeded.init().update(Buffer.concat(parts)).digest("binary"));
}

/** `H`: XXH3-128 with a seed. */
export async function seededHash(seed: bigint): Promise<(...parts: readonly Uint8Array[]) => Buffer> {
  const hasher = await createXXHash128(Number(seed & 0xffff_ffffn), Number(seed >> 32n));
  return (...parts) => Buffer.from(hasher.init().update(Buffer.concat(parts)).digest("binary"));
}

/** `C`: the content digest. */
export function C(content: Uint8Array): Buffer {
  if (content.length <= SEGMENT) return X(content);
  const count = Math.ceil(content.length / SEGMENT);
  const segments = Array.from({ length: count }, (_, i) => X(content.subarray(i * SEGMENT, (i + 1) * SEGMENT)));
  return X(u64(content.length), ...segments);
}

export const u8 = (value: number): Buffer => Buffer.from([value]);

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function f64(value: number): Buffer {
  if (Number.isNaN(value)) return Buffer.from("000000000000f87f", "hex");
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

export function bytes(content: Uint8Array): Buffer {
  return Buffer.concat([u64(content.length), content.length > 65_536 ? C(content) : content]);
}

export const str = (text: string): Buffer => bytes(Buffer.from(text, "utf16le"));

/** `value(v)`. */
export function value(root: unknown): Buffer {
  return new Encoding(root).value(root);
}

type Class = { readonly name: string } | undefined;
type Bag = Readonly<Record<string, unknown>>;

const NATIVE = [Object, Array, Map, Set, Date, RegExp, URL, URLSearchParams, ArrayBuffer, SharedArrayBuffer];

class Encoding {
  /** Objects that are met again, with their numbers once they have one. */
  readonly #numbers = new Map<object, number | undefined>();
  #given = 0;
  #marks = 0;

  constructor(root: unknown) {
    const met = new Set<unknown>();
    const waiting = [root];
    while (waiting.length > 0) {
      const next = waiting.pop();
      if (typeof next !== "object" || next === null) continue;
      if (met.has(next)) this.#numbers.set(next, undefined);
      else {
        met.add(next);
        waiting.push(...childrenOf(next));
      }
    }
  }

  value(v: unknown): Buffer {
    if (v === undefined) return u8(0x00);
    if (v === null) return u8(0x01);
    if (typeof v === "boolean") return u8(v ? 0x03 : 0x02);
    if (typeof v === "number") return Buffer.concat([u8(0x04), f64(v)]);
    if (typeof v === "bigint") return Buffer.concat([u8(0x05), u8(v < 0n ? 1 : 0), bytes(magnitude(v))]);
    if (typeof v === "string") return Buffer.concat([u8(0x06), str(v)]);
    return this.#object(v as object);
  }

  #object(object: object): Buffer {
    if (!this.#numbers.has(object)) return this.#content(object);
    this.#marks += 1;
    const number = this.#numbers.get(object);
    if (number !== undefined) return Buffer.concat([u8(0x08), u32(number)]);
    this.#numbers.set(object, this.#given);
    this.#given += 1;
    return Buffer.concat([u8(0x09), this.#content(object)]);
  }

  #content(object: object): Buffer {
    const named = propertiesOf(object);
    const isView = ArrayBuffer.isView(object);
    const bare = isView || NATIVE.includes(classOf(object) as never) || Object.getPrototypeOf(object) === null;
    const ownsProperties = Array.isArray(object) || object instanceof Error || this.#isPlain(object);
    const wrapped = !bare || (!ownsProperties && named.length > 0);
    const content = this.#builtIn(object, named);
    if (!wrapped) return content;
    const properties = ownsProperties ? [] : [this.#properties(object, named)];
    return Buffer.concat([u8(0x13), str(classOf(object)?.name ?? ""), content, ...properties]);
  }

  #isPlain(object: object): boolean {
    const others = [
      Map,
      Set,
      Date,
      RegExp,
      URL,
      URLSearchParams,
      ArrayBuffer,
      SharedArrayBuffer,
      Number,
      String,
      Boolean,
    ];
    return !ArrayBuffer.isView(object) && ![...others, BigInt].some((type) => object instanceof type);
  }

  #builtIn(object: object, named: readonly string[]): Buffer {
    if (Array.isArray(object)) return Buffer.concat([u8(0x10), this.#array(object), this.#properties(object, named)]);
    if (object instanceof Map) return Buffer.concat([u8(0x14), u32(object.size), this.#map(object)]);
    if (object instanceof Set) return Buffer.concat([u8(0x15), u32(object.size), ...this.#sorted([...object])[0]]);
    if (object instanceof Date) return Buffer.concat([u8(0x16), f64(object.getTime())]);
    if (object instanceof RegExp)
      return Buffer.concat([u8(0x17), str(object.source), str(object.flags), f64(object.lastIndex)]);
    if (object instanceof Error)
      return Buffer.concat([u8(0x18), str(object.name), str(object.message), this.#properties(object, named)]);
    if (object instanceof URL) return Buffer.concat([u8(0x19), str(object.href)]);
    if (object instanceof URLSearchParams) return Buffer.concat([u8(0x1a), str(object.toString())]);
    if (object instanceof ArrayBuffer) return Buffer.concat([u8(0x1c), bytes(new Uint8Array(object))]);
    if (object instanceof SharedArrayBuffer) return Buffer.concat([u8(0x1d), bytes(new Uint8Array(object))]);
    if (ArrayBuffer.isView(object)) {
      const { buffer, byteOffset, byteLength } = object;
      return Buffer.concat([
        u8(0x1e),
        str(classOf(object)?.name ?? ""),
        bytes(new Uint8Array(buffer, byteOffset, byteLength)),
      ]);
    }
    if (!this.#isPlain(object)) return Buffer.concat([u8(0x1b), this.value(object.valueOf())]);
    const tag = Object.getPrototypeOf(object) === null ? 0x12 : 0x11;
    return Buffer.concat([u8(tag), this.#properties(object, named)]);
  }

  #properties(object: object, names: readonly string[]): Buffer {
    const sorted = [...names].sort();
    return Buffer.concat([u32(names.length), ...sorted.flatMap((key) => [str(key), this.value((object as Bag)[key])])]);
  }

  #array(array: readonly unknown[]): Buffer {
    const parts = [u32(array.length)];
    for (let index = 0; index < array.length; index += 1) {
      if (Object.hasOwn(array, index)) parts.push(this.value(array[index]));
      else {
        const start = index;
        while (index + 1 < array.length && !Object.hasOwn(array, index + 1)) index += 1;
        parts.push(u8(0x07), u32(index + 1 - start));
      }
    }
    return Buffer.concat(parts);
  }

  /** Encodings in the order of their bytes, those with marks last, and the members in that order. */
  #sorted(members: readonly unknown[]): [Buffer[], unknown[]] {
    const encoded = members.map((member) => {
      const before = this.#marks;
      return { member, encoding: this.value(member), marked: this.#marks > before };
    });
    const order = [
      ...encoded.filter(({ marked }) => !marked).sort((a, b) => Buffer.compare(a.encoding, b.encoding)),
      ...encoded.filter(({ marked }) => marked),
    ];
    return [order.map(({ encoding }) => encoding), order.map(({ member }) => member)];
  }

  #map(map: ReadonlyMap<unknown, unknown>): Buffer {
    const [encodings, keys] = this.#sorted([...map.keys()]);
    return Buffer.concat([...encodings, ...keys.map((key) => this.value(map.get(key)))]);
  }
}

function classOf(object: object): Class {
  return (Object.getPrototypeOf(object) as { readonly constructor: Class } | null)?.constructor;
}

function magnitude(v: bigint): Buffer {
  const digits: number[] = [];
  for (let rest = v < 0n ? -v : v; rest > 0n; rest >>= 8n) digits.push(Number(rest & 0xffn));
  return Buffer.from(digits);
}

/** Names of an object's own enumerable properties, apart from its elements; for an error, those that count. */
function propertiesOf(object: object): string[] {
  const keys = Object.keys(object);
  if (object instanceof Error) {
    const own = keys.filter((key) => !["name", "message", "stack", "cause", "errors"].includes(key));
    return [...own, ...["cause", "errors"].filter((key) => Object.hasOwn(object, key))];
  }
  if (!Array.isArray(object) && !ArrayBuffer.isView(object)) return keys;
  return keys.filter((key) => String(Number(key) >>> 0) !== key || Number(key) >= (object as Uint8Array).length);
}

function childrenOf(object: object): unknown[] {
  const inside =
    object instanceof Map ? [...object.keys(), ...object.values()] : object instanceof Set ? [...object] : [];
  const elements = Array.isArray(object) ? object : [];
  return [...inside, ...elements, ...propertiesOf(object).map((key) => (object as Bag)[key])];
}

const PART = { function: 1, code: 2, version: 3, argument: 4, input: 5, env: 6 } as const;

/** What a part of a key is made of: kind, name, type and digest. */
export type ReferencePart = readonly [kind: keyof typeof PART, name: string, type: string, digest: Uint8Array];

/** What is hashed for the key of a call. */
export function keyContent(parts: readonly ReferencePart[]): Buffer {
  const written = parts.map(([kind, name, type, digest]) =>
    Buffer.concat([u8(PART[kind]), str(name), str(type), digest]),
  );
  return Buffer.concat([Buffer.from("scalable/key/1"), ...written]);
}

/** The digest of a file. */
export function file(name: string, content: Uint8Array): Buffer {
  return X(Buffer.from("scalable/file/1"), bytes(Buffer.from(name)), u64(content.length), C(content));
}

/** A member of a folder: its path, and what it is. */
export type ReferenceEntry = readonly [
  path: string | Buffer,
  member: Uint8Array | "folder" | { readonly link: string },
  mode?: "executable",
];

/** The digest of a folder, with its entries in their order. */
export function folder(entries: readonly ReferenceEntry[]): Buffer {
  const written = entries.map(([path, member, mode]) => {
    const name = bytes(Buffer.from(path as string));
    if (member === "folder") return Buffer.concat([u8(2), name]);
    if (!(member instanceof Uint8Array)) return Buffer.concat([u8(3), name, bytes(Buffer.from(member.link))]);
    return Buffer.concat([u8(1), name, u8(mode === "executable" ? 1 : 0), u64(member.length), C(member)]);
  });
  return X(Buffer.from("scalable/folder/1"), ...written);
}

type Node = Readonly<Record<string, unknown>>;

/** The syntax tree of a function, from the ESTree node that a parser made of it. */
export function tree(node: Node): unknown {
  return treeOf({ ...node, id: null });
}

function treeOf(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(treeOf);
  if (part instanceof RegExp) return null;
  if (typeof part !== "object" || part === null) return part;
  const node = part as Node;
  if (!("type" in node))
    return Object.fromEntries(Object.entries(node).map(([name, content]) => [name, treeOf(content)]));
  const left = ["type", "start", "end", ...(node["type"] === "Literal" ? ["raw"] : [])];
  const names = Object.keys(node)
    .filter((name) => !left.includes(name))
    .sort();
  return [node["type"], ...names.flatMap((name) => [name, treeOf(node[name])])];
}
