import { expect, test } from "vitest";
import { pack, unpack } from "../../src/providers/parcel.ts";

test.each<readonly [string, unknown]>([
  ["nothing", undefined],
  ["plain data", [{ a: [1n, "ä", null, -0, Number.NaN] }, new Date(0), /x/g]],
  ["an object without a prototype", [Object.assign(Object.create(null), { a: 1 })]],
  ["long arrays beside each other", [new Float64Array(5_000).fill(1.5), "between", new Uint8Array(50_000).fill(7)]],
  ["collections", new Map<unknown, unknown>([[new Set([1]), new Map()]])],
])("arrives as it was: %s", (_what, value) => {
  expect(unpack(pack(value, "args", "f"))).toStrictEqual(value);
});

test("what arrives shares nothing with what was packed, nor with what arrives from another look", () => {
  const value = { data: new Uint8Array([1, 2, 3]), rows: [{ n: 1 }] };
  const parcel = pack(value, "args", "f");
  value.data[0] = 9;
  value.rows.push({ n: 2 });
  const first = unpack(parcel) as typeof value;
  first.data[0] = 8;

  expect(unpack(parcel)).toEqual({ data: new Uint8Array([1, 2, 3]), rows: [{ n: 1 }] });
});

test("what would not arrive is refused, with its place", () => {
  expect(() => pack([{ deep: [() => 1] }], "args", "f")).toThrow(
    expect.objectContaining({
      code: "E_NOT_TRANSFERABLE",
      message: expect.stringMatching(/^f: args\[0\]\.deep\[0\] is a function, which cannot be handed over/),
    }),
  );
});
