import vm from "node:vm";
import { expect, test } from "vitest";
import { decodeInline, encodeValue } from "../../src/store/codec.ts";
import { judgeStorable, restoreBare } from "../../src/store/storable.ts";
import { difference } from "./difference.ts";

function reasonOf(value: unknown): string | undefined {
  const verdict = judgeStorable(value);
  return verdict.storable ? undefined : verdict.reason;
}

class Money extends Number {}
class Point {
  readonly x = 1;
}
// Classes that users gave the names of built-in ones.
const own = {
  Error: class Error extends globalThis.Error {},
  Float64Array: class Float64Array extends globalThis.Float64Array {},
  Map: class Map extends globalThis.Map<unknown, unknown> {},
  Date: class Date extends globalThis.Date {},
};

function having<T extends object>(object: T, key: string, property: PropertyDescriptor): T {
  return Object.defineProperty(object, key, property);
}

function transferred<T extends ArrayBuffer | Uint8Array<ArrayBuffer>>(value: T): T {
  structuredClone(null, { transfer: [value instanceof ArrayBuffer ? value : value.buffer] });
  return value;
}

const REFUSED: Readonly<Record<string, readonly [() => unknown, string]>> = {
  "a function": [() => () => 1, "it is a function"],
  "a symbol": [() => Symbol("a"), "it is a symbol"],
  "a class": [() => Point, "it is a function"],
  "a promise": [() => Promise.resolve(), "promise"],
  "a proxy": [() => new Proxy({}, {}), "proxy"],
  "a generator": [
    () =>
      (function* () {
        yield 1;
      })(),
    "generator",
  ],
  "an iterator": [() => [1].values(), "prototype"],
  "a weak map": [() => new WeakMap(), "weak"],
  "a shared buffer": [() => new SharedArrayBuffer(1), "SharedArrayBuffer"],
  "a view on a shared buffer": [() => new Uint8Array(new SharedArrayBuffer(8)), "shared memory"],
  "a view on a resizable buffer": [() => new Uint8Array(new ArrayBuffer(8, { maxByteLength: 16 })), "resized"],
  "a transferred buffer": [() => transferred(new ArrayBuffer(8)), "detached"],
  "a view on a transferred buffer": [() => transferred(new Uint8Array(8)), "transferred"],
  "a URL": [() => new URL("http://a/"), "its text"],
  "an Intl object": [() => new Intl.NumberFormat(), "NumberFormat"],
  "an instance of a class": [() => new Point(), "Point"],
  "an instance in a Map": [() => new Map([["a", new Point()]]), "result.a is an instance of Point"],
  "an instance as a key": [() => new Map([[new Point(), 1]]), "result.(key) is an instance of Point"],
  "an instance in a Set": [() => new Set([new Point()]), "result.(member) is an instance of Point"],
  "an object that inherits from another": [() => Object.create({ a: 1 }), "prototype"],
  "an object without a prototype in a Set": [() => new Set([Object.create(null)]), "without a prototype"],
  "a getter": [
    () => ({
      a: [
        {
          get b() {
            return 1;
          },
        },
      ],
    }),
    'result.a[0] is an object whose property "b"',
  ],
  "a setter alone": [() => having({}, "b", { set: () => undefined, enumerable: true }), 'property "b"'],
  "a hidden property": [() => having({}, "b", { value: 1 }), '"b" is hidden'],
  "a hidden property of an array": [() => having([1], "b", { value: 1 }), '"b" is hidden'],
  "a hidden property of a long array": [() => having(new Array(1_000).fill(1), "b", { value: 1 }), '"b" is hidden'],
  "a symbol as a key": [() => ({ [Symbol("a")]: 1 }), "symbol as a property key"],
  "a hidden symbol as a key": [() => Object.defineProperty({}, Symbol("a"), { value: 1 }), "symbol"],
  "a symbol as a key of an array": [() => Object.assign([], { [Symbol("a")]: 1 }), "symbol"],
  "a subclass of Array": [() => new (class List extends Array {})(), "List"],
  "a subclass of Map": [() => new own.Map(), "Map"],
  "a subclass of Date": [() => new own.Date(0), "Date"],
  "a subclass of a typed array": [() => new own.Float64Array(1), "Float64Array"],
  "a typed array under another prototype": [
    () => Object.setPrototypeOf(new Uint8Array(2), Float64Array.prototype),
    "Float64Array",
  ],
  "a Map with a property": [() => Object.assign(new Map(), { a: 1 }), "Map"],
  "a Set with a hidden property": [() => having(new Set(), "a", { value: 1 }), "Set"],
  "a Date with a property": [() => Object.assign(new Date(0), { a: 1 }), "Date"],
  "a typed array with a property": [() => Object.assign(new Uint8Array(1), { a: 1 }), "typed array with"],
  "a long typed array with a hidden one": [() => having(new Uint8Array(1_000), "a", { value: 1 }), "typed array with"],
  "a buffer with a property": [() => Object.assign(new ArrayBuffer(1), { a: 1 }), "ArrayBuffer"],
  "a RegExp in use": [() => Object.assign(/a/g, { lastIndex: 1 }), "RegExp in use"],
  "a RegExp with a property": [() => Object.assign(/a/g, { a: 1 }), "RegExp in use"],
  "a boxed number of a class": [() => new Money(1), "Money"],
  "a boxed number with a property": [() => Object.assign(Number(1), { 5: 1 }), "Number"],
  "a boxed text with a property": [() => Object.assign(String("abc"), { 7: 1 }), "String"],
  "a boxed symbol": [() => new Object(Symbol("a")), "symbol"],
  "an Error of a class": [() => new (class Failure extends Error {})("a"), "Failure"],
  "an Error of a class called Error": [() => new own.Error("a"), "an instance of Error"],
  "an AggregateError": [() => new AggregateError([], "a"), "AggregateError"],
  "a DOMException": [() => new DOMException("a"), "DOMException"],
  "an object that only looks like an Error": [() => Object.create(Error.prototype), "Error"],
  "an Error with a code": [() => Object.assign(new Error("a"), { code: 1 }), '"code"'],
  "an Error with a hidden code": [() => having(new Error("a"), "code", { value: 1 }), '"code"'],
  "an Error with a name of its own": [() => Object.assign(new Error("a"), { name: "Error" }), '"name"'],
  "an Error whose message is no text": [() => Object.assign(new Error("a"), { message: 1 }), '"message"'],
  "an Error whose message is computed": [() => having(new Error("a"), "message", { get: () => "b" }), '"message"'],
  "an Error whose message was added": [
    () => Object.assign(Reflect.construct(Error, []), { message: "a" }),
    '"message"',
  ],
  "an Error whose cause was assigned": [() => Object.assign(new Error("a"), { cause: 1 }), '"cause"'],
  "an Error whose stack is no text": [() => Object.assign(new Error("a"), { stack: {} }), "stack"],
  "an Error whose cause is a function": [() => new Error("a", { cause: [() => 1] }), "result.cause[0] is a function"],
  "an Error of another realm": [() => vm.runInNewContext("new TypeError('a')"), "TypeError"],
};

test.each(Object.entries(REFUSED))("%s is refused, with what and where it is", (_what, [make, reason]) => {
  expect(reasonOf(make())).toContain(reason);
  expect(reasonOf({ list: [0, make()] })).toMatch(/^result\.list\[1\][^ ]* is /);
});

/** Not in the language level that the project is compiled for. */
const UNICODE_SETS = "v";

test.each([
  ["boxed primitives", [Number(-0), String("ab"), Boolean(false), new Object(1n)]],
  ["a match with groups", "2024".match(/(?<year>\d+)/)],
  ["an array with named properties", Object.assign([1, 2], { note: "a", "-1": 3, "01": 4, 4294967295: 5 })],
  ["a long array with named properties", Object.assign(new Array(500).fill(0), { columns: ["a"] })],
  ["a sparse array", Object.assign([], { 3: "a", 9: undefined })],
  ["an array of four thousand million", Object.assign([], { 4294967294: "last" })],
  ["a key named __proto__", JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}')],
  ["objects without a prototype", Object.assign(Object.create(null), { a: [Object.create(null)] })],
  ["an Error without message and stack", having(Reflect.construct(Error, []), "stack", { value: undefined })],
  ["an Error with an undefined cause", new Error("a", { cause: undefined })],
  ["lone surrogates", ["\ud800", { "\udfff": "\ud800\ud800" }]],
  ["an invalid Date", new Date(Number.NaN)],
  ["a resizable buffer by itself", new ArrayBuffer(8, { maxByteLength: 16 })],
  ["all flags of a RegExp", [/a/dgimsuy, new RegExp("[a--b]", UNICODE_SETS)]],
])("%s: comes back as it was", (_what, value) => {
  const verdict = judgeStorable(value);

  expect(verdict.storable).toBe(true);
  const bare = verdict.storable ? verdict.bare : [];
  expect(difference(value, restoreBare(decodeInline(Buffer.concat(encodeValue(value).pieces)), bare))).toBeUndefined();
});

test("16-bit floats come back where Node has them", () => {
  const type = (globalThis as { Float16Array?: new (values: number[]) => ArrayBufferView }).Float16Array;
  const value = type === undefined ? [] : [new type([1.5, -0, Number.NaN])];

  expect(reasonOf(value)).toBeUndefined();
  expect(difference(value, decodeInline(Buffer.concat(encodeValue(value).pieces)))).toBeUndefined();
});

test("a frozen value is stored, and is not frozen when it comes back", () => {
  const value = Object.freeze({ a: Object.freeze([1]) });

  expect(reasonOf(value)).toBeUndefined();
  expect(Object.isFrozen(decodeInline(Buffer.concat(encodeValue(value).pieces)))).toBe(false);
});

function nested(depth: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = wrap(value);
  return value;
}

const WRAPS: readonly (readonly [string, (inner: unknown) => unknown])[] = [
  ["arrays", (inner) => [inner]],
  ["objects", (inner) => ({ inner })],
  ["objects without a prototype", (inner) => Object.assign(Object.create(null), { inner })],
  ["maps", (inner) => new Map([[1, inner]])],
  ["keys of maps", (inner) => new Map([[inner, 1]])],
  ["sets", (inner) => new Set([inner])],
  ["errors", (inner) => new Error("a", { cause: inner })],
  ["sparse arrays", (inner) => Object.assign([], { 5: inner })],
];

test.each(WRAPS)("50,000 levels of %s are refused, and 800 come back", (_what, wrap) => {
  expect(reasonOf(nested(50_000, wrap))).toMatch(/ is nested more than 800 levels deep$/);
  expect(reasonOf(nested(801, wrap))).toMatch(/ is nested more than 800 levels deep$/);

  const value = nested(800, wrap);
  const verdict = judgeStorable(value);
  const back = restoreBare(
    decodeInline(Buffer.concat(encodeValue(value).pieces)),
    verdict.storable ? verdict.bare : [],
  );
  expect(difference(value, back)).toBeUndefined();
});

test("depth is counted along the way on which the encoder goes, though a shorter one leads there", () => {
  interface Node {
    next?: Node;
  }
  const list: Node[] = Array.from({ length: 3_000 }, () => ({}));
  list.forEach((node, place) => {
    const next = list[place + 1];
    if (next !== undefined) node.next = next;
  });

  expect(reasonOf(list)).toMatch(/nested more than 800 levels deep$/);
  expect(reasonOf(list.reverse())).toBeUndefined();
  expect(difference(list.length, (decodeInline(Buffer.concat(encodeValue(list).pieces)) as []).length)).toBeUndefined();
});
