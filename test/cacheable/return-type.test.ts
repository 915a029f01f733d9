import { type CacheCallEvent, type Constructor, cacheable, onEvent, type TypeSpec } from "scalable";
import { expect, test } from "vitest";
import { z } from "zod";
import { counter, ownCache, said } from "./own-cache.ts";

ownCache();

test.each<[string, Constructor, unknown]>([
  ["Number", Number, 4.5],
  ["String", String, "four"],
  ["Boolean", Boolean, false],
  ["BigInt", BigInt, 4n],
  ["Date", Date, new Date(4)],
  ["Object", Object, { a: [1] }],
  ["Array", Array, [1, undefined, "a"]],
  ["Map", Map, new Map<unknown, unknown>([["a", { b: 1 }]])],
  ["Set", Set, new Set([1, "1"])],
  ["Float64Array", Float64Array, new Float64Array([0.1, Number.NaN])],
  ["Uint8Array", Uint8Array, new Uint8Array([1, 2])],
  ["Error", Error, new RangeError("too far")],
  ["RegExp", RegExp, /a/gi],
  ["ArrayBuffer", ArrayBuffer, new Uint8Array([1, 2]).buffer],
])("%s: stored and read as what it is", async (name, returnType, result) => {
  const runs = counter();
  const cached = cacheable({ returnType, name: `returns ${name}` }, async function returning() {
    runs.count += 1;
    return result;
  });

  expect([await cached(), await cached()]).toStrictEqual([result, result]);
  expect(runs.count).toBe(1);
});

test.each<[string, TypeSpec, unknown]>([
  ["Number", Number, "4"],
  ["String", String, 4],
  ["Boolean", Boolean, 1],
  ["Date", Date, "2030-01-01"],
  ["Array", Array, { length: 0 }],
  ["Object", Object, null],
  ["Map", Map, {}],
  ["Float64Array", Float64Array, [1]],
  ["parts", { demand: Number }, { demand: "4" }],
  ["a part that is missing", { demand: Number }, {}],
  ["parts for a list", { demand: Number }, [4]],
  ["a list", [Number], [1, "2"]],
  ["a list for an object", [Number], { 0: 1 }],
  ["parts in a list", [{ x: Number }], [{ x: 1 }, { x: null }]],
  ["a schema", z.object({ x: z.number() }), { x: "1" }],
  ["an asynchronous schema", z.number().refine(async (x) => x > 0), -1],
])("%s: what does not satisfy it is returned, and not stored, with one warning", async (name, returnType, result) => {
  const lines = said();
  const cached = cacheable({ returnType, name: `mistyped ${name}` }, async function mistyped(_x: number) {
    return result;
  });

  expect([await cached(1), await cached(1), await cached(2)]).toEqual([result, result, result]);
  expect(await cached.has(1)).toBe(false);
  expect(lines).toEqual([expect.stringMatching(/^scalable: warning: .*mistyped.* was not stored: .*returnType/)]);
});

test("a stored value of another type is a miss, and is replaced", async () => {
  const events: CacheCallEvent[] = [];
  const off = onEvent((event) => {
    if (event.type === "cache") events.push(event);
  });
  let result: unknown = "text";
  const untyped = cacheable(async function changing() {
    return result;
  });
  const typed = untyped.with({ returnType: Number });

  expect(await untyped()).toBe("text");
  result = 5;
  expect(await typed()).toBe(5);
  expect(await typed()).toBe(5);
  result = 6;
  expect(await untyped()).toBe(5);
  off();
  expect(events.map(({ hit, reason }) => [hit, reason])).toEqual([
    [false, "first-call"],
    [false, "type-mismatch"],
    [true, undefined],
    [true, undefined],
  ]);
});

test("parts and lists nest, and parts that are not declared are kept", async () => {
  const runs = counter();
  const report = cacheable(
    { returnType: { rows: [{ at: Date, values: Float64Array }], total: z.number().positive() } },
    async function report() {
      runs.count += 1;
      return {
        rows: [{ at: new Date(1), values: new Float64Array([1]), note: "kept" }],
        total: 1,
        more: new Set(["kept"]),
      };
    },
  );

  const fresh = await report();

  expect(await report()).toStrictEqual(fresh);
  expect(runs.count).toBe(1);
});

test("what cannot come back as it is, is returned and not stored; the warning names its place", async () => {
  const lines = said();
  class Solver {
    readonly steps = 5;
  }
  const results = {
    "a function": { solver: { callback: () => 1 } },
    "a symbol": [Symbol("a")],
    "an instance": { list: [new Solver()] },
    "a getter": Object.defineProperty({}, "x", { get: () => 1, enumerable: true }),
    "a symbol key": { [Symbol.for("a")]: 1 },
    "a promise in a map": new Map([["a", Promise.resolve(1)]]),
  };

  for (const [name, result] of Object.entries(results)) {
    const cached = cacheable({ name }, async () => result);
    expect(await cached()).toBe(result);
    expect(await cached.has()).toBe(false);
  }

  expect(lines).toHaveLength(6);
  expect(lines[0]).toContain("result.solver.callback is a function");
  expect(lines[1]).toContain("result[0] is a symbol");
  expect(lines[2]).toContain("result.list[0] is an instance of Solver");
});

test("deep equality in all its depth: cycles, shared parts, holes, prototypes, -0", async () => {
  const shared = { a: 1 };
  const result: Record<string, unknown> = {
    both: [shared, shared],
    // biome-ignore lint/suspicious/noSparseArray: what is tested
    holes: [1, , 3],
    zero: -0,
    bare: Object.assign(Object.create(null), { x: 1 }),
    wrong: new Error("outer", { cause: new TypeError("inner") }),
    missing: undefined,
  };
  result["self"] = result;
  const cached = cacheable(async function deep() {
    return result;
  });
  await cached();

  const stored = (await cached()) as typeof result & { both: object[]; holes: unknown[]; wrong: Error };

  expect(stored).not.toBe(result);
  expect(stored).toStrictEqual(result);
  expect(stored["self"]).toBe(stored);
  expect(stored.both[0]).toBe(stored.both[1]);
  expect(1 in stored.holes).toBe(false);
  expect(Object.is(stored["zero"], -0)).toBe(true);
  expect(Object.getPrototypeOf(stored["bare"])).toBeNull();
  expect(stored.wrong.cause).toBeInstanceOf(TypeError);
});
