import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { digest } from "./digests.ts";

function named<T>(type: T): T {
  return Object.defineProperty(type, "name", { value: "Same" });
}

const a = { x: 1 };
const shared = [a, a];
const copies = [a, { ...a }];
const cycleOfOne: unknown[] = [];
cycleOfOne.push(cycleOfOne);
const cycleOfTwo: unknown[] = [[]];
(cycleOfTwo[0] as unknown[]).push(cycleOfTwo);

class Defaults extends Map<string, number> {
  override get(key: string): number {
    return key.length;
  }
}
class Silent extends Map<string, number> {
  override keys(): MapIterator<string> {
    return new Map<string, number>().keys();
  }
}
class Closed extends Set<number> {
  override [Symbol.iterator](): SetIterator<number> {
    return new Set<number>().values();
  }
}
class Constant extends Number {
  override valueOf(): number {
    return 7;
  }
}

test.each<readonly [string, unknown, unknown]>([
  ["a number and its digits", 1, "1"],
  ["a number and a bigint", 1, 1n],
  ["a number and a boolean", 1, true],
  ["0 and -0", 0, -0],
  ["0 and -0 in an array", [0], [-0]],
  ["null and undefined", null, undefined],
  ["an undefined property and none", { x: undefined }, {}],
  ["an undefined element and a hole", [undefined], new Array(1)],
  ["an array and one with holes behind", [1], Object.assign([1], { length: 2 })],
  ["an array and an object with its elements", [1], { 0: 1, length: 1 }],
  ["an empty array and an empty object", [], {}],
  ["an empty map and an empty set", new Map(), new Set()],
  ["a map and an object", new Map([["x", 1]]), { x: 1 }],
  ["a set and an array", new Set([1]), [1]],
  ["nested arrays", [[1], 2], [[1, 2]]],
  ["strings split in two ways", ["ab", "c"], ["a", "bc"]],
  ["two orders of elements", [1, 2], [2, 1]],
  ["a string and its boxed form", "x", new Object("x")],
  ["a composed and a decomposed character", "é", "e\u0301"],
  ["two lone surrogates", "\ud800", "\udc00"],
  ["typed arrays of the same bytes", Int8Array.of(1), Uint8Array.of(1)],
  ["a Buffer and a Uint8Array", Buffer.from([1]), Uint8Array.of(1)],
  ["a DataView and a Uint8Array", new DataView(new ArrayBuffer(1)), new Uint8Array(1)],
  ["an ArrayBuffer and a view of it", new ArrayBuffer(1), new Uint8Array(1)],
  ["an ArrayBuffer and a SharedArrayBuffer", new ArrayBuffer(1), new SharedArrayBuffer(1)],
  ["a typed array and an array", Float64Array.of(1), [1]],
  ["a date and its number", new Date(1), 1],
  ["a date and its text", new Date(0), "1970-01-01T00:00:00.000Z"],
  ["regular expressions by their flags", /x/, /x/g],
  ["regular expressions by lastIndex", /x/g, Object.assign(/x/g, { lastIndex: 1 })],
  ["errors by their class", new Error("x"), new TypeError("x")],
  ["errors by their cause", new Error("x", { cause: 1 }), new Error("x", { cause: 2 })],
  ["a cause that is undefined and none", new Error("x", { cause: undefined }), new Error("x")],
  ["errors by what they aggregate", new AggregateError([1], "x"), new AggregateError([2], "x")],
  [
    "errors whose messages are objects",
    Object.assign(new Error("x"), { message: a }),
    Object.assign(new Error("x"), { message: {} }),
  ],
  ["errors by a field", Object.assign(new Error("x"), { code: 1 }), Object.assign(new Error("x"), { code: 2 })],
  ["DOM exceptions by their name", new DOMException("x", "AbortError"), new DOMException("x", "DataError")],
  ["URLs", new URL("http://x/a"), new URL("http://x/b")],
  ["a URL and its text", new URL("http://x/"), "http://x/"],
  ["instances of different classes", new (class A {})(), new (class B {})()],
  ["an instance and a plain object", new (class A {})(), {}],
  ["a plain object and one without a prototype", {}, Object.create(null)],
  [
    "a class whose name is a static method, by its fields",
    new (class {
      static name(): undefined {
        return undefined;
      }
      x = 1;
    })(),
    new (class {
      static name(): undefined {
        return undefined;
      }
      x = 2;
    })(),
  ],
  ["classes that differ in their base alone", new (named(class extends Map {}))(), new (named(class extends Set {}))()],
  ["an own property called __proto__", JSON.parse('{"__proto__":{"x":1}}'), JSON.parse('{"__proto__":{"x":2}}')],
  ["an own property called constructor", { constructor: 1 }, { constructor: 2 }],
  ["a property of an array", Object.assign([1], { x: 1 }), Object.assign([1], { x: 2 })],
  [
    "a property of a long array",
    Object.assign(new Array(100).fill(0), { x: 1 }),
    Object.assign(new Array(100).fill(0), { x: 2 }),
  ],
  [
    "a property of a long array that looks like its end",
    Object.assign(new Array(100).fill(0), { x: "... 9 more items ]" }),
    new Array(100).fill(0),
  ],
  [
    "a property of a typed array",
    Object.assign(new Uint8Array(100), { x: 1 }),
    Object.assign(new Uint8Array(100), { x: 2 }),
  ],
  ["a property of a date", Object.assign(new Date(0), { x: 1 }), Object.assign(new Date(0), { x: 2 })],
  ["a property of a map", Object.assign(new Map(), { x: 1 }), Object.assign(new Map(), { x: 2 })],
  ["what a map holds, whatever its get says", new Defaults([["x", 1]]), new Defaults([["x", 2]])],
  ["what a map holds, whatever its keys say", new Silent([["x", 1]]), new Silent([["x", 2]])],
  ["what a set holds, whatever it iterates", new Closed([1]), new Closed([2])],
  ["what a boxed number holds, whatever its valueOf says", new Constant(1), new Constant(2)],
  ["an object twice and two that are alike", shared, copies],
  ["a cycle of one and a cycle of two", cycleOfOne, cycleOfTwo],
  ["two ways to share three objects", [a, a, { x: 1 }], [a, { x: 1 }, a]],
  ["a shared key and a copy of it", [a, new Map([[a, 1]])], [a, new Map([[{ x: 1 }, 1]])]],
])("told apart: %s", (_what, one, other) => {
  expect(digest(one)).not.toBe(digest(other));
});

test.each<readonly [string, unknown, unknown]>([
  ["NaN and NaN", Number.NaN, 0 / 0],
  ["properties in another order", { x: 1, y: 2 }, { y: 2, x: 1 }],
  [
    "properties with numbers for names",
    { b: 1, 1: 2 },
    Object.fromEntries([
      ["1", 2],
      ["b", 1],
    ]),
  ],
  [
    "entries of a map in another order",
    new Map([
      [1, 2],
      [3, 4],
    ]),
    new Map([
      [3, 4],
      [1, 2],
    ]),
  ],
  ["members of a set in another order", new Set(["x", 1, null]), new Set([null, "x", 1])],
  ["sets of sets in another order", new Set([new Set([1, 2]), new Set([3])]), new Set([new Set([3]), new Set([2, 1])])],
  [
    "a getter and its value",
    {
      get x() {
        return 1;
      },
    },
    { x: 1 },
  ],
  ["a frozen object and another", Object.freeze({ x: 1 }), { x: 1 }],
  ["a view of part of a buffer and a copy of it", Uint8Array.of(9, 1, 2, 9).subarray(1, 3), Uint8Array.of(1, 2)],
  [
    "a Buffer of the pool and one of its own",
    Buffer.from("text"),
    Buffer.from(new Uint8Array([116, 101, 120, 116]).buffer),
  ],
  ["errors that were thrown at different places", new Error("x"), (() => new Error("x"))()],
  [
    "an own property called constructor does not name the class",
    Object.assign(new Date(0), { constructor: null }),
    Object.assign(new Date(0), { constructor: null }),
  ],
  [
    "an instance of a class and one of a class of the same name",
    new (class A {
      x = 1;
    })(),
    new (class A {
      x = 1;
    })(),
  ],
  ["a plain object of another realm", { x: [1] }, runInNewContext("({ x: [1] })")],
  ["a map of another realm", new Map([[1, new Set([2])]]), runInNewContext("new Map([[1, new Set([2])]])")],
  ["a date of another realm", new Date(0), runInNewContext("new Date(0)")],
  ["a regular expression of another realm", /x/g, runInNewContext("/x/g")],
  ["an error of another realm", new TypeError("x"), runInNewContext("new TypeError('x')")],
  ["a typed array of another realm", Uint8Array.of(1), runInNewContext("Uint8Array.of(1)")],
  ["a boxed number of another realm", new Object(1), runInNewContext("new Object(1)")],
  [
    "an instance of a class of another realm",
    new (class A {
      x = 1;
    })(),
    runInNewContext("class A { x = 1 }; new A()"),
  ],
])("the same: %s", (_what, one, other) => {
  expect(digest(one)).toBe(digest(other));
});

test("a value has the digest that it had before, whatever was hashed or refused in between", () => {
  const bytes = digest(new Uint8Array(1));
  expect(() => digest(Object.create(Uint8Array.prototype))).toThrow(/native class Uint8Array/);
  expect(() => digest({ deep: [1, new Map([["x", () => 1]])] })).toThrow();
  expect(digest(new Uint8Array(1))).toBe(bytes);
});

test("an object that looks like an instance of a built-in class does not decide for real ones", () => {
  expect(() => digest(Object.create(Int16Array.prototype))).toThrow(/native class Int16Array/);
  expect(digest(new Int16Array(1))).toMatch(/^[0-9a-f]{32}$/);
});
