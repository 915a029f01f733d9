/*
 * In what a value that came back from a store differs from the one that went in: the yardstick of the store's tests, which
 * knows nothing of encodings. Stricter than assert.deepStrictEqual: orders count, attributes of properties, absent
 * elements, signs of zero, and which objects are one and the same.
 */

/** The place of the first difference and what it is; undefined where there is none. */
export function difference(a: unknown, b: unknown): string | undefined {
  return compare({ a, b, place: "it" }, { left: new Map(), right: new Map() });
}

interface Pair {
  readonly a: unknown;
  readonly b: unknown;
  readonly place: string;
}

interface Met {
  readonly left: Map<object, object>;
  readonly right: Map<object, object>;
}

function compare({ a, b, place }: Pair, met: Met): string | undefined {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    return Object.is(a, b) ? undefined : `${place}: ${String(a)} became ${String(b)}`;
  }
  if (met.left.has(a) || met.right.has(b)) {
    return met.left.get(a) === b && met.right.get(b) === a ? undefined : `${place}: another object than before`;
  }
  met.left.set(a, b);
  met.right.set(b, a);
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return `${place}: another class`;
  if (contentOf(a) !== contentOf(b)) return `${place}: ${contentOf(a)} became ${contentOf(b)}`;
  for (const part of partsOf(a, b, place)) {
    const found = compare(part, met);
    if (found !== undefined) return found;
  }
  return compareProperties(a, b, place, met);
}

function* partsOf(a: object, b: object, place: string): Generator<Pair> {
  const [left, right] = [membersOf(a), membersOf(b)];
  if (left.length !== right.length) yield { a: left.length, b: right.length, place: `${place}.size` };
  for (const [index, member] of left.entries()) yield { a: member, b: right[index], place: `${place}(${index})` };
}

function membersOf(object: object): readonly unknown[] {
  if (object instanceof Map) return [...object].flat(1);
  return object instanceof Set ? [...object] : [];
}

function compareProperties(a: object, b: object, place: string, met: Met): string | undefined {
  if (ArrayBuffer.isView(a)) return undefined;
  const [left, right] = [Reflect.ownKeys(a), Reflect.ownKeys(b)];
  if (left.length !== right.length || left.some((key, index) => key !== right[index])) {
    return `${place}: the properties ${left.map(String).join()} became ${right.map(String).join()}`;
  }
  for (const key of left) {
    // V8 makes an accessor of it, and new ones for each Error; what they answer is compared as content.
    if (a instanceof Error && key === "stack") continue;
    const [x, y] = [Object.getOwnPropertyDescriptor(a, key), Object.getOwnPropertyDescriptor(b, key)];
    if (x?.enumerable !== y?.enumerable || x?.get !== y?.get || x?.set !== y?.set) {
      return `${place}.${String(key)}: another kind of property`;
    }
    const found = compare({ a: x?.value, b: y?.value, place: `${place}.${String(key)}` }, met);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What an object holds besides other values, as text. */
function contentOf(object: object): string {
  if (object instanceof Date) return `date ${object.getTime()}`;
  if (object instanceof RegExp) return `regexp ${String(object)} ${object.lastIndex}`;
  if (object instanceof Error) return JSON.stringify([object.name, object.message, object.stack]);
  if (object instanceof Number) return Object.is(object.valueOf(), -0) ? "-0" : String(object);
  if (object instanceof String || object instanceof Boolean || object instanceof BigInt) return String(object);
  if (object instanceof ArrayBuffer) {
    return `${object.resizable ? object.maxByteLength : "fixed"} ${Buffer.from(object).toString("hex")}`;
  }
  if (!ArrayBuffer.isView(object)) return "";
  const bytes = Buffer.from(object.buffer, object.byteOffset, object.byteLength);
  return `${Object.prototype.toString.call(object)} ${bytes.toString("base64")}`;
}
