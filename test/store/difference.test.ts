import { expect, test } from "vitest";
import { difference } from "./difference.ts";

const shared = { a: 1 };
const hidden = Object.defineProperty({ a: 1 }, "b", { value: 1 });

function sparse(): unknown[] {
  const array: unknown[] = [1];
  array[2] = 3;
  return array;
}

test.each<[string, unknown, unknown]>([
  ["-0", { a: [-0] }, { a: [0] }],
  ["an absent element", sparse(), [1, undefined, 3]],
  ["the order of properties", { a: 1, b: 2 }, { b: 2, a: 1 }],
  [
    "the order of a Map",
    new Map([
      [1, 1],
      [2, 2],
    ]),
    new Map([
      [2, 2],
      [1, 1],
    ]),
  ],
  ["the order of a Set", new Set([1, 2]), new Set([2, 1])],
  ["a member more", new Set([1, undefined]), new Set([1])],
  ["shared objects", [shared, shared], [shared, { a: 1 }]],
  ["objects that became one", [{ a: 1 }, { a: 1 }], [shared, shared]],
  ["hidden properties", hidden, { a: 1 }],
  ["the prototype", Object.create(null), {}],
  ["the class of an Error", new TypeError("a"), new RangeError("a")],
  ["the class of a typed array", new Uint8Array(8), Buffer.alloc(8)],
  ["its content", new Float64Array([-0]), new Float64Array([0])],
  ["a cause", new Error("a", { cause: undefined }), Object.assign(new Error("a"))],
  ["lastIndex", Object.assign(/a/g, { lastIndex: 1 }), /a/g],
  ["a boxed -0", Number(-0), Number(0)],
  ["a resizable buffer", new ArrayBuffer(8, { maxByteLength: 16 }), new ArrayBuffer(8)],
])("%s is seen", (_what, a, b) => {
  expect(difference(a, b)).toEqual(expect.any(String));
});

test("equal values do not differ, cyclic ones neither", () => {
  const make = (): unknown => {
    const value: Record<string, unknown> = {
      list: sparse(),
      map: new Map([[{ a: 1 }, new Set([Number.NaN])]]),
    };
    return Object.assign(value, { self: value, error: new Error("a", { cause: value }), data: new Float64Array(3) });
  };
  const [a, b] = [make(), make()] as [{ error: Error }, { error: Error }];
  Object.defineProperty(b.error, "stack", { value: a.error.stack });

  expect(difference(a, b)).toBeUndefined();
});
