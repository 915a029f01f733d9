import { expect, test } from "vitest";
import { describeValue, previewOf } from "../../src/identify/describe.ts";

const refusing = (): never => {
  throw new Error("no");
};
const hostile = [
  new Proxy({}, { ownKeys: refusing, get: refusing, getPrototypeOf: refusing, getOwnPropertyDescriptor: refusing }),
  new Proxy([], { get: refusing }),
  Object.create(null),
  Object.assign(new Uint8Array(1), { constructor: null }),
  Object.assign(new Map(Array.from({ length: 50 }, (_, i) => [i, i])), { constructor: undefined }),
  {
    get a() {
      return refusing();
    },
  },
  { [Symbol.for("nodejs.util.inspect.custom")]: refusing },
  Object.defineProperty(new Error("a"), "message", { get: refusing }),
  Symbol("s"),
  refusing,
];

test("whatever it is, it can be shown in a few words", () => {
  for (const value of hostile) {
    for (const shown of [describeValue(value), previewOf(value)]) {
      expect(shown).toMatch(/\S/);
      expect(shown.length).toBeLessThan(200);
    }
  }
});

test.each<readonly [unknown, string]>([
  [undefined, "undefined"],
  [null, "null"],
  [-0, "-0"],
  [1.5, "1.5"],
  [10n ** 100n, `1${"0".repeat(79)}`],
  ["a\nb", '"a\\nb"'],
  ["x".repeat(100), `"${"x".repeat(80)}…"`],
  [{ year: 2050 }, "{ year: 2050 }"],
  [new Array(1_000_000).fill(0), "Array(1000000)"],
  [new Float64Array(1_000), "Float64Array(8000 bytes)"],
  [new Set(Array.from({ length: 1_000 }, (_, i) => i)), "Set(1000)"],
  [Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [i, i])), "{ 1000 properties }"],
])("a preview, case %#", (value, expected) => {
  expect(previewOf(value)).toBe(expected);
});
