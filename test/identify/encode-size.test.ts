import { expect, test } from "vitest";
import { digest, encoding } from "./digests.ts";
import { value } from "./reference.ts";

function nested(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = wrap(value);
  return value;
}

const WRAPPERS: readonly (readonly [string, (inner: unknown) => unknown])[] = [
  ["arrays", (inner) => [inner]],
  ["objects", (inner) => ({ inner })],
  ["maps", (inner) => new Map([["inner", inner]])],
  ["maps, in their keys", (inner) => new Map([[inner, 1]])],
  ["sets", (inner) => new Set([inner])],
  ["errors, in their causes", (inner) => new Error("outer", { cause: inner })],
  ["arrays, in their properties", (inner) => Object.assign([], { inner })],
  ["objects of all kinds", (inner) => [{ inner: new Map([[1, new Set([inner])]]) }]],
];

test.each(WRAPPERS)("50 and 50,000 levels of %s have digests", (_what, wrap) => {
  for (const levels of [50, 50_000]) {
    expect(digest(nested(levels, wrap))).toBe(digest(nested(levels, wrap)));
    expect(digest(nested(levels, wrap))).not.toBe(digest(nested(levels + 1, wrap)));
  }
});

test("50 sets in each other are the same whatever the order of their members", () => {
  const inOrder = nested(50, (inner) => new Set(["x", inner, null, [inner === 1]]));
  const reversed = nested(50, (inner) => new Set([[inner === 1], null, inner, "x"]));

  expect(digest(reversed)).toBe(digest(inOrder));
});

test.each<readonly [string, (inner: unknown) => unknown]>([
  ["arrays", (inner) => [inner, inner]],
  ["objects", (inner) => ({ a: inner, b: inner })],
  [
    "maps",
    (inner) =>
      new Map([
        ["a", inner],
        ["b", inner],
      ]),
  ],
  ["sets", (inner) => new Set([[inner], [inner, 1]])],
  ["keys of maps", (inner) => new Map([[[inner], inner]])],
])("an object of 1,000 levels, each with two ways to the next, is walked once: %s", (_what, wrap) => {
  const value = nested(1_000, wrap);

  expect(encoding(value).length).toBeLessThan(200_000);
  expect(digest(value)).not.toBe(digest(nested(999, wrap)));
});

test("an array of the greatest length with two elements is encoded in a few bytes", () => {
  const array: unknown[] = [];
  array.length = 2 ** 32 - 1;
  array[5] = true;
  array[4_000_000_000] = true;

  const holes = ["0705000000", "03", `07${le32(3_999_999_994)}`, "03", `07${le32(2 ** 32 - 1 - 4_000_000_001)}`];
  expect(encoding(array).toString("hex")).toBe(["10ffffffff", ...holes, "00000000"].join(""));
});

test("an array with many gaps is walked once", () => {
  const spread = (count: number): number[] => {
    const array: number[] = [];
    array.length = 10_000_000;
    for (let i = 0; i < count; i += 1) array[i * 100] = i;
    return array;
  };

  expect(digest(spread(50_000))).toBe(digest(spread(50_000)));
  expect(digest(spread(49_999))).not.toBe(digest(spread(50_000)));
});

test("names that look like indexes do not break a gap", () => {
  const array: unknown[] = [];
  array.length = 5_000;
  array[4_000] = 1;
  Object.assign(array, { "1e3": 1, "4.5e3": 1, "04600": 1, "-1": 1 });

  expect(encoding(array).toString("hex")).toBe(value(array).toString("hex"));
});

test("an array of a million numbers has a digest of its own, with a property as well", () => {
  const array = Array.from({ length: 1e6 }, (_, i) => i);
  const before = digest(array);

  expect(digest(array.with(999_999, 0))).not.toBe(before);
  expect(digest(Object.assign(array.slice(), { x: 1 }))).not.toBe(before);
  expect(digest(array.slice())).toBe(before);
});

test("a string of 100 MB has a digest of its own", () => {
  const text = "é".repeat(50_000_000);

  expect(encoding(text)).toHaveLength(1 + 8 + 16);
  expect(digest(`${text.slice(0, -1)}e`)).not.toBe(digest(text));
});

test("an object met a million times is written once", () => {
  const one = { x: 1 };
  const array = Array.from({ length: 1e6 }, () => one);

  expect(encoding(array)).toHaveLength(5 + 1 + encoding(one).length + (1e6 - 1) * 5 + 4);
});

function le32(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes.toString("hex");
}
