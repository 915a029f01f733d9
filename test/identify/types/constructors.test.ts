import { runInNewContext } from "node:vm";
import { Cache, cacheable } from "scalable";
import { expect, test } from "vitest";
import type { Constructor } from "../../../src/identify/types/constructors.ts";
import { resolveType } from "../../../src/identify/types/resolve.ts";

const SITE = { functionName: "run", parameter: "x" };

function coerce(type: Constructor, value: unknown): unknown {
  return resolveType(type, "args.x").coerce(value, SITE);
}

class Point {
  x = 1;
}
class Point3 extends Point {}
class Odd extends Point {
  static override [Symbol.hasInstance](): boolean {
    throw new Error("no instance of anything");
  }
}
const point = new Point3();
const bytes = Uint8Array.of(1, 2);
const date = new Date(5);
const foreignDate: unknown = runInNewContext("new Date(5)");
const list = [1];

test.each<readonly [Constructor, unknown, unknown]>([
  ...[42, 42n, "42", " 42\n", "+42", "042", "4.2e1", "0x2a", new Object(42)].map(
    (value) => [Number, value, 42] as const,
  ),
  ...[
    [-0, -0],
    ["-0", -0],
    [0n, 0],
    ["NaN", Number.NaN],
    [Number.NaN, Number.NaN],
  ].map(([a, b]) => [Number, a, b] as const),
  ...[
    ["Infinity", Number.POSITIVE_INFINITY],
    ["-1.5", -1.5],
    [2n ** 53n, 2 ** 53],
    ["9007199254740992", 2 ** 53],
  ].map(([a, b]) => [Number, a, b] as const),
  ...[
    ["", ""],
    ["\ud800", "\ud800"],
    [42, "42"],
    [-0, "0"],
    [42n, "42"],
    [true, "true"],
    [new Object("a"), "a"],
  ].map(([a, b]) => [String, a, b] as const),
  [String, new URL("http://a/"), "http://a/"],
  ...[true, "true", 1, 1n, new Object(true)].map((value) => [Boolean, value, true] as const),
  ...[false, "false", 0, 0n, -0].map((value) => [Boolean, value, false] as const),
  ...[
    [42n, 42n],
    [42, 42n],
    ["42", 42n],
    [" -42 ", -42n],
    ["+42", 42n],
    [-0, 0n],
  ].map(([a, b]) => [BigInt, a, b] as const),
  ...["123456789012345678901234567890"].map((digits) => [BigInt, digits, 123456789012345678901234567890n] as const),
  [Date, date, date],
  [Date, foreignDate, foreignDate],
  [Date, 5, date],
  ...["2024-02-29", "2024-02-29T00:00Z", "2024-02-29 00:00:00.000Z", "2024-02-29T01:00:00+01:00"].map(
    (text) => [Date, text, new Date(1709164800000)] as const,
  ),
  ...[
    ["2024", 1704067200000],
    ["2024-02", 1706745600000],
    ["+275760-09-13", 8.64e15],
  ].map(([text, ms]) => [Date, text, new Date(ms as number)] as const),
  [Object, point, point],
  [Object, list, list],
  [Array, list, list],
  [Map, new Map([[1, 2]]), new Map([[1, 2]])],
  [Point, point, point],
  [Uint8Array, bytes, bytes],
  [Uint8Array, Buffer.from([1]), Buffer.from([1])],
  [Uint8Array, [1, 255], Uint8Array.of(1, 255)],
  [Uint8Array, Float64Array.of(1, 255), Uint8Array.of(1, 255)],
  [Float32Array, [0.5, -0, Number.NaN], Float32Array.of(0.5, -0, Number.NaN)],
  [Float64Array, bytes, Float64Array.of(1, 2)],
  [BigInt64Array, [1n, -1n], BigInt64Array.of(1n, -1n)],
  [BigUint64Array, BigInt64Array.of(1n), BigUint64Array.of(1n)],
  [Int8Array, [], new Int8Array()],
])("%o takes %o", (type, value, expected) => {
  expect(coerce(type, value)).toStrictEqual(expected);
});

test.each<readonly [Constructor, string, readonly unknown[]]>([
  [
    Number,
    "a number, or text or a bigint that is one exactly",
    [
      "",
      " ",
      "x",
      "1_000",
      "1,5",
      "12px",
      "NaNs",
      2n ** 53n + 1n,
      10n ** 400n,
      "9007199254740993",
      `1${"0".repeat(400)}`,
    ],
  ],
  [
    Number,
    "a number",
    [null, true, [], [1], {}, new Date(0), Symbol("s"), () => 1, new Proxy(new Object(1), {}), { valueOf: () => 1 }],
  ],
  [Number, "a number", [Object.create(Number.prototype), Object.create(null)]],
  [
    String,
    "a string, number, bigint, boolean or URL",
    [null, [], ["a"], {}, new Date(0), Symbol("s"), () => 1, { toString: () => "a" }],
  ],
  [String, "a string", [Object.create(String.prototype), Object.create(URL.prototype), new Proxy(new URL("a:b"), {})]],
  [Boolean, 'a boolean, "true", "false", 1 or 0', [null, "", "yes", "True", "1", 2, Number.NaN, [], {}]],
  [
    BigInt,
    "a bigint, a safe integer or its digits",
    [null, "", "1.5", "0x10", "1n", 1.5, 2 ** 53, Number.NaN, true, [], {}],
  ],
  [
    Date,
    "a valid Date, ISO 8601 text or milliseconds since 1970",
    [
      new Date(Number.NaN),
      Number.NaN,
      8.64e15 + 1,
      "",
      "run 7",
      "7",
      "1/2/2024",
      "2024-13-01",
      "24-01-01",
      "2024-01-01T25:00Z",
    ],
  ],
  [
    Date,
    "a valid Date",
    ["2024-1-1", "2024-01-01T00", null, 1n, true, {}, Object.create(Date.prototype), new Proxy(new Date(), {})],
  ],
  [Object, "an object", [null, 1, "a", () => 1, Symbol("s")]],
  [Array, "an array", [null, {}, "ab", { length: 0 }, new Set(), bytes]],
  [Map, "an instance of Map", [null, {}, [], new Set(), [[1, 2]]]],
  [Point, "an instance of Point", [null, {}, { x: 1 }, Object.create(null), Point]],
  [Odd, "an instance of Odd", [{}, 1]],
  [
    Uint8Array,
    "a Uint8Array, or an array whose elements it holds exactly",
    [[256], [-1], [0.5], ["1"], [-0], [Number.NaN], [1n], [null]],
  ],
  [
    Uint8Array,
    "a Uint8Array",
    [
      new Array(1),
      [{ valueOf: () => 1 }],
      "ab",
      3,
      new ArrayBuffer(3),
      new DataView(new ArrayBuffer(1)),
      new Set([1]),
      { length: 1, 0: 1 },
    ],
  ],
  [Float32Array, "a Float32Array", [[0.1], [1e300], [2 ** 24 + 1], [1n], [undefined]]],
  [Float64Array, "a Float64Array", [[1n], ["1"], BigInt64Array.of(1n)]],
  [BigInt64Array, "a BigInt64Array", [[1], [2n ** 63n], Int8Array.of(1), ["1"]]],
])("%o refuses what is not %s", (type, expected, values) => {
  for (const value of values) {
    const attempt = (): unknown => coerce(type, value);
    expect(attempt).toThrow(`run: the argument "x" must be ${expected}`);
    expect(attempt).toThrow(expect.objectContaining({ name: "ScalableError", code: "E_ARGUMENT_TYPE", details: SITE }));
  }
});

test("an error tells the value", () => {
  expect(() => coerce(Number, "forty-two")).toThrow(`, but is 'forty-two'.`);
  expect(() => coerce(Number, { year: 2050 })).toThrow(", but is { year: 2050 }.");
  expect(() => coerce(Number, "x".repeat(1_000))).toThrow(/, but is 'x{60,80}.{0,30}…\.$/);
  const unspeakable = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error("no");
      },
      get: () => {
        throw new Error("no");
      },
    },
  );
  expect(() => coerce(Date, unspeakable)).toThrow(/, but is .+\.$/);
});

test("42, 42n and '42' are one call under Number, and three without a type", async () => {
  const options = { cache: new Cache("unused"), code: "name" } as const;
  const typed = cacheable({ ...options, name: "typed", args: { year: Number } }, (year: unknown) => year);
  const untyped = cacheable({ ...options, name: "untyped" }, (year: unknown) => year);

  const calls = [42, 42n, "42"];
  expect(new Set(await Promise.all(calls.map((year) => typed.key(year)))).size).toBe(1);
  expect(new Set(await Promise.all(calls.map((year) => untyped.key(year)))).size).toBe(3);
  expect(await typed.key(43)).not.toBe(await typed.key(42));
  expect(await typed.key(-0)).not.toBe(await typed.key(0));
});

test("the declared type is part of the key", async () => {
  const options = { cache: new Cache("unused"), code: "name", name: "declared" } as const;
  const fn = (a: unknown): unknown => a;
  const keys = [Number, Object, undefined, BigInt].map((a) => cacheable({ ...options, args: { a } }, fn).key);

  expect(await keys[0]?.(1)).not.toBe(await keys[2]?.(1));
  expect(await keys[0]?.(1)).not.toBe(await keys[3]?.(1));
  expect(await keys[1]?.({})).not.toBe(await keys[2]?.({}));
});
