import { cacheable } from "scalable";
import { describe, expect, test } from "vitest";
import { counter, ownCache, said } from "../own-cache.ts";
import { told } from "./told.ts";

ownCache();

class Money {
  readonly cents: number;
  constructor(cents: number) {
    this.cents = cents;
  }
}

const cyclic = (): object => {
  const object: Record<string, unknown> = { name: "a" };
  object["self"] = object;
  return object;
};
const shared = (): object => {
  const part = { x: 1 };
  return { a: part, b: [part, part] };
};
const bare = (): object => Object.assign(Object.create(null), { x: 1 });

const SAME: readonly (readonly [string, () => unknown])[] = [
  ["undefined", () => undefined],
  ["null", () => null],
  ["text", () => "text"],
  ["NaN", () => Number.NaN],
  ["-0", () => -0],
  ["a bigint", () => 2n ** 70n],
  ["an object", () => ({ a: 1, b: { c: [1, undefined, "x"] } })],
  ["an object without a prototype", () => ({ in: bare() })],
  ["a sparse array", () => Object.assign(new Array(5), { 3: 1 })],
  [
    "a Map",
    () =>
      new Map<unknown, unknown>([
        ["a", 1],
        [{ k: 1 }, new Set([1, "1"])],
      ]),
  ],
  ["a Set of objects", () => new Set([{ a: 1 }, { b: 2 }])],
  ["a Date", () => new Date(12)],
  ["a RegExp", () => /a+/giu],
  ["an Error", () => new RangeError("far", { cause: new Error("inner") })],
  ["boxed", () => [new Object(1), new Object("a"), new Object(true)]],
  ["a typed array", () => new Float64Array([1, Number.NaN, -0])],
  ["a long typed array", () => new Float64Array(100_000).fill(3)],
  ["a part of a buffer", () => new Uint8Array(new ArrayBuffer(100), 10, 20).fill(7)],
  ["a Buffer", () => Buffer.from("abc")],
  ["a DataView", () => new DataView(new ArrayBuffer(8))],
  ["an ArrayBuffer", () => new ArrayBuffer(8)],
  ["a long text", () => "x".repeat(100_000)],
  ["a cycle", cyclic],
  ["shared objects", shared],
];

describe("a deterministic function", () => {
  test.each(SAME)("that returns %s is the same each time", async (what, make) => {
    const [events, lines, runs] = [told(), said(), counter()];
    const fn = cacheable({ name: `makes ${what}`, code: "name", verify: 1 }, async () => {
      runs.count += 1;
      return make();
    });

    await fn();
    const first = await fn();
    const second = await fn();

    expect(runs.count).toBe(3);
    expect(first).toEqual(make());
    expect(second).toEqual(make());
    expect(events.map(({ hit, verified }) => [hit, verified])).toEqual([
      [false, undefined],
      [true, "same"],
      [true, "same"],
    ]);
    expect(lines).toEqual([]);
  });

  test("may put properties and members in another order", async () => {
    const [events, runs] = [told(), counter()];
    const fn = cacheable({ name: "toMoney", code: "name", verify: 1 }, () => {
      runs.count += 1;
      const entries: [string, number][] = [
        ["a", 1],
        ["b", 2],
      ];
      if (runs.count > 1) entries.reverse();
      return [Object.fromEntries(entries), new Map(entries), new Set(entries.map(([key]) => key))];
    });
    await fn();
    await fn();
    expect(events[1]).toMatchObject({ hit: true, verified: "same" });
  });

  test("may return instances of a declared class", async () => {
    const events = told();
    const fn = cacheable({ name: "changesArgument", returnType: Money, verify: 1 }, function fn(cents: number) {
      return new Money(cents);
    });
    await fn(1);
    expect(await fn(1)).toEqual(new Money(1));
    expect(events[1]).toMatchObject({ hit: true, verified: "same" });
  });

  test("may change its arguments, which are not the caller's", async () => {
    const events = told();
    const fn = cacheable({ name: "keepsLong", verify: 1 }, async function fn(list: number[]) {
      await null;
      list.push(list.length);
      return list;
    });
    const mine = [7];
    await fn(mine);
    const hit = fn(mine);
    mine.push(99);
    expect(await hit).toEqual([7, 1]);
    expect(events[1]).toMatchObject({ hit: true, verified: "same" });
  });
});
