import { deepStrictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { expect, test } from "vitest";
import { allocateParts, decodeInline, type EncodedValue, encodeValue } from "../../src/store/codec.ts";
import { judgeStorable, restoreBare } from "../../src/store/storable.ts";
import { build, graphArb } from "../identify/graphs.ts";
import { difference } from "./difference.ts";
import { storableArb } from "./values.ts";

/** The value as it comes back; fails where it is not storable. */
function throughTheCodec(value: unknown): unknown {
  const verdict = judgeStorable(value);
  if (!verdict.storable) throw new Error(verdict.reason);
  return restoreBare(decode(encodeValue(value)), verdict.bare);
}

/** As the store does it: the pieces one behind the other, read into the parts. */
function decode({ pieces, bytes, layout }: EncodedValue): unknown {
  const file = Buffer.concat(pieces);
  expect(file.length).toBe(bytes);
  const parts = allocateParts(layout);
  let at = 0;
  for (const piece of parts.pieces) {
    piece.set(file.subarray(at, at + piece.length));
    at += piece.length;
  }
  expect(at).toBe(bytes);
  return parts.decode();
}

test("whatever can be stored comes back as it was", () => {
  fc.assert(
    fc.property(storableArb, (value) => {
      const back = throughTheCodec(value);
      expect(difference(value, back)).toBeUndefined();
      deepStrictEqual(back, value);
    }),
    { numRuns: 500 },
  );
});

test("values of all kinds, shared and cyclic ones, come back as they were or are refused with a reason", () => {
  const counted = { stored: 0, refused: 0 };
  fc.assert(
    fc.property(graphArb, (graph) => {
      const value = build(graph);
      const verdict = judgeStorable(value);
      counted[verdict.storable ? "stored" : "refused"] += 1;
      if (verdict.storable) {
        expect(difference(value, restoreBare(decode(encodeValue(value)), verdict.bare))).toBeUndefined();
      } else expect(verdict.reason).toMatch(/^(it|result[.[].*) is (a|an|nested) /);
    }),
    { numRuns: 2_000 },
  );
  expect(Math.min(counted.stored, counted.refused)).toBeGreaterThan(200);
});

test("what fast-check calls anything comes back as it was or is refused", () => {
  const options = {
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  };
  fc.assert(
    fc.property(fc.anything({ ...options, maxDepth: 4 }), (value) => {
      const verdict = judgeStorable(value);
      if (!verdict.storable) expect(verdict.reason).toMatch(/prototype inside of a Map or Set/);
      else expect(difference(value, restoreBare(decode(encodeValue(value)), verdict.bare))).toBeUndefined();
    }),
    { numRuns: 1_000 },
  );
});

const APART = 64 * 1024;

test.each([0, 1, APART - 8, APART, APART + 8, 3 * APART + 8])("a typed array of %d bytes has its bytes", (bytes) => {
  const content = Float64Array.from({ length: bytes / 8 }, (_, place) => place - 0.5);
  const raw = new Uint8Array(bytes).map((_, place) => place * 7);

  const back = throughTheCodec({ content, raw, again: content }) as Record<string, ArrayBufferView>;

  expect(difference({ content, raw, again: content }, back)).toBeUndefined();
});

test("a part of a longer buffer comes back as that part, with memory of its own", () => {
  for (const length of [10, APART + 16]) {
    const whole = new Float64Array(length + 20).map((_, place) => place);
    const part = whole.subarray(5, 5 + length);

    const back = throughTheCodec([part, Buffer.from(whole.buffer, 3, 100)]) as [Float64Array, Buffer];

    expect(difference([part, Buffer.from(whole.buffer, 3, 100)], back)).toBeUndefined();
    expect(back[0].buffer.byteLength).toBe(part.byteLength);
    back[0].fill(-1);
    expect(whole[5]).toBe(5);
  }
});

test("many long arrays in one value stand in their own places", () => {
  const value = Array.from({ length: 9 }, (_, place) => new Uint8Array(APART + place).fill(place + 1));

  const { pieces, layout } = encodeValue(value);

  expect(layout).toEqual([pieces[0]?.length, ...value.map((part) => part.length)]);
  expect(difference(value, throughTheCodec(value))).toBeUndefined();
});

test("encoding does not copy long typed arrays", () => {
  const long = new Uint8Array(APART);

  const { pieces } = encodeValue({ long });

  expect(pieces.some((piece) => piece.buffer === long.buffer)).toBe(true);
});

test("what the reader of the format is given is read as docs/formats/store.md says", () => {
  // A change of these bytes is a change of the format: stored values could not be read any more.
  const hex = (value: unknown): string => Buffer.concat(encodeValue(value).pieces).toString("hex");

  expect(hex({ a: 1.5 })).toBe("ff0f6f2201614e000000000000f83f7b01");
  expect(hex(new Uint8Array([1, 2]))).toBe("ff0f5c01020102");
  expect(hex(Buffer.from([3]))).toBe("ff0f5c0c0103");
  expect(hex(new DataView(new ArrayBuffer(1)))).toBe("ff0f5c0b0100");
  expect(hex(new Float64Array([1]))).toBe("ff0f5c0808000000000000f03f");
  expect(hex([new Uint8Array(APART).fill(9)])).toBe(`ff0f41015c8101002400010000000000${"09".repeat(APART)}`);
});

test("bytes that are not a value are an error, not a value", () => {
  for (const bytes of ["", "00", "ff", "ff0f", "ff0f5c0e00", "ff0f5c8100", "ff0f5c01ff"]) {
    expect(() => decodeInline(Buffer.from(bytes, "hex"))).toThrow();
  }
});
