import { expect, test } from "vitest";
import { digest, encoding } from "./digests.ts";

/*
 * Exact bytes, as docs/formats/key.md has them. A change here is a change of the format version: every key of every
 * user becomes another.
 */

class Point {
  x: number;
  constructor(x: number) {
    this.x = x;
  }
}
class Registry extends Map<unknown, unknown> {}
const twice = { a: 1 };
const cycle: { self?: unknown } = {};
cycle.self = cycle;

const ONE = "04 000000000000f03f";
const A = "0200000000000000 6100";
const POINT = "13 0a00000000000000 50006f0069006e007400";

test.each<readonly [string, unknown, string]>([
  ["undefined", undefined, "00"],
  ["null", null, "01"],
  ["false", false, "02"],
  ["true", true, "03"],
  ["a number", 1, ONE],
  ["a fraction", -0.1, "04 9a9999999999b9bf"],
  ["zero", 0, "04 0000000000000000"],
  ["negative zero", -0, "04 0000000000000080"],
  ["NaN", Number.NaN, "04 000000000000f87f"],
  ["infinity", Number.POSITIVE_INFINITY, "04 000000000000f07f"],
  ["bigint 0", 0n, "05 00 0000000000000000"],
  ["bigint 1", 1n, "05 00 0100000000000000 01"],
  ["bigint -256", -256n, "05 01 0200000000000000 0001"],
  ["a string", "a", `06 ${A}`],
  ["the empty string", "", "06 0000000000000000"],
  ["a lone surrogate", "\ud800", "06 0200000000000000 00d8"],
  ["a character of two code units", "😀", "06 0400000000000000 3dd800de"],
  ["an empty array", [], "10 00000000 00000000"],
  ["an array", [1, "a"], `10 02000000 ${ONE} 06 ${A} 00000000`],
  // biome-ignore lint/suspicious/noSparseArray: that is the case
  ["an array with holes", [, , 1, ,], `10 04000000 07 02000000 ${ONE} 07 01000000 00000000`],
  ["an array with a property", Object.assign([], { a: 1 }), `10 00000000 01000000 ${A} ${ONE}`],
  ["an empty object", {}, "11 00000000"],
  ["an object", { b: null, a: 1 }, `11 02000000 ${A} ${ONE} 0200000000000000 6200 01`],
  ["an object without a prototype", Object.assign(Object.create(null), { a: 1 }), `12 01000000 ${A} ${ONE}`],
  ["an instance of a class", new Point(1), `${POINT} 11 01000000 0200000000000000 7800 ${ONE}`],
  [
    "an instance of a class derived from a built-in one",
    new Registry([[1, true]]),
    `13 1000000000000000 52006500670069007300740072007900 14 01000000 ${ONE} 03 00000000`,
  ],
  ["a map", new Map([["a", 1]]), `14 01000000 06 ${A} ${ONE}`],
  [
    "a map, its keys sorted",
    new Map<unknown, unknown>([
      ["a", null],
      [1, true],
    ]),
    `14 02000000 ${ONE} 06 ${A} 03 01`,
  ],
  ["a set", new Set([1]), `15 01000000 ${ONE}`],
  ["a set, its members sorted", new Set([null, 1, undefined]), `15 03000000 00 01 ${ONE}`],
  ["a date", new Date(1), "16 000000000000f03f"],
  ["an invalid date", new Date(Number.NaN), "16 000000000000f87f"],
  [
    "a date with a property",
    Object.assign(new Date(1), { a: 1 }),
    `13 0800000000000000 4400610074006500 16 000000000000f03f 01000000 ${A} ${ONE}`,
  ],
  ["a regular expression", /a/g, `17 ${A} 0200000000000000 6700 0000000000000000`],
  [
    "an error",
    new Error("a"),
    `13 0a00000000000000 4500720072006f007200 18 0a00000000000000 4500720072006f007200 ${A} 00000000`,
  ],
  [
    "an error with a cause",
    new Error("a", { cause: 1 }),
    `13 0a00000000000000 4500720072006f007200 18 0a00000000000000 4500720072006f007200 ${A} 01000000 0a00000000000000 630061007500730065 00 ${ONE}`,
  ],
  ["a URL", new URL("a:b"), "19 0600000000000000 61003a006200"],
  ["URL parameters", new URLSearchParams("a="), "1a 0400000000000000 61003d00"],
  ["a boxed number", new Object(1), `13 0c00000000000000 4e0075006d00620065007200 1b ${ONE} 00000000`],
  ["an ArrayBuffer", Uint8Array.of(1, 2).buffer, "1c 0200000000000000 0102"],
  ["a SharedArrayBuffer", new SharedArrayBuffer(1), "1d 0100000000000000 00"],
  ["a typed array", Int8Array.of(-1), "1e 1200000000000000 49006e0074003800410072007200610079 00 0100000000000000 ff"],
  [
    "part of a buffer",
    Uint8Array.of(1, 2, 3).subarray(1, 2),
    "1e 1400000000000000 550069006e0074003800410072007200610079 00 0100000000000000 02",
  ],
  ["a Buffer", Buffer.from([2]), "1e 0c00000000000000 4200750066006600650072 00 0100000000000000 02"],
  ["a shared reference", [twice, twice], `10 02000000 09 11 01000000 ${A} ${ONE} 08 00000000 00000000`],
  ["a cycle", cycle, "09 11 01000000 0800000000000000 730065006c006600 08 00000000"],
])("the encoding of %s", (_what, value, expected) => {
  expect(encoding(value).toString("hex")).toBe(expected.replaceAll(" ", ""));
});

test("content above 65,536 bytes stands as its digest", () => {
  expect(encoding("x".repeat(32_768))).toHaveLength(9 + 65_536);
  expect(encoding("x".repeat(32_769)).toString("hex")).toBe("0602000100000000006c57b53f9894ba1a895dd795b8dedd86");
});

// Computed with the C library of XXH3 from the bytes that the document says.
test.each<readonly [string, unknown, string]>([
  ["undefined", undefined, "6df467ad30b7bb5b593aaf67c6e73d56"],
  ["a number", 42, "2fa99ab86e5eca7c87fa7b7db96b7259"],
  ["a string", "42", "6de8eed3250945077773c17f86381020"],
  ["a bigint", 42n, "f76d80067d379e75e9e1dfffbd9e36bd"],
  ["an object", { year: 2050, hydro: [0.5, -0], tags: new Set(["a", "b"]) }, "15f0fd2bdc65c981144e6ecc64dfccd9"],
  ["a typed array", Float64Array.from({ length: 10_000 }, (_, i) => i / 7), "28768d44477d014ce56116aa23e03072"],
  ["a large buffer", new Uint8Array(20_000_000).fill(7), "c1f31fa32506b2e6edde76bfd2969beb"],
])("the digest of %s", (_what, value, expected) => {
  expect(digest(value)).toBe(expected);
});
