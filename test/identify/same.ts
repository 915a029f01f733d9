/*
 * Whether two values are the same to a cached function: the yardstick for the property tests, which knows nothing of
 * encodings. Types count, so do -0 and absent elements, and which objects are one and the same; the order of properties
 * and of the members of sets and maps does not.
 */

/** Which object on the left stands for which on the right, found so far. */
interface Pairs {
  readonly left: ReadonlyMap<object, object>;
  readonly right: ReadonlyMap<object, object>;
}

export function same(a: unknown, b: unknown): boolean {
  for (const _pairs of match(a, b, { left: new Map(), right: new Map() })) return true;
  return false;
}

/** All ways in which `a` can be `b`; there are several where sets are involved. */
function* match(a: unknown, b: unknown, pairs: Pairs): Generator<Pairs> {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    if (Object.is(a, b)) yield pairs;
    return;
  }
  if (pairs.left.has(a) || pairs.right.has(b)) {
    if (pairs.left.get(a) === b) yield pairs;
    return;
  }
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b) || scalarOf(a) !== scalarOf(b)) return;
  const extended = { left: new Map(pairs.left).set(a, b), right: new Map(pairs.right).set(b, a) };
  for (const next of matchMembers(a, b, extended)) yield* matchProperties(a, b, next);
}

/** What an object holds besides other values, as text. */
function scalarOf(object: object): string {
  if (Array.isArray(object)) return `length ${object.length}`;
  if (object instanceof Date) return `date ${object.getTime()}`;
  if (object instanceof RegExp) return `regexp ${String(object)} ${object.lastIndex}`;
  if (object instanceof Error) return `error ${JSON.stringify([object.name, object.message])}`;
  if (object instanceof URL || object instanceof URLSearchParams) return String(object);
  if (object instanceof Number) return Object.is(object.valueOf(), -0) ? "-0" : String(object);
  if (object instanceof String || object instanceof Boolean || object instanceof BigInt) return String(object);
  if (object instanceof ArrayBuffer) return Buffer.from(object).toString("hex");
  if (!ArrayBuffer.isView(object)) return "";
  return Buffer.from(object.buffer, object.byteOffset, object.byteLength).toString("hex");
}

type Matcher = (a: never, b: never, pairs: Pairs) => Generator<Pairs>;

function* matchMembers(a: object, b: object, pairs: Pairs): Generator<Pairs> {
  if (a instanceof Set && b instanceof Set) yield* matchUnordered([[...a], [...b]], pairs, match);
  else if (a instanceof Map && b instanceof Map) yield* matchUnordered([[...a], [...b]], pairs, matchAll);
  else yield pairs;
}

/** Tries each member on the right for the first on the left. */
function* matchUnordered(
  [left, right]: readonly [readonly unknown[], readonly unknown[]],
  pairs: Pairs,
  matchOne: Matcher,
): Generator<Pairs> {
  if (left.length !== right.length) return;
  if (left.length === 0) yield pairs;
  const [first, ...others] = left;
  for (const [place, candidate] of right.entries()) {
    const rest = right.filter((_, other) => other !== place);
    for (const next of matchOne(first as never, candidate as never, pairs)) {
      yield* matchUnordered([others, rest], next, matchOne);
    }
  }
}

function* matchAll(a: readonly unknown[], b: readonly unknown[], pairs: Pairs): Generator<Pairs> {
  if (a.length !== b.length) return;
  if (a.length === 0) yield pairs;
  else for (const next of match(a[0], b[0], pairs)) yield* matchAll(a.slice(1), b.slice(1), next);
}

function* matchProperties(a: object, b: object, pairs: Pairs): Generator<Pairs> {
  const keys = propertiesOf(a);
  if (JSON.stringify(keys) !== JSON.stringify(propertiesOf(b))) return;
  const valuesOf = (object: object): unknown[] => keys.map((key) => Reflect.get(object, key));
  yield* matchAll(valuesOf(a), valuesOf(b), pairs);
}

function propertiesOf(object: object): string[] {
  if (ArrayBuffer.isView(object)) return [];
  const hidden = object instanceof Error ? ["cause", "errors"].filter((key) => Object.hasOwn(object, key)) : [];
  return [...new Set([...Object.keys(object), ...hidden])].sort();
}
