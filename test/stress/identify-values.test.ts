import { expect, test } from "vitest";
import { digest } from "../identify/digests.ts";

const MILLION = 1_000_000;

test("an array of a million objects has a digest of its own", () => {
  const make = (last: number): unknown[] =>
    Array.from({ length: MILLION }, (_, i) => ({ i: i === MILLION - 1 ? last : i }));

  expect(digest(make(1))).toBe(digest(make(1)));
  expect(digest(make(2))).not.toBe(digest(make(1)));
});

test("a set and a map of a million members have the same digest in any order", () => {
  const members = Array.from({ length: MILLION }, (_, i) => i);
  const other = members.toReversed();

  expect(digest(new Set(other))).toBe(digest(new Set(members)));
  expect(digest(new Map(other.map((i) => [i, i])))).toBe(digest(new Map(members.map((i) => [i, i]))));
});

test("a million levels have a digest", () => {
  let value: unknown = 1;
  for (let level = 0; level < MILLION; level += 1) value = level % 2 === 0 ? [value] : { value };

  expect(digest(value)).toBe(digest(value));
  expect(digest([value])).not.toBe(digest(value));
});

test("a gigabyte of bytes has a digest of its own", () => {
  const bytes = new Uint8Array(1_000_000_000);
  const before = digest(bytes);
  bytes[999_999_999] = 1;

  expect(digest(bytes)).not.toBe(before);
});
